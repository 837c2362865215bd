"""What makes vectors of samples that are no pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

import numpy as np
import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.core.fingerprint import fingerprint
from seqpipe.core.lineage import Lineage
from seqpipe.media.frames import InvalidSample

if TYPE_CHECKING:
    from seqpipe.encoders.backbones import Backbone
    from seqpipe.encoders.reading import Reading


class SequenceEncoder(Protocol):
    """From a sample's file to a vector a step, where a backbone makes them of pictures.

    It is made again from its modality's name and parameters, so that nothing else of it lies on disk. ``name`` is what
    reports call it (``log-mel of 64 bands``), ``parameters`` are those of its modality, as JSON holds them, and
    ``version`` is raised when other vectors come of the same parameters.
    """

    @property
    def modality(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def parameters(self) -> dict[str, Any]: ...

    @property
    def version(self) -> int: ...

    def encode(self, path: str, kind: str, times_s: Sequence[float]) -> np.ndarray:
        """(n, D) float32, the vector of the step at each time. Called from many threads at once.

        Raises:
            InvalidSample: The file is gone, or can no longer be read.
        """


@runtime_checkable
class LearningEncoder(Protocol):
    """An encoder that learns something of the training samples before it encodes any, such as a vocabulary.

    ``learned`` is what it has learned, as JSON holds it: kept with its parameters, of both of which it is made again.
    """

    @property
    def learned(self) -> dict[str, Any]: ...

    def learn(self, train: Sequence[tuple[str, str]]) -> Self:
        """The same encoder, which has learned of the training samples, each its path and kind.

        Raises:
            InvalidSample: A file is gone, or can no longer be read.
        """

    def with_learned(self, learned: dict[str, Any]) -> Self:
        """The same encoder, which has learned this before."""


@runtime_checkable
class TokenEncoder(Protocol):
    """An encoder of tokens: the one number of each step's vector is the token's place in ``tokens``.

    The first of the tokens stands for all that are not among them. A sample has as many steps as it has tokens, a
    second each, whatever was measured of it before the tokens were known.
    """

    @property
    def tokens(self) -> tuple[str, ...]: ...

    @property
    def longest(self) -> int:
        """How many tokens of a sample are read at most: one of so many may go on."""

    def steps(self, path: str, kind: str) -> int:
        """How many tokens a sample has; raises as ``SequenceEncoder.encode`` does."""


@runtime_checkable
class BackboneEncoder(Protocol):
    """An encoder that makes pictures of a sample, which a backbone reads.

    ``backbone`` is None until one is given; it is kept beside the parameters, and the encoder made again of both.
    """

    backbone: Backbone | None

    def with_backbone(self, backbone: Backbone) -> Self:
        """The same encoder, whose pictures this backbone reads."""

    def ready(self, reading: Reading) -> Self:
        """The same encoder, which reads so: what takes long to make is made once for all samples."""


def learned_from(encoder: SequenceEncoder, samples: pd.DataFrame) -> SequenceEncoder:
    """The encoder, which has learned of the samples of train what it learns; of others it sees nothing.

    Raises:
        UserError: A file is gone, or can no longer be read; or nothing can be learned of them.
    """
    if not isinstance(encoder, LearningEncoder):
        return encoder
    train = samples[samples["split"] == "train"]
    try:
        learned: SequenceEncoder = encoder.learn(list(zip(train["path"], train["kind"], strict=True)))
    except (InvalidSample, OSError) as error:
        raise UserError(
            f"A sample could be read when it was ingested and cannot now ({error}): put it back or take it out, and "
            "run again from `ingest`."
        ) from error
    return learned


def tokens_of(encoder: Any) -> tuple[str, ...]:
    """What the numbers of its steps stand for; nothing where they are vectors."""
    return encoder.tokens if isinstance(encoder, TokenEncoder) else ()


def longest_of(encoder: Any) -> int | None:
    """How many tokens of a sample it reads at most; None where its steps are no tokens."""
    return encoder.longest if isinstance(encoder, TokenEncoder) else None


def encoder_fingerprint(encoder: SequenceEncoder) -> str:
    """Of whatever decides its vectors: equal for equal encoders."""
    learned = [encoder.learned] if isinstance(encoder, LearningEncoder) else []
    read_by = [backbone.fingerprint] if (backbone := backbone_of(encoder)) else []
    return fingerprint([encoder.modality, encoder.version, encoder.parameters, *learned, *read_by])


def backbone_of(encoder: Any) -> Backbone | None:
    """The backbone that reads the pictures which the encoder makes; None where it makes none."""
    return encoder.backbone if isinstance(encoder, BackboneEncoder) else None


def encoder_lineage(encoder: SequenceEncoder) -> Lineage:
    """What is handed down of it with the features, in the place of a backbone, and of the one that it has."""
    facts = {"name": encoder.name, "modality": encoder.modality, "fingerprint": encoder_fingerprint(encoder)}
    if (backbone := backbone_of(encoder)) is not None:
        facts |= {key: backbone.lineage["backbone"][key] for key in ("weights", "source")}
    return {"backbone": facts}
