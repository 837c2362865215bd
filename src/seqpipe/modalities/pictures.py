"""Pictures: videos, folders of frames, and images, which a CNN reads frame by frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import av

from seqpipe.config import CorpusConfig
from seqpipe.media.decoding.decode import DECODING_VERSION
from seqpipe.media.decoding.measuring import PICTURE_COLUMNS, PictureFacts, measure
from seqpipe.modalities.base import Drawing
from seqpipe.modalities.film_strips import film_strip


class Pictures:
    """What is decoded to frames (H, W, 3)."""

    files: ClassVar[None] = None
    columns: ClassVar[tuple[str, ...]] = PICTURE_COLUMNS
    encoder: ClassVar[None] = None

    @property
    def version(self) -> Any:
        """Of our decoding, and of the library that knows the codecs."""
        return [DECODING_VERSION, av.__version__]

    def measure(self, path: str, kind: str, config: CorpusConfig) -> PictureFacts:
        """Decodes the whole sample."""
        return measure(path, kind, config)

    def drawing(self, sample: Mapping[str, Any], times_s: Sequence[float]) -> Drawing:
        """A film strip."""
        return film_strip(sample, times_s)
