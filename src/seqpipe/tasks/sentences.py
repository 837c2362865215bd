"""Tasks whose answer is a sentence: image captioning, video captioning, translation."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import pandas as pd
from torch import Tensor
from torch.nn.functional import cross_entropy

from seqpipe.config import ClipConfig, ImageCaptioningConfig, SentenceConfig
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import Lineage
from seqpipe.data.dataset import FeatureDataset
from seqpipe.encoders.layers import PLACES
from seqpipe.generation.base import GenerationRules
from seqpipe.metrics.segments import UNLABELLED
from seqpipe.metrics.sentences.flavours import Kind
from seqpipe.metrics.sentences.scores import SentenceScores
from seqpipe.targets.base import Targets
from seqpipe.targets.sentences import SentenceTargets
from seqpipe.targets.vocabulary import SPECIAL, Vocabulary
from seqpipe.tasks.base import Per, Told
from seqpipe.training.selection import Better
from seqpipe.training.step import StepOutput

REFERENCES = "references"
"""The column of the samples' table with the sentences of each, a list."""
ALL_STEPS = 10**7

logger = logging.getLogger(__name__)


class Beam(NamedTuple):
    """One sentence that a model may say.

    Attributes:
        text: As it is written.
        tokens: As it is said.
        log_p: log p of it, with that of its end where it has ended; not a number where the model knows none.
        score: What it is compared by, higher is better.
        attention: (L, S) what was looked at for each token; None where nothing is.
        ended: Whether it has come to its end; false: it was cut at the most tokens that are allowed.
    """

    text: str
    tokens: tuple[str, ...]
    log_p: float = float("nan")
    score: float = float("nan")
    attention: np.ndarray | None = None
    ended: bool = True

    @property
    def confidence(self) -> float:
        """exp of the mean of log p over its tokens, and its end if it has one; not a number where none is known."""
        return float(np.exp(self.log_p / max(1, len(self.tokens) + self.ended)))


class Said(NamedTuple):
    """What a model says of a sample: its sentences, the best first, at least one (which may be empty)."""

    beams: tuple[Beam, ...]

    @property
    def text(self) -> str:
        """The sentence that it is held to."""
        return self.beams[0].text


def said_of(each: Sequence[Said]) -> np.ndarray:
    """(N,) of objects: what is said of N samples, as the probabilities of a model of classes would be handed on."""
    said = np.empty(len(each), object)
    for row, one in enumerate(each):
        said[row] = one
    return said


