"""The modality `audio`: files of sound, and the sound of videos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import av

from seqpipe.config import AudioConfig, CorpusConfig
from seqpipe.encoders.base import SequenceEncoder
from seqpipe.media.corpora.names import AUDIO_SUFFIXES, VIDEO_SUFFIXES
from seqpipe.media.medium import FileTypes
from seqpipe.modalities.audio.bands import BandsEncoder
from seqpipe.modalities.audio.drawing import draw_spectrogram
from seqpipe.modalities.audio.measuring import SOUND_COLUMNS, SoundFacts, measure_sound
from seqpipe.modalities.base import Drawing

VERSION = 1
"""Raised when the same bytes are measured or judged differently."""


class Audio:
    """Recordings, and videos, of which the sound is heard."""

    files: ClassVar[FileTypes] = FileTypes(
        {
            **dict.fromkeys(sorted(AUDIO_SUFFIXES), "sound"),
            **dict.fromkeys(sorted(VIDEO_SUFFIXES), "video"),
        },
        "recordings",
    )
    columns: ClassVar[tuple[str, ...]] = SOUND_COLUMNS

    def __init__(self, config: AudioConfig) -> None:
        self._config = config
        self.encoder = self._encoder()

    def _encoder(self) -> SequenceEncoder:
        if self._config.read_by == "bands":
            return BandsEncoder(self._config)
        from seqpipe.modalities.audio.cnn import PicturesEncoder

        return PicturesEncoder(self._config)

    @property
    def version(self) -> Any:
        """Of our measuring, and of the library that knows the codecs."""
        return [VERSION, av.__version__]

    def measure(self, path: str, kind: str, corpus: CorpusConfig) -> SoundFacts:
        """Decodes the whole recording."""
        return measure_sound(path, corpus, self._config)

    def drawing(self, sample: Mapping[str, Any], times_s: Sequence[float]) -> Drawing:
        """Its spectrogram."""
        return draw_spectrogram(sample["path"], times_s, self._config)
