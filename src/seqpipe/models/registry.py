"""Every kind of model, by name.

A new kind is one entry here, its parameters in ``seqpipe.config`` and one file
``conf/base/parameters/<kind>.yml``; pipelines, search, tracking, leaderboard and report follow. Another package adds
one by an entry point, with nothing here changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from seqpipe.config import (
    AnnConfig,
    CaptionerConfig,
    ConsensusConfig,
    CopyConfig,
    DecoderConfig,
    DictionaryConfig,
    FinetuneConfig,
    FixedSentenceConfig,
    FrameLinearConfig,
    FrameRecurrentConfig,
    LinearConfig,
    LrcnConfig,
    ModelConfig,
    NeighbourConfig,
    RbfSvmConfig,
    RecurrentConfig,
    RocketConfig,
    SvmConfig,
    add_group,
)
from seqpipe.core.contracts import check_class, imported
from seqpipe.core.errors import UserError, unknown_name
from seqpipe.core.plugins import Registry

if TYPE_CHECKING:
    from seqpipe.config import RuntimeConfig
    from seqpipe.encoders.backbones import Backbone
    from seqpipe.models.base import Model
    from seqpipe.tasks.base import Per, Task


Inputs = Literal["features", "frames"]


@dataclass(frozen=True)
class ModelEntry:
    """A kind of model: its parameters' model and where its class is (imported when it is needed).

    ``default``: whether a `kedro run` without a pipeline's name trains it; the others have a pipeline of their own.
    ``phrase``: what a sentence of the report calls it. ``frame_config``: its parameters' model where it answers each
    step, whose fields ``config`` has too; None where it has no such head. ``sentences``: it answers a sentence, and
    nothing else. ``idle``: of its parameters, which of them say nothing.
    ``inputs``: what it reads, the ``features`` of D' or the ``frames`` themselves; then it begins from a backbone, and
    has a whole pipeline of its own, whatever ``default`` says. ``explains``: whether it has ``heat_maps``. ``beside``:
    of a model of frames, the kinds on D' that its pipeline trains on the same samples and compares with it; none: it
    keeps its samples apart.
    """

    config: type[ModelConfig]
    where: str
    default: bool
    phrase: str
    frame_config: type[ModelConfig] | None = None
    inputs: Inputs = "features"
    explains: bool = False
    beside: tuple[str, ...] = ()
    sentences: bool = False
    idle: Callable[[Any], frozenset[str]] = lambda _: frozenset()

    def answers(self, per: Per) -> bool:
        """Whether it has a head for a class a clip, or a class a frame, or for sentences."""
        if self.sentences or per == "sentence":
            return self.sentences and per == "sentence"
        return per == "clip" or self.frame_config is not None

    def config_of(self, per: Per) -> type[ModelConfig]:
        """Its parameters' model where it answers a clip, or a frame; where it never does, that of clips."""
        return self.frame_config if per == "frame" and self.frame_config else self.config

    def build(
        self, config: Any, runtime: RuntimeConfig, task: Task | None = None, backbone: Backbone | None = None
    ) -> Model:
        """An unfitted model, by default of clips; ``backbone``: what one that reads frames begins from.

        Raises:
            UserError: it has no head for this task.
        """
        from seqpipe.tasks.classification import CLASSIFICATION

        task = task or CLASSIFICATION
        if not self.answers(task.per):
            asks = {"clip": "a class a clip", "frame": "a class each frame", "sentence": "a sentence"}
            own = "sentence" if self.sentences else "clip"
            raise UserError(
                f"{self.phrase[:1].upper()}{self.phrase[1:]} is no model for the task {task.name}, which asks for "
                f"{asks[task.per]}; it answers {asks[own]}."
            )
        begin = {"backbone": backbone} if self.inputs == "frames" else {}
        model: Model = imported(self.where)(config, runtime, task, **begin)
        return model


def idle_of_decoder(where: str, _: DecoderConfig) -> frozenset[str]:
    """Which parameters say nothing of a decoder that is told ``where``."""
    used = {"par": {"factored"}, "attention": {"attention"}}
    return frozenset({"attention", "factored"} - used.get(where, set()))


PLUGINS = "seqpipe.models"
"""The group of entry points: a `ModelEntry` each, under its name; its parameters lie in the project's ``conf``."""


