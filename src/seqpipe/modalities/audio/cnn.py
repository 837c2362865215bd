"""Sound as what a CNN makes of pictures of its spectrogram."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from seqpipe.config import AudioConfig
from seqpipe.encoders.architectures import check_reads_frames
from seqpipe.encoders.reading import Reading
from seqpipe.extraction.extractor import Extractor
from seqpipe.extraction.input import to_input
from seqpipe.extraction.kept import made_once
from seqpipe.modalities.audio.log_mel import LogMel
from seqpipe.modalities.audio.pictures import picture_count, pictures
from seqpipe.modalities.audio.spectrogram import NAME, spectrogram, steps_at

if TYPE_CHECKING:
    from seqpipe.encoders.backbones import Backbone

VIEW_REASON = "so that no band is cut off"


class PicturesEncoder:
    """x' is what a backbone makes of a picture of the spectrogram, squeezed into the square that it reads."""

    modality: ClassVar[str] = NAME
    version: ClassVar[int] = 1
    backbone: Backbone | None = None
    _extractor: Extractor | None = None
    _batch_size = 1

    def __init__(self, config: AudioConfig) -> None:
        self._config, self._log_mel = config, LogMel(config)

    @property
    def name(self) -> str:
        by = self.backbone.name if self.backbone else "a CNN"
        return f"{by} on pictures of {self._config.picture_s:g} s of the log-mel of {self._config.bands} bands"

    @property
    def parameters(self) -> dict[str, Any]:
        return self._config.model_dump(mode="json")

    def with_backbone(self, backbone: Backbone) -> Self:
        """The same encoder, whose pictures this backbone reads whole.

        Raises:
            UserError: It reads snippets of several frames.
        """
        check_reads_frames(backbone.name, "A picture of a spectrogram")
        made = copy(self)
        made.backbone, made._extractor = backbone.with_view("whole", VIEW_REASON), None
        return made

    def ready(self, reading: Reading) -> Self:
        """The same encoder, whose network is cut, and lies where it computes."""
        made, how = copy(self), (reading.precision, reading.device)
        made._extractor = made_once(Extractor, self.backbone, (reading.pooled_node,), *how)
        made._batch_size = reading.batch_size
        return made

    def encode(self, path: str, kind: str, times_s: Sequence[float]) -> np.ndarray:
        """(n, D) float32, the pictures at these times; as ``SequenceEncoder`` asks."""
        levels = spectrogram(path, self._log_mel, self._config.sample_rate)
        count = picture_count(len(levels), self._config)
        rate = self._config.frame_rate / self._config.picture_hop
        return self._read(pictures(levels, steps_at(times_s, rate, count), self._config))

    def _read(self, shown: Iterator[np.ndarray]) -> np.ndarray:
        """Pictures (H, W, 3) uint8 to (n, D), a batch at a time."""
        assert self.backbone is not None, "who loads the encoder gives it a backbone"
        assert self._extractor is not None, "who extracts says how it reads"
        inputs = torch.cat([to_input(picture[None], self.backbone.transforms) for picture in shown])
        batches = inputs.split(self._batch_size)
        return np.concatenate([_features(self._extractor, batch, self._batch_size) for batch in batches])


def _features(extractor: Extractor, frames: Tensor, batch_size: int) -> np.ndarray:
    """(n, 3, S, S) uint8 to (n, D), in a batch that is filled up."""
    batch = extractor.empty_batch(batch_size)
    batch[: len(frames)] = frames
    (features,) = extractor.features(batch)
    made: np.ndarray = features[: len(frames)].cpu().numpy()
    return made
