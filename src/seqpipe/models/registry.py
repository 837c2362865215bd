"""Every kind of model, by name.

A new kind is one entry here, its parameters in ``seqpipe.config`` and one file
``conf/base/parameters/<kind>.yml``; pipelines, search, tracking, leaderboard and report follow. Another package adds
one by an entry point, with nothing here changed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from seqpipe.config import (
    PARAMETERS,
    AnnConfig,
    FinetuneConfig,
    LinearConfig,
    LstmConfig,
    ModelConfig,
    RbfSvmConfig,
    SvmConfig,
)
from seqpipe.core.errors import UserError, unknown_name
from seqpipe.core.plugins import entry_points

if TYPE_CHECKING:
    from seqpipe.config import RuntimeConfig
    from seqpipe.encoders.backbones import Backbone
    from seqpipe.models.base import Model
    from seqpipe.tasks.base import Task


logger = logging.getLogger(__name__)


Inputs = Literal["features", "frames"]


@dataclass(frozen=True)
class Kind:
    """A kind of model: its parameters' model and where its class is (imported when it is needed).

    ``default``: whether a `kedro run` without a pipeline's name trains it; the others have a pipeline of their own.
    ``phrase``: what a sentence of the report calls it. ``tasks``: those that it has a head for.
    ``inputs``: what it reads, the ``features`` of D' or the ``frames`` themselves; then it begins from a backbone.
    """

    config: type[ModelConfig]
    where: str
    default: bool
    phrase: str
    tasks: tuple[str, ...] = ("classification",)
    inputs: Inputs = "features"

    def make(
        self, config: Any, runtime: RuntimeConfig, task: Task | None = None, backbone: Backbone | None = None
    ) -> Model:
        """An unfitted model, by default of clips; ``backbone``: what one that reads frames begins from.

        Raises:
            UserError: it has no head for this task.
        """
        from seqpipe.tasks.registry import CLASSIFICATION

        task = task or CLASSIFICATION
        if task.name not in self.tasks:
            raise UserError(
                f"{self.phrase[:1].upper()}{self.phrase[1:]} is no model for the task {task.name}; it can do: "
                f"{', '.join(self.tasks)}."
            )
        module, name = self.where.split(":")
        begin = {"backbone": backbone} if self.inputs == "frames" else {}
        return getattr(import_module(module), name)(config, runtime, task, **begin)


KINDS: dict[str, Kind] = {
    "svm": Kind(SvmConfig, "seqpipe.models.linear.vector:Svm", default=True, phrase="a linear SVM"),
    "svm_rbf": Kind(RbfSvmConfig, "seqpipe.models.linear.vector:RbfSvm", default=False, phrase="an RBF SVM"),
    "linear": Kind(
        LinearConfig,
        "seqpipe.models.linear.vector:Linear",
        default=True,
        phrase="a logistic regression",
        tasks=("classification", "frame_labels"),
    ),
    "ann": Kind(AnnConfig, "seqpipe.models.ann:Ann", default=False, phrase="an ANN"),
    "lstm": Kind(
        LstmConfig,
        "seqpipe.models.recurrent:Lstm",
        default=True,
        phrase="an LSTM",
        tasks=("classification", "frame_labels"),
    ),
    "finetune": Kind(
        FinetuneConfig,
        "seqpipe.models.finetune.finetuned:FineTuned",
        default=False,
        phrase="a fine-tuned CNN",
        inputs="frames",
    ),
}

PLUGINS = "seqpipe.models"
"""The group of entry points: a `Kind` each, under its name; its parameters lie in the project's ``conf``."""


def _add_plugins() -> None:
    """What other packages add is a kind like any other; a name that is taken stays what it was."""
    for name, added in entry_points(PLUGINS).items():
        if not isinstance(added, Kind) or name in KINDS:
            why = "the name is taken" if name in KINDS else f"expected a Kind, got {type(added).__name__}"
            logger.warning("The model %r of another package is left out: %s.", name, why)
            continue
        KINDS[name] = added
        PARAMETERS[name] = added.config


_add_plugins()
DEFAULT_KINDS = tuple(name for name, kind in KINDS.items() if kind.default)
"""What a `kedro run` trains and compares."""


def kinds_reading(inputs: Inputs) -> dict[str, Kind]:
    """The kinds of model that read features, or frames."""
    return {name: entry for name, entry in KINDS.items() if entry.inputs == inputs}


def kind(name: str) -> Kind:
    """The kind of that name.

    Raises:
        UserError: there is none; the known ones are named.
    """
    if name not in KINDS:
        raise unknown_name("model", name, sorted(KINDS))
    return KINDS[name]
