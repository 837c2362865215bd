"""The sound of a file through PyAV: one channel, at one rate, block by block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

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

FULL_SCALE = {"uint8": 128.0, "int16": 2.0**15, "int32": 2.0**31, "int64": 2.0**63}
"""What stands for 1 in values that are whole numbers."""
MIDDLE_OF_BYTE = 128.0
BLOCK = 1 << 16
"""Values that are worked on together."""


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


class Form(NamedTuple):
    """How values lie in frames.

    Attributes:
        rate: Values of a channel a second.
        channels: How many.
        planar: A channel a row; else the channels of each moment lie side by side.
        name: What FFmpeg calls the type of a value.
    """

    rate: int
    channels: int
    planar: bool
    name: str

    @classmethod
    def of(cls, frame: AudioFrame) -> Form:
        """That of a frame."""
        return cls(frame.sample_rate, frame.layout.nb_channels, frame.format.is_planar, frame.format.name)


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
        """The mean of all channels at ``sample_rate`` values a second: (n,) float32, full scale at 1, in order."""
        for form, frames in groupby(self._frames(), key=Form.of):
            values = (one_channel(block, form) for block in _gathered(frame.to_ndarray() for frame in frames))
            yield from values if form.rate == sample_rate else _resampled(values, form.rate, sample_rate)

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


def one_channel(values: np.ndarray, form: Form) -> np.ndarray:
    """(n,) float32, the mean of the channels; whole numbers are brought to full scale at 1."""
    by_channel = values if form.planar else values.reshape(-1, form.channels).T
    if values.dtype.kind == "u":
        by_channel = by_channel.astype(np.float32) - MIDDLE_OF_BYTE
    mixed = by_channel[0] if form.channels == 1 else by_channel.mean(axis=0, dtype=np.float32)
    return mixed.astype(np.float32) / np.float32(FULL_SCALE.get(values.dtype.name, 1.0))


def _gathered(pieces: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """The same values in blocks of ``BLOCK`` at least, but for the last: frames of codecs are short."""
    held, count = list[np.ndarray](), 0
    for piece in pieces:
        held.append(piece)
        count += piece.shape[1]
        if count >= BLOCK:
            yield np.concatenate(held, axis=1)
            held, count = [], 0
    if held:
        yield np.concatenate(held, axis=1)


def _resampled(blocks: Iterable[np.ndarray], rate: int, sample_rate: int) -> Iterator[np.ndarray]:
    """Values at ``rate`` a second at ``sample_rate``."""
    resampler = AudioResampler("flt", "mono", sample_rate)
    for block in blocks:
        frame = AudioFrame.from_ndarray(block[None], format="flt", layout="mono")
        frame.sample_rate = rate
        yield from _values(resampler.resample(frame))
    yield from _values(resampler.resample(None))


def _values(frames: Iterable[AudioFrame]) -> Iterator[np.ndarray]:
    yield from (frame.to_ndarray().reshape(-1) for frame in frames if frame.samples)
