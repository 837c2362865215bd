"""Video files through PyAV: opening them safely, and their frames in order, upright, on one clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from seqpipe.media.decoding.pixel_values import on_white
from seqpipe.media.decoding.streams import nominal_fps, without_timestamps
from seqpipe.media.frames import Clock, InvalidSample, TimedFrame

av.logging.set_level(None)  # libav writes straight to standard error; what went wrong is said by exceptions


@dataclass
class Tally:
    """What was seen while a stream was decoded."""

    packets: int = 0
    last_dts: int = -1
    hidden: int = 0
    frames: int = 0
    damaged: int = 0
    rotation: int = 0
    error: str | None = None
    clock: Clock = field(default_factory=lambda: Clock(1.0, 1.0))


def open_container(path: str, what: str = "a video", **options: str) -> InputContainer:
    """Opens a container of ``what``; raises InvalidSample where libav knows no way into it.

    Only the file itself is read: a playlist dressed up as a video does not reach the network.
    """
    try:
        return av.open(path, metadata_errors="replace", options={"protocol_whitelist": "file", **options})
    except (FFmpegError, OSError, ValueError) as error:
        raise InvalidSample("unreadable", _why_unopened(path, what, error)) from error


def _why_unopened(path: str, what: str, error: Exception) -> str:
    """The usual reasons in plain words; libav calls them all invalid data."""
    try:
        with Path(path).open("rb") as file:
            start = file.read(12)
    except OSError:
        return f"It cannot be read: {said(error)}."
    if not start:
        return "The file is empty (0 bytes)."
    if start[4:8] == b"ftyp":
        return f"It begins like an MP4 but cannot be opened, as when cut short: {said(error)}."
    return f"It cannot be opened as {what}: {said(error)}."


def rotation_deg(frame: VideoFrame) -> int:
    """Clockwise rotation that its display matrix asks for: 0, 90, 180 or 270."""
    return round(-frame.rotation / 90) % 4 * 90


def timed_frames(container: InputContainer, stream: VideoStream, tally: Tally) -> Iterator[TimedFrame]:
    """The intact frames in order of presentation; ``tally`` counts along.

    Frames that the decoder marks as damaged are left out. Packets that fail before the first frame are
    passed over (a stream cut between key frames starts so); a later failure ends the sample there, for
    what follows is built on what was lost.
    """
    clock = tally.clock = Clock(float(stream.time_base or 0), nominal_fps(stream))
    untimed = without_timestamps(stream)
    to_rgb: Upright | None = None
    try:
        for packet in container.demux(stream):
            tally.packets += packet.size > 0
            tally.last_dts = tally.last_dts if packet.dts is None else packet.dts
            tally.hidden += packet.is_discard
            try:
                decoded = packet.decode()
            except FFmpegError:
                if tally.frames:
                    raise
                continue
            for frame in decoded:
                time_s = clock(None if untimed else frame.pts)
                if frame.is_corrupt:
                    tally.damaged += 1
                    continue
                if to_rgb is None:
                    to_rgb, tally.rotation = Upright(frame), rotation_deg(frame)
                tally.frames += 1
                yield TimedFrame(time_s, frame, to_rgb)
    except (FFmpegError, OSError) as error:
        tally.error = said(error)


class Upright:
    """Converts frames to RGB as they are to be seen: turned by the display matrix, all of the first's size.

    One reformatter serves the whole file and runs on the calling thread: PyAV's default starts threads for
    every frame, which costs fifty times more on small frames.
    """

    def __init__(self, first: VideoFrame) -> None:
        self._reformatter = VideoReformatter()
        self._width, self._height = first.width, first.height
        self._transposed, self._flip_x, self._flip_y = _orientation(first)
        self._format = "rgba" if any(component.is_alpha for component in first.format.components) else "rgb24"

    def __call__(self, frame: VideoFrame) -> np.ndarray:
        rgb = self._reformatter.reformat(
            frame, width=self._width, height=self._height, format=self._format, threads=1
        ).to_ndarray()
        if self._format == "rgba":
            rgb = on_white(rgb)
        if self._transposed:
            rgb = rgb.swapaxes(0, 1)
        return rgb[:: -1 if self._flip_y else 1, :: -1 if self._flip_x else 1]


def _orientation(frame: VideoFrame) -> tuple[bool, bool, bool]:
    """(transposed, flipped in x, flipped in y), in that order, as the display matrix says.

    The matrix maps a pixel to x' = a x + c y, y' = b x + d y (ISO/IEC 14496-12, 6.2.2).
    """
    for data in cast(Iterable[Any], frame.side_data):  # typed as a mapping, it yields its values
        if data.type.name == "DISPLAYMATRIX":
            a, b, _, c, d = np.frombuffer(bytes(data), dtype=np.int32)[:5].tolist()
            transposed = abs(b) > abs(a)
            return transposed, (c if transposed else a) < 0, (b if transposed else d) < 0
    return False, False, False


def declared_frames(container: InputContainer, stream: VideoStream) -> int | None:
    """Frames the stream declares, without those an edit list has cut off; None where it declares none."""
    if stream.frames and "mp4" in container.format.name:
        return min(stream.frames, len(stream.index_entries) or stream.frames)
    return stream.frames or None


def declared_seconds(container: InputContainer, stream: Stream) -> float | None:
    """Duration as the stream declares it, else as the container does; None where neither does."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    clock = stream.metadata.get("DURATION", "")  # Matroska: 00:00:10.333000000, where the last frame ends
    start_s = max(0.0, (container.start_time or 0) / av.time_base)
    try:
        hours, minutes, seconds = (float(part) for part in clock.split(":"))
        return hours * 3600 + minutes * 60 + seconds - start_s
    except ValueError:
        alone = len(container.streams) == 1
        return container.duration / av.time_base - start_s if alone and container.duration else None


def said(error: Exception) -> str:
    """An exception's message without the path and without the full stop."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text.strip().rstrip(".")
