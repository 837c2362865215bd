"""What makes vectors of samples that are no pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from seqpipe.core.fingerprint import fingerprint
from seqpipe.core.lineage import Lineage


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


def encoder_fingerprint(encoder: SequenceEncoder) -> str:
    """Of whatever decides its vectors: equal for equal encoders."""
    return fingerprint([encoder.modality, encoder.version, encoder.parameters])


def encoder_lineage(encoder: SequenceEncoder) -> Lineage:
    """What is handed down of it with the features, in the place of a backbone: nothing of it was learned."""
    facts = {"name": encoder.name, "modality": encoder.modality, "fingerprint": encoder_fingerprint(encoder)}
    return {"backbone": facts}
