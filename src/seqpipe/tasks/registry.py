"""Every task by name.

A new one is one entry here, its class, its evaluation, and where it has parameters their model in ``seqpipe.config``
and one file ``conf/base/parameters/<name>.yml``. Its pipeline, ``kedro run --pipeline <name>``, its catalog entries,
tracking, leaderboard and report follow. Another package adds one by an entry point, with nothing here changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from seqpipe.config import (
    ClipConfig,
    FrameLabelsConfig,
    ImageCaptioningConfig,
    NextTokenConfig,
    Stage,
    TranslationConfig,
    VideoCaptioningConfig,
    add_group,
)
from seqpipe.core.contracts import check_class, imported
from seqpipe.core.errors import UserError, unknown_name
from seqpipe.core.plugins import Registry

if TYPE_CHECKING:
    from seqpipe.tasks.base import Task

DEFAULT_TASK = "classification"
"""What a `kedro run` without a pipeline's name is for."""


@dataclass(frozen=True)
class TaskEntry:
    """A task, and what is known of it before anything is imported.

    Attributes:
        where: Its class, ``module:Class``, with what `seqpipe.tasks.base.Task` asks for.
        evaluation: What follows from it: ``module:NAME`` of a `seqpipe.evaluation.base.Evaluation`.
        per: What its models answer, each ``clip`` or each ``frame`` (step), or a ``sentence``: those that have such a
            head are trained.
        reads: What the corpus gives: ``labels``, one a sample; ``annotations`` within them; ``references``, sentences
            of each; or the ``samples`` alone.
        corpus: The embedded corpus that is taken where ``corpus.path`` is null.
        takes_clip: Whether the steps of a sample are taken as ``clip`` says; else as the task's own parameters do.
        config: The parameters under its name; None: it has none. A field of a model's name holds that model's
            parameters for this task, in the place of those that it has otherwise.
        words: What it is called on the screen and in reports; empty: its name.
    """

    where: str
    evaluation: str
    per: Literal["clip", "frame", "sentence"]
    reads: Literal["labels", "annotations", "samples", "references"]
    corpus: str
    takes_clip: bool = True
    config: type[Stage] | None = None
    words: str = ""

    def task_class(self) -> type[Task]:
        """Its class."""
        of: type[Task] = imported(self.where)
        return of

    def evaluated_by(self) -> Any:
        """Its evaluation, which lies on a floor above this one."""
        return imported(self.evaluation)

    def sampling_parameters(self) -> dict[str, type[Stage]]:
        """The group of parameters, beside its own, that say which steps of a sample are taken."""
        return {"clip": ClipConfig} if self.takes_clip else {}

    def reading_parameters(self, name: str) -> dict[str, type[Stage]]:
        """All groups of parameters that say which steps of a sample are taken: those, and its own under its name."""
        return self.sampling_parameters() | ({} if self.config is None else {name: self.config})

    def own_block(self, model: str) -> bool:
        """Whether its parameters hold some for this model."""
        return self.config is not None and model in self.config.model_fields


PLUGINS = "seqpipe.tasks"
"""The group of entry points: a `TaskEntry` each, under its name; its parameters lie in the project's ``conf``."""


TASKS = Registry(
    PLUGINS,
    TaskEntry,
    {
        DEFAULT_TASK: TaskEntry(
            "seqpipe.tasks.classification:Classification",
            "seqpipe.evaluation.by_task:CLASSIFICATION",
            per="clip",
            reads="labels",
            corpus="moving_digits",
        ),
        "frame_labels": TaskEntry(
            "seqpipe.tasks.frame_labels:FrameLabels",
            "seqpipe.evaluation.by_task:FRAME_LABELS",
            per="frame",
            reads="annotations",
            corpus="action_sequences",
            takes_clip=False,
            config=FrameLabelsConfig,
            words="frame labels",
        ),
        "next_token": TaskEntry(
            "seqpipe.tasks.next_token:NextToken",
            "seqpipe.evaluation.by_task:NEXT_TOKEN",
            per="frame",
            reads="samples",
            corpus="whole_sentences",
            takes_clip=False,
            config=NextTokenConfig,
            words="language modelling",
        ),
        "image_captioning": TaskEntry(
            "seqpipe.tasks.sentences:ImageCaptioning",
            "seqpipe.evaluation.by_sentence:IMAGE_CAPTIONING",
            per="sentence",
            reads="references",
            corpus="captioned_digits",
            takes_clip=False,
            config=ImageCaptioningConfig,
            words="image captioning",
        ),
        "video_captioning": TaskEntry(
            "seqpipe.tasks.sentences:VideoCaptioning",
            "seqpipe.evaluation.by_sentence:VIDEO_CAPTIONING",
            per="sentence",
            reads="references",
            corpus="captioned_actions",
            config=VideoCaptioningConfig,
            words="video captioning",
        ),
        "translation": TaskEntry(
            "seqpipe.tasks.sentences:Translation",
            "seqpipe.evaluation.by_sentence:TRANSLATION",
            per="sentence",
            reads="references",
            corpus="spoken_numbers",
            takes_clip=False,
            config=TranslationConfig,
            words="translation",
        ),
    },
    lambda name, entry: add_group(name, entry.config),
)


FINETUNED = "finetune_"


def finetuned(task: str) -> str:
    """What the pipeline is called, and the folder of its report, that trains a task's models of frames as well."""
    return f"{FINETUNED}{task}"


def task_of_report(folder: str) -> str:
    """The task whose models a report or leaderboard in this folder, or namespace, is of; the default's otherwise."""
    task = folder.removeprefix(FINETUNED)
    return task if task in TASKS else DEFAULT_TASK


def task_entry(name: str) -> TaskEntry:
    """The task of that name.

    Raises:
        UserError: there is none; the known ones are named.
    """
    if name not in TASKS:
        raise unknown_name("task", name, sorted(TASKS))
    return TASKS[name]


def check_task(name: str) -> None:
    """The class of a task is what its entry and `seqpipe.tasks.base.Task` say.

    Raises:
        UserError: It cannot be imported, lacks something, goes by another name or ``per`` than its entry, or tells of a
            file what it does not answer.
    """
    from seqpipe.tasks.base import TOLD_OF, Task

    entry = task_entry(name)
    of = entry.task_class()
    check_class("task", name, of, Task, called="name")
    if of.per != entry.per:
        raise UserError(
            f"The task {name}: its entry says that a model answers each {entry.per}, its class ({entry.where}) each "
            f"{of.per}; mend one of them."
        )
    if of.told not in TOLD_OF[of.per]:
        raise UserError(
            f"The task {name}: its class ({entry.where}) tells {of.told!r} of a file; of a model that answers each "
            f"{of.per} it can be {' or '.join(map(repr, TOLD_OF[of.per]))}."
        )


def task_of(name: str, facts: Mapping[str, Any]) -> Task:
    """The task of that name, as it was made before; raises a UserError where there is none."""
    return task_entry(name).task_class().again(facts)
