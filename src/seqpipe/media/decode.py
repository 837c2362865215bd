"""Frames of a sample, whatever it is: probing it whole, and reading the frames that a clip samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from seqpipe.config import CorpusConfig
from seqpipe.media.files import folder_frames
from seqpipe.media.frames import STILL_FPS, Kind, TimedFrame, Unusable
from seqpipe.media.images import image_rgb, image_rotation_deg, open_image, resized
from seqpipe.media.video import (
    Tally,
    declared_frames,
    declared_seconds,
    first_video_stream,
    nominal_fps,
    open_video,
    said,
    timed_frames,
)

__all__ = [
    "Facts",
    "Probe",
    "TimedFrame",
    "Unusable",
    "iter_frames",
    "measure",
    "read_clip",
    "read_frames",
]

PROBE_VERSION = 1
"""Raise it when a change makes probing judge or measure differently: cached results then lapse."""

DURATION_FORMATS = frozenset({"matroska,webm", "flv"})
"""Containers that declare no number of frames but a duration, written when the recording ended."""


@dataclass(frozen=True)
class Facts:
    """What decoding a sample from end to end has shown. Width and height are those of the upright picture."""

    frames_declared: int | None
    frames_decoded: int
    fps: float
    duration_s: float
    width: int
    height: int
    rotation: int


@dataclass(frozen=True)
class Probe(Facts):
    """The facts, and the bytes they hold for: ``sha256`` in hex, ``bytes`` in all."""

    sha256: str
    bytes: int


def iter_frames(path: str, kind: Kind) -> Iterator[TimedFrame]:
    """The sample's frames in order, each with its time in seconds, decoded as they are asked for.

    Times start at 0 and increase. The frames end where the sample does, or where it breaks off. Raises
    Unusable where the sample cannot be opened.
    """
    if kind == "image":
        yield TimedFrame(0.0, path, image_rgb)
    elif kind == "frames":
        yield from _folder_frames(path)
    else:
        with open_video(path) as container:
            yield from timed_frames(container, first_video_stream(container), Tally())


def read_frames(path: str, kind: Kind, times_s: Sequence[float]) -> Iterator[np.ndarray]:
    """For each time the frame shown at it, the last one not later: uint8 (H, W, 3), one by one.

    ``times_s`` never decrease. One pass; decoding stops after the last needed frame. Raises Unusable
    where the sample cannot be opened or holds no frame.
    """
    pending = list(times_s)
    if any(b < a for a, b in pairwise(pending)):
        raise ValueError(f"times_s must not decrease, got {pending}")
    pending.reverse()
    shown: TimedFrame | None = None
    frames = iter_frames(path, kind)
    while pending:
        following = next(frames, None)
        if shown is not None and (following is None or following.time_s > pending[-1]):
            rgb = shown.rgb()
            while pending and (following is None or following.time_s > pending[-1]):
                pending.pop()
                yield rgb
        if following is None:
            break
        shown = following
    if pending:
        raise Unusable("no_frames", "Not one frame could be decoded.")


def read_clip(path: str, kind: Kind, times_s: Sequence[float]) -> np.ndarray:
    """The frames shown at ``times_s`` (never decreasing, seconds): uint8 (n, H, W, 3). Raises Unusable."""
    frames = read_frames(path, kind, times_s)
    first = next(frames)
    clip = np.empty((len(times_s), *first.shape), dtype=np.uint8)
    clip[0] = first
    for n, rgb in enumerate(frames, start=1):
        clip[n] = rgb
    return clip


def measure(path: str, kind: Kind, config: CorpusConfig) -> Facts:
    """Decodes the whole sample for real and says what it is; raises Unusable, and nothing else, where it cannot."""
    try:
        return {"video": _measure_video, "frames": _measure_folder, "image": _measure_image}[kind](path, config)
    except Unusable:
        raise
    except MemoryError as error:
        raise Unusable("too_large", "Decoding it takes more memory than there is.") from error
    except OSError as error:
        raise Unusable("unreadable", f"It cannot be read: {error.strerror or error}.") from error
    except Exception as error:  # whatever a decoder makes of one broken file: the others are still good
        raise Unusable("unreadable", f"Decoding it fails: {said(error)}.") from error


def _measure_video(path: str, config: CorpusConfig) -> Facts:
    with open_video(path) as container:
        stream = first_video_stream(container)
        declared_s = declared_seconds(container, stream)
        _check_size(stream.codec_context.width, stream.codec_context.height, config)
        _check_duration(declared_s or 0.0, config)
        tally, facts = _decode_whole(container, stream, config)
        frames = (declared_frames(container, stream) or tally.packets) - tally.hidden
        promised_s = declared_s if container.format.name in DURATION_FORMATS else None
    _check_whole(tally, frames, facts.duration_s, promised_s, config)
    return replace(facts, frames_declared=frames)


def _decode_whole(container: InputContainer, stream: VideoStream, config: CorpusConfig) -> tuple[Tally, Facts]:
    """Decodes every frame and counts; raises Unusable where there is none, or they go on for too long."""
    stream.codec_context.options = {
        "max_pixels": str(int(config.max_megapixels * 1e6)),  # a stream may grow on its way
        "skip_loop_filter": "all",  # smooths pictures, tells nothing of the file, is a fifth of the work
    }
    tally, fps, last_s = Tally(), nominal_fps(stream), 0.0
    shape: tuple[int, ...] = ()
    for frame in timed_frames(container, stream, tally):
        last_s = frame.time_s
        shape = shape or frame.rgb().shape
        _check_duration(last_s, config)
    if not shape:
        raise Unusable("no_frames", _no_frames(tally))
    return tally, Facts(None, tally.frames, fps, last_s + 1.0 / fps, shape[1], shape[0], tally.rotation)


def _no_frames(tally: Tally) -> str:
    why = f": {tally.error}" if tally.error else ""
    return f"Not one frame could be decoded from its {tally.packets} video packets{why}."


def _check_whole(
    tally: Tally, declared: int, duration_s: float, promised_s: float | None, config: CorpusConfig
) -> None:
    """Raises Unusable where too little of what the file declares was decoded intact."""
    damaged = f", {tally.damaged} are damaged" if tally.damaged else ""
    why = f" ({tally.error})" if tally.error else ""
    if tally.frames < config.min_decoded_share * declared:
        raise Unusable("truncated", f"Only {tally.frames} of {declared} frames decoded intact{damaged}{why}.")
    if promised_s and duration_s < config.min_decoded_share * promised_s:
        raise Unusable("truncated", f"Its frames end after {duration_s:.2f} of {promised_s:.2f} seconds{why}.")


def _check_size(width: int, height: int, config: CorpusConfig) -> None:
    if width * height > config.max_megapixels * 1e6:
        allowed = f"{config.max_megapixels:g} million allowed"
        raise Unusable("too_large", f"Its {width} x {height} pixels a frame are more than the {allowed}.")


def _check_duration(seconds: float, config: CorpusConfig) -> None:
    if seconds > config.max_seconds:
        raise Unusable("too_large", f"It runs {seconds:.0f} seconds; no more than {config.max_seconds:g} are allowed.")


def _folder_frames(path: str) -> Iterator[TimedFrame]:
    """A folder's images at 25 a second, all of the first's size; reading a broken one raises Unusable."""
    files = folder_frames(path)
    if not files:
        return
    height, width, _ = image_rgb(files[0]).shape
    for index, file in enumerate(files):
        yield TimedFrame(index / STILL_FPS, file, lambda f: resized(image_rgb(f), height, width))


def _measure_folder(path: str, config: CorpusConfig) -> Facts:
    files = folder_frames(path)
    if not files:
        raise Unusable("no_frames", "The folder holds no image.")
    _check_duration(len(files) / STILL_FPS, config)
    decoded, broken, shape = 0, "", (0, 0)
    for file in files:
        try:
            rgb = image_rgb(file, config.max_megapixels * 1e6)
        except Unusable as unusable:
            if unusable.reason == "too_large":
                raise
            broken = f"{file.name}: {unusable.detail}"
            break
        shape = shape if decoded else rgb.shape[:2]
        decoded += 1
    if not decoded:
        raise Unusable("no_frames", f"Its first frame cannot be used. {broken}")
    if decoded < config.min_decoded_share * len(files):
        raise Unusable("truncated", f"Only {decoded} of {len(files)} frames are usable. {broken}")
    return Facts(len(files), decoded, STILL_FPS, decoded / STILL_FPS, shape[1], shape[0], 0)


def _measure_image(path: str, config: CorpusConfig) -> Facts:
    open_image(path, config.max_megapixels * 1e6).close()
    height, width, _ = image_rgb(path).shape
    return Facts(1, 1, STILL_FPS, 1.0 / STILL_FPS, width, height, image_rotation_deg(path))
