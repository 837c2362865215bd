"""Probing: a sample decoded for real from end to end, and what that has shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from av.container import InputContainer
from av.video.stream import VideoStream

from seqpipe.config import CorpusConfig
from seqpipe.media.corpora.files import folder_frames
from seqpipe.media.decoding.decode import file_frames, file_white, folder_white, frame_rgb
from seqpipe.media.decoding.images import image_rotation_deg
from seqpipe.media.decoding.pictures import picture_counts
from seqpipe.media.decoding.streams import best_video_stream, nominal_fps, packet_counts, video_streams
from seqpipe.media.decoding.video import Tally, declared_frames, declared_seconds, open_container, timed_frames
from seqpipe.media.frames import STEP_RATIO, STILL_FPS, Clock, InvalidSample, MediaType
from seqpipe.media.medium import Facts

DURATION_FORMATS = frozenset({"matroska,webm", "flv"})
"""Containers that declare no number of frames but a duration, written when the recording ended."""
CODEC_DELAY = 2
"""Frames that a whole file may declare beyond those it gives: packed B-frames leave empty packets."""

GAPS = "Its timestamps jump far forward; each jump counts as one frame."
STANDING = "Its timestamps stand still or run backwards; its frames are spaced by its frame rate."
STREAMS = "It holds several video streams; the one that a player shows is read."
PICTURES = "It holds further pictures (layers, views, smaller copies) that are not read."
PARTLY = "Not all of its frames could be decoded; the rest is used."
RESIZED = "Its frames are of several sizes; all are resized to the first's."
DEEP = "Its values have more than 8 bits; white is {white:g}."


@dataclass(frozen=True)
class PictureFacts(Facts):
    """What decoding a sample from end to end has shown.

    Attributes:
        frames_declared: How many the file says it has; None where it says nothing.
        width, height: Of the upright picture, pixels.
        rotation: By how many degrees the stored picture is turned to stand upright.
    """

    frames_declared: int | None
    width: int
    height: int
    rotation: int


PICTURE_COLUMNS = ("frames_declared", "width", "height", "rotation")
"""What ``PictureFacts`` has beside the facts of every modality."""


def measure(path: str, kind: MediaType, config: CorpusConfig) -> PictureFacts:
    """Decodes the whole sample for real and says what it is; raises InvalidSample where it cannot."""
    return {"video": _measure_video, "frames": _measure_folder, "image": _measure_image}[kind](path, config)


def _measure_video(path: str, config: CorpusConfig) -> PictureFacts:
    with open_container(path) as container:
        streams = video_streams(container)
        stream = best_video_stream(container, streams)
        declared_s = declared_seconds(container, stream)
        _check_size(stream.codec_context.width, stream.codec_context.height, config)
        _check_declared_duration(container, stream, declared_s or 0.0, config)
        tally, facts = _decode_whole(container, stream, config)
        frames = (declared_frames(container, stream) or tally.packets) - tally.hidden - _dropped(container, tally)
        promised_s = declared_s if container.format.name in DURATION_FORMATS else None
    _check_whole(tally, frames, facts.duration_s + tally.clock.skipped_s, promised_s, config)
    remarks = {
        GAPS: tally.clock.gaps,
        STANDING: tally.clock.runs_ahead(),
        STREAMS: len(streams) > 1,
        PARTLY: tally.error or tally.damaged or tally.frames < frames - CODEC_DELAY,
    }
    return replace(facts, frames_declared=frames, remark=_remark(remarks))


def _dropped(container: InputContainer, tally: Tally) -> int:
    """Frames that a camera has dropped: an AVI, which keeps no timestamps, counts an empty one for each."""
    return max(0, tally.last_dts + 1 - tally.packets) if container.format.name == "avi" else 0


def _remark(remarks: Mapping[str, object]) -> str:
    return " ".join(sentence for sentence, holds in remarks.items() if holds)


def _decode_whole(container: InputContainer, stream: VideoStream, config: CorpusConfig) -> tuple[Tally, PictureFacts]:
    """Decodes every frame and counts; raises InvalidSample where there is none, or they go on for too long."""
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
        raise InvalidSample("no_frames", _no_frames(tally))
    if tally.clock.gaps:
        fps = _mean_fps(tally.frames, last_s)  # what the stream declares is a mean over the gaps
    return tally, PictureFacts(tally.frames, fps, last_s + 1.0 / fps, None, shape[1], shape[0], tally.rotation)


def _mean_fps(frames: int, last_s: float) -> float:
    """Frames a second, where the last of them is shown at ``last_s``."""
    return (frames - 1) / last_s if frames > 1 else STILL_FPS


def _no_frames(tally: Tally) -> str:
    why = f": {tally.error}" if tally.error else ""
    return f"Not one frame could be decoded from its {tally.packets} video packets{why}."


def _check_whole(
    tally: Tally, declared: int, duration_s: float, promised_s: float | None, config: CorpusConfig
) -> None:
    """Raises InvalidSample where too little of what the file declares was decoded intact."""
    damaged = f", {tally.damaged} are damaged" if tally.damaged else ""
    why = f" ({tally.error})" if tally.error else ""
    if tally.frames < config.min_decoded_share * declared:
        raise InvalidSample("truncated", f"Only {tally.frames} of {declared} frames decoded intact{damaged}{why}.")
    if promised_s and duration_s < config.min_decoded_share * promised_s:
        raise InvalidSample("truncated", f"Its frames end after {duration_s:.2f} of {promised_s:.2f} seconds{why}.")


def _check_size(width: int, height: int, config: CorpusConfig) -> None:
    if width * height > config.max_megapixels * 1e6:
        allowed = f"{config.max_megapixels:g} million allowed"
        raise InvalidSample("too_large", f"Its {width} x {height} pixels a frame are more than the {allowed}.")


def _check_declared_duration(
    container: InputContainer, stream: VideoStream, declared_s: float, config: CorpusConfig
) -> None:
    """Spares decoding what is far too long; a few frames behind a jump in the timestamps are not."""
    if declared_s > config.max_seconds:
        frames = stream.frames or packet_counts(container.name)[stream.index]
        _check_duration(min(declared_s, STEP_RATIO * frames / nominal_fps(stream)), config)


def _check_duration(seconds: float, config: CorpusConfig) -> None:
    if seconds > config.max_seconds:
        raise InvalidSample(
            "too_large", f"It runs {seconds:.0f} seconds; no more than {config.max_seconds:g} are allowed."
        )


def _measure_folder(path: str, config: CorpusConfig) -> PictureFacts:
    files = folder_frames(path)
    if not files:
        raise InvalidSample("no_frames", "The folder holds no image.")
    _check_duration(len(files) / STILL_FPS, config)
    white = folder_white(files, config.max_megapixels * 1e6)
    broken, shapes = "", list[tuple[int, ...]]()
    for file in files:
        try:
            shapes.append(frame_rgb(file, white, config.max_megapixels * 1e6).shape[:2])
        except InvalidSample as unusable:
            if unusable.reason == "too_large":
                raise
            broken = f"{file.name}: {unusable.detail}"
            break
    if not shapes:
        raise InvalidSample("no_frames", f"Its first frame cannot be used. {broken}")
    if len(shapes) < config.min_decoded_share * len(files):
        raise InvalidSample("truncated", f"Only {len(shapes)} of {len(files)} frames are usable. {broken}")
    remark = _remark({PARTLY: broken, RESIZED: len(set(shapes)) > 1, **_deep(white)})
    height, width = shapes[0]
    seconds = len(shapes) / STILL_FPS
    return PictureFacts(len(shapes), STILL_FPS, seconds, len(files), width, height, 0, remark=remark)


def _measure_image(path: str, config: CorpusConfig) -> PictureFacts:
    max_pixels = config.max_megapixels * 1e6
    declared, held = picture_counts(path, max_pixels)
    white = file_white(path, max_pixels)
    clock, decoded, last_s, shape = Clock(0.001, STILL_FPS), 0, 0.0, (0, 0)
    try:
        for frame in file_frames(path, clock, white, max_pixels):
            shape = frame.rgb().shape[:2]
            decoded, last_s = decoded + 1, frame.time_s
            _check_duration(last_s, config)
    except InvalidSample as unusable:
        if unusable.reason != "truncated" or decoded < config.min_decoded_share * declared:
            raise
    remark = _remark(
        {PICTURES: held > declared, PARTLY: decoded < declared, GAPS: clock.gaps, **_deep(white)},
    )
    fps = _mean_fps(decoded, last_s)
    rotation = image_rotation_deg(path)
    return PictureFacts(decoded, fps, last_s + 1.0 / fps, declared, shape[1], shape[0], rotation, remark=remark)


def _deep(white: float | None) -> dict[str, object]:
    return {DEEP.format(white=white): True} if white else {}
