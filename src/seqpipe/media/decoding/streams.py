"""Which of a container's streams is the video, and what it says of itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import cast

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from seqpipe.media.frames import STEP_RATIO, STILL_FPS, InvalidSample

FASTEST_FPS = 1000.0
"""A rate above this is a container's tick (90 000 a second), not a camera's."""
FASTEST_BARE_FPS = 300.0
"""A higher rate in the headers of bare pictures is the tick (600 or 1000 a second) of who wrote them."""
BESIDE = Disposition.attached_pic | Disposition.timed_thumbnails
"""Streams that no player takes for the video: covers and previews."""
NO_TIMESTAMPS = cast(int, av.format.Flags.no_timestamps.value)
"""FFmpeg's flag of a format that keeps none."""
UNKNOWN_CODEC = "Its video codec is not known to this build of FFmpeg."
TILES = "It is one picture cut into tiles, of which each alone can be read; convert it to JPEG or PNG."


def video_streams(container: InputContainer) -> list[VideoStream]:
    """The streams of moving pictures that can be decoded, covers aside; raises InvalidSample where there is none."""
    playable = [stream for stream in container.streams.video if not stream.disposition & BESIDE]
    if not playable:
        kinds = ", ".join(sorted({str(s.type) for s in container.streams})) or "none at all"
        raise InvalidSample("no_video_stream", f"It holds no video stream; its streams: {kinds}.")
    whole = [stream for stream in playable if not stream.disposition & Disposition.dependent]
    if not whole:
        raise InvalidSample("no_video_stream", TILES)
    known = [stream for stream in whole if stream.codec_context is not None]
    if not known:
        raise InvalidSample("unreadable", UNKNOWN_CODEC)
    return known


def best_video_stream(container: InputContainer, streams: Sequence[VideoStream]) -> VideoStream:
    """The stream that a player shows: the default one, else that of most frames, then of most pixels.

    As FFmpeg's ``av_find_best_stream`` ranks them; but a stream of a single picture beside longer ones is a
    cover, whatever its flags say.
    """
    best = streams[0]
    if len(streams) > 1:
        counts = packet_counts(container.name)
        moving = [stream for stream in streams if counts[stream.index] > 1] or streams
        best = max(moving, key=lambda stream: _rank(stream, counts[stream.index]))
    best.thread_type = "NONE"  # files are decoded side by side: one thread each is fastest
    return best


def _rank(stream: VideoStream, packets: int) -> tuple[bool, int, int]:
    size = stream.codec_context.width * stream.codec_context.height
    return bool(stream.disposition & Disposition.default), packets, size


def packet_counts(path: str) -> Counter[int]:
    """Packets of each stream by its index, read without decoding them: most containers do not declare a number."""
    counts: Counter[int] = Counter()
    with av.open(path, metadata_errors="replace", options={"protocol_whitelist": "file"}) as container:
        try:
            for packet in container.demux():
                counts[packet.stream.index] += packet.size > 0
        except (av.error.FFmpegError, OSError):  # it breaks off: decoding will say so
            pass
    return counts


def nominal_fps(stream: VideoStream) -> float:
    """The stream's frame rate, or 25 where it declares none that a camera could have.

    That is its average, unless the coded pictures tell of one ``STEP_RATIO`` times as fast: then the average goes
    over a gap in the timestamps. Bare pictures have no timestamps to average: what they tell themselves counts.
    """
    average, coded = _camera_rate(stream.average_rate), _camera_rate(stream.guessed_rate)
    if without_timestamps(stream):
        return _bare_rate(stream) or coded or average or STILL_FPS
    if average and coded and coded > STEP_RATIO * average:
        return coded
    return average or coded or STILL_FPS


def _bare_rate(stream: VideoStream) -> float | None:
    """What the headers of bare pictures say, which FFmpeg's guess mixes with the 25 that it gives them as an average.

    Not those of MPEG-4 part 2, which tell the ticks a second (ISO/IEC 14496-2, vop_time_increment_resolution).
    """
    if stream.codec_context.name == "mpeg4":
        return None
    return _camera_rate(stream.codec_context.framerate, FASTEST_BARE_FPS)


def without_timestamps(stream: VideoStream) -> bool:
    """Whether it lies in a file of bare pictures (.h264, .hevc, .mjpeg): what it has for timestamps was invented."""
    return bool(stream.container.format.flags & NO_TIMESTAMPS)


def _camera_rate(rate: Fraction | None, fastest: float = FASTEST_FPS) -> float | None:
    return float(rate) if rate and 0.0 < float(rate) <= fastest else None