MODELS = Registry(
    PLUGINS,
    ModelEntry,
    {
        "svm": ModelEntry(SvmConfig, "seqpipe.models.linear.vector:Svm", default=True, phrase="a linear SVM"),
        "svm_rbf": ModelEntry(RbfSvmConfig, "seqpipe.models.linear.vector:RbfSvm", default=False, phrase="an RBF SVM"),
        "rocket": ModelEntry(
            RocketConfig, "seqpipe.models.linear.rocket:Rocket", default=False, phrase="an SVM on random convolutions"
        ),
        "linear": ModelEntry(
            LinearConfig,
            "seqpipe.models.linear.vector:Linear",
            default=True,
            phrase="a logistic regression",
            frame_config=FrameLinearConfig,
        ),
        "single_frame": ModelEntry(
            FrameLinearConfig, "seqpipe.models.linear.vector:SingleFrame", default=False, phrase="a single-frame model"
        ),
        "ann": ModelEntry(AnnConfig, "seqpipe.models.ann:Ann", default=False, phrase="an ANN"),
        "rnn": ModelEntry(
            RecurrentConfig,
            "seqpipe.models.recurrent:Rnn",
            default=True,
            phrase="an RNN",
            frame_config=FrameRecurrentConfig,
        ),
        "gru": ModelEntry(
            RecurrentConfig,
            "seqpipe.models.recurrent:Gru",
            default=True,
            phrase="a GRU",
            frame_config=FrameRecurrentConfig,
        ),
        "lstm": ModelEntry(
            RecurrentConfig,
            "seqpipe.models.recurrent:Lstm",
            default=True,
            phrase="an LSTM",
            frame_config=FrameRecurrentConfig,
        ),
        "finetune": ModelEntry(
            FinetuneConfig,
            "seqpipe.models.finetune.finetuned:FineTuned",
            default=False,
            phrase="a fine-tuned CNN",
            inputs="frames",
            explains=True,
        ),
        "lrcn": ModelEntry(
            LrcnConfig,
            "seqpipe.models.lrcn.lrcn:Lrcn",
            default=False,
            phrase="a CNN and an LSTM trained together",
            inputs="frames",
            beside=("single_frame", "svm", "linear", "lstm"),
        ),
        **{
            name: ModelEntry(config, f"seqpipe.models.sentences.{where}", default=False, phrase=phrase, sentences=True)
            for name, config, where, phrase in (
                ("fixed_sentence", FixedSentenceConfig, "fixed_sentence:FixedSentence", "one sentence for all"),
                ("nearest_neighbour", NeighbourConfig, "neighbours:NearestNeighbour", "the nearest neighbour"),
                ("consensus", ConsensusConfig, "neighbours:Consensus", "the consensus of neighbours"),
                ("copy_source", CopyConfig, "word_by_word:CopySource", "a copy of the source"),
                ("dictionary", DictionaryConfig, "word_by_word:Dictionary", "a dictionary"),
            )
        },
        **{
            f"decoder_{kind}": ModelEntry(
                DecoderConfig,
                f"seqpipe.models.sentences.decoder:Decoder{kind.capitalize()}",
                default=False,
                phrase=f"a decoder {phrase}",
                sentences=True,
                idle=partial(idle_of_decoder, kind),
            )
            for kind, phrase in (
                ("init", "that begins with what it is told"),
                ("par", "that is told at each step"),
                ("merge", "that is told behind its words"),
                ("attention", "with attention"),
            )
        },
        "captioner": ModelEntry(
            CaptionerConfig,
            "seqpipe.models.sentences.captioner:Captioner",
            default=False,
            phrase="a CNN and a decoder trained together",
            inputs="frames",
            sentences=True,
            idle=lambda config: idle_of_decoder(config.where, config),
        ),
    },
    lambda name, entry: add_group(name, entry.config),
)


def default_kinds() -> tuple[str, ...]:
    """What a `kedro run` trains and compares."""
    return tuple(name for name, entry in MODELS.items() if entry.default and entry.inputs == "features")


def kinds_reading(inputs: Inputs, per: Per | None = None) -> dict[str, ModelEntry]:
    """The kinds of model that read features, or frames; those that answer a clip, a frame or a sentence, or all."""
    reading = {name: entry for name, entry in MODELS.items() if entry.inputs == inputs}
    return {name: entry for name, entry in reading.items() if per is None or entry.answers(per)}


def model_entry(name: str) -> ModelEntry:
    """The entry of that name.

    Raises:
        UserError: there is none; the known ones are named.
    """
    if name not in MODELS:
        raise unknown_name("model", name, sorted(MODELS))
    return MODELS[name]


def check_model(name: str) -> None:
    """The class of a model is what `seqpipe.models.base.Model` says.

    Raises:
        UserError: It cannot be imported, lacks something, or goes by another name than its entry.
    """
    from seqpipe.models.base import Model

    check_class("model", name, imported(model_entry(name).where), Model, called="kind")
