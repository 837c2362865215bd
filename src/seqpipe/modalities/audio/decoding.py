"""The sound of a file through PyAV: one channel, at one rate, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError

from seqpipe.media.decoding.video import declared_seconds, open_container, said
from seqpipe.media.frames import InvalidSample
from seqpipe.modalities.audio.riff import promised_s

TAGS_OF_LENGTH = (b"Xing", b"Info", b"VBRI")
"""What an MP3 begins with where it says how long it is."""
FIRST_BYTES = 2**18
"""In which these are looked for: in front of them there may be a picture of the cover."""
GUESSED_LENGTH = frozenset({"mp3", "aac", "amr", "ac3", "eac3", "dts", "loas"})
"""Formats of bare packets: their length is guessed of the first ones' rate."""


@dataclass
class Heard:
    """What was seen while a stream was decoded.

    Attributes:
        channels, sample_rate: Of the first frame.
        seconds: Of what was decoded intact.
        damaged: Packets and frames that were not.
        error: What ended the decoding early.
    """

    channels: int = 0
    sample_rate: int = 0
    seconds: float = 0.0
    damaged: int = 0
    error: str | None = None


class Sound:
    """A file's sound, opened; as a context it is closed.

    Attributes:
        stream: The one that a player plays.
        streams: How many streams of sound there are.
        declared_s: How long the file says it is; None where it does not say.
        heard: Counts along while it is decoded.

    Raises:
        InvalidSample: It cannot be opened, or holds no sound that can be decoded.
    """

    def __init__(self, path: str) -> None:
        self._container: InputContainer = open_container(path, "a recording")
        try:
            self.stream = _best_stream(self._container)
        except BaseException:
            self._container.close()
            raise
        self.streams = len(self._container.streams.audio)
        self.declared_s = _declared_s(path, self._container, self.stream)
        self.heard = Heard()

    def __enter__(self) -> Sound:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def blocks(self, sample_rate: int) -> Iterator[np.ndarray]:
        """All channels mixed to one at ``sample_rate`` values a second: (n,) float32, full scale at 1, in order."""
        form: tuple[object, ...] | None = None
        resampler: AudioResampler | None = None
        for frame in self._frames():
            if (now := (frame.format.name, frame.layout.name, frame.sample_rate)) != form:
                yield from _resampled(resampler, None)  # what it still holds of the form before
                form, resampler = now, AudioResampler("flt", "mono", sample_rate)
            yield from _resampled(resampler, frame)
        yield from _resampled(resampler, None)

    def _frames(self) -> Iterator[AudioFrame]:
        """The intact frames. What follows a damaged packet is decoded all the same: each stands for itself."""
        heard = self.heard
        try:
            for packet in self._container.demux(self.stream):
                try:
                    decoded = packet.decode()
                except FFmpegError as error:
                    heard.damaged, heard.error = heard.damaged + 1, said(error)
                    continue
                for frame in decoded:
                    if frame.is_corrupt:
                        heard.damaged += 1
                        continue
                    heard.channels = heard.channels or frame.layout.nb_channels
                    heard.sample_rate = heard.sample_rate or frame.sample_rate
                    heard.seconds += frame.samples / frame.sample_rate
                    yield frame
        except (FFmpegError, OSError) as error:
            heard.error = said(error)


def _best_stream(container: InputContainer) -> AudioStream:
    """As FFmpeg ranks them: the default one, else the one of most frames."""
    if not container.streams.audio:
        kinds = ", ".join(sorted({str(stream.type) for stream in container.streams})) or "none at all"
        raise InvalidSample("no_audio_stream", f"It holds no stream of sound; its streams: {kinds}.")
    best = container.streams.best("audio")
    if not isinstance(best, AudioStream) or best.codec_context is None:
        raise InvalidSample("unreadable", "The codec of its sound is not known to this build of FFmpeg.")
    best.codec_context.thread_type = "NONE"  # files are decoded side by side
    return best


def _declared_s(path: str, container: InputContainer, stream: AudioStream) -> float | None:
    guessed = container.format.name in GUESSED_LENGTH and not _is_tagged(path)
    return None if guessed else promised_s(path) or declared_seconds(container, stream)


def _is_tagged(path: str) -> bool:
    """Whether an MP3 begins with a frame that says how many follow."""
    with Path(path).open("rb") as file:
        start = file.read(FIRST_BYTES)
    return any(tag in start for tag in TAGS_OF_LENGTH)


def _resampled(resampler: AudioResampler | None, frame: AudioFrame | None) -> Iterator[np.ndarray]:
    """What comes of a frame; of None what is left at the end."""
    if resampler is None:
        return
    for made in resampler.resample(frame):
        if made.samples:
            yield made.to_ndarray().reshape(-1)