@dataclass(frozen=True)
class Sentences:
    """A sentence a sample; cross-entropy over its tokens, each behind the true ones before it.

    Attributes:
        rules: How a sentence is found.
        places: How many places a step of the features has, each with numbers of its own.
    """

    rules: GenerationRules
    places: int

    name: ClassVar[str]
    kind: ClassVar[Kind]
    per: ClassVar[Per] = "sentence"
    told: ClassVar[Told] = "sentence"
    choose_by: ClassVar[Mapping[str, Better]] = {"cider": "higher"}

    @classmethod
    def again(cls, facts: Mapping[str, Any]) -> Self:
        return cls(GenerationRules(**facts["rules"]), facts["places"])

    @classmethod
    def on(cls, dataset: FeatureDataset, config: SentenceConfig) -> Self:
        return cls(GenerationRules.of(config.generation), places_of(dataset.lineage))

    @staticmethod
    def strata(samples: pd.DataFrame) -> Sequence[str] | None:
        return None

    @staticmethod
    def targets(
        samples: pd.DataFrame, times_s: np.ndarray, mask: np.ndarray, annotations: pd.DataFrame | None
    ) -> Targets:
        """The sentences; what they are made of is learned in ``completed``, by the parameters."""
        return SentenceTargets(tuple(tuple(of) for of in samples[REFERENCES]), Vocabulary("words", True, SPECIAL))

    @staticmethod
    def completed(dataset: FeatureDataset, config: SentenceConfig, longest: int | None = None) -> FeatureDataset:
        """With the vocabulary of train.

        Raises:
            UserError: There is no sample of train, or nothing in its sentences occurs often enough.
        """
        targets = dataset.targets
        assert isinstance(targets, SentenceTargets), "made by `targets`"
        train = dataset.part("train").targets
        assert isinstance(train, SentenceTargets), "of the same kind"
        if not len(train):
            raise UserError("No sample of train has a sentence: look at the quarantine, and at the splits.")
        of = config.vocabulary
        texts = [text for sentences in train.references for text in sentences]
        vocabulary = Vocabulary.learned(texts, of.level, of.lowercase, of.min_count, of.size)
        _tell_long(texts, vocabulary, config.generation.max_length)
        return replace(dataset, targets=replace(targets, vocabulary=vocabulary))

    @property
    def window(self) -> int | None:
        return None

    @property
    def hop(self) -> int:
        return 1

    def step_output(self, logits: Tensor, t: Tensor, label_smoothing: float = 0.0) -> StepOutput:
        """Logits (B, L, V) and the tokens (B, L) that come there, `UNLABELLED` where none does."""
        counted = t != UNLABELLED
        n = int(counted.sum())
        given = {"ignore_index": UNLABELLED, "label_smoothing": label_smoothing}
        loss = cross_entropy(logits.flatten(0, 1), t.flatten(), reduction="sum", **given) / max(n, 1)  # type: ignore[arg-type]
        return StepOutput(loss, ((logits.argmax(-1) == t) & counted).sum(), n)

    def val_scores(self, targets: Targets, proba: np.ndarray) -> dict[str, float]:
        """Of what is said freely, without a look at the true words."""
        return self.judged(targets, proba).values()

    def judged(self, targets: Targets, said: np.ndarray) -> SentenceScores:
        """The scores of what is said (N,) of samples with these targets; each is a group of its own."""
        assert isinstance(targets, SentenceTargets), "sentences are judged by sentences"
        return SentenceScores(self.answers(said).tolist(), targets.references, range(len(targets)), self.kind)

    def tuned(self, targets: Targets, predict: Callable[[], np.ndarray]) -> Self:
        return self

    def answers(self, proba: np.ndarray) -> np.ndarray:
        """(N,) of str: the best sentence of each."""
        answers = np.empty(len(proba), object)
        answers[:] = [said.text for said in proba]
        return answers

    def facts(self) -> dict[str, Any]:
        return {"rules": asdict(self.rules), "places": self.places}


class ImageCaptioning(Sentences):
    """What is seen in a picture."""

    name: ClassVar[str] = "image_captioning"
    kind: ClassVar[Kind] = "captions"

    @staticmethod
    def sampling(clip: ClipConfig | None, config: ImageCaptioningConfig) -> ClipConfig:
        """One frame: of a video the one in its middle."""
        return ClipConfig(stream="rgb", flow_side=32, sampling="stride", frames=1, fps=1.0, stride=1)


class VideoCaptioning(Sentences):
    """What happens in a clip, or in any sequence of measurements."""

    name: ClassVar[str] = "video_captioning"
    kind: ClassVar[Kind] = "captions"

    @classmethod
    def on(cls, dataset: FeatureDataset, config: SentenceConfig) -> Self:
        """A step of a clip is one vector, whatever it is made of: what is looked at are its frames."""
        return cls(GenerationRules.of(config.generation), places=1)

    @staticmethod
    def sampling(clip: ClipConfig | None, config: SentenceConfig) -> ClipConfig:
        assert clip is not None, "its entry takes clip"
        return clip


class Translation(Sentences):
    """A sentence in another language."""

    name: ClassVar[str] = "translation"
    kind: ClassVar[Kind] = "translation"
    choose_by: ClassVar[Mapping[str, Better]] = {"bleu_4": "higher"}

    @staticmethod
    def sampling(clip: ClipConfig | None, config: SentenceConfig) -> ClipConfig:
        """Every token; what is said of pictures decides nothing here."""
        return ClipConfig(stream="rgb", flow_side=32, sampling="all", frames=ALL_STEPS, fps=1.0, stride=1)


def _tell_long(texts: Sequence[str], vocabulary: Vocabulary, most: int) -> None:
    """Counts the training sentences that an answer cannot be as long as."""
    if long := sum(len(vocabulary.split(text)) > most for text in texts):
        logger.warning(
            "%d of %d training sentences have more than %d tokens: no answer is longer (generation.max_length).",
            *(long, len(texts), most),
        )


def places_of(lineage: Lineage) -> int:
    """How many places each step of features has: those of a map's grid, else one."""
    return PLACES if lineage.get("features", {}).get("pool") == "grid" else 1
