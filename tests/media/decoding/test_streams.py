from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import av
import numpy as np
import pytest
from av.stream import Disposition

from seqpipe.media.decoding import streams
from seqpipe.media.decoding.decode import read_clip
from seqpipe.media.decoding.measuring import measure
from seqpipe.media.frames import InvalidSample


def write_streams(path, *streams):
    """Writes a video with a stream for each (level, width, frames, disposition)."""
    with av.open(str(path), "w") as container:
        made = []
        for _, width, _, disposition in streams:
            stream = container.add_stream("mpeg4", rate=10)
            stream.width, stream.height, stream.pix_fmt = width, 32, "yuv420p"
            stream.disposition = disposition
            made.append(stream)
        for stream, (level, width, frames, _) in zip(made, streams, strict=True):
            for n in range(frames):
                frame = av.VideoFrame.from_ndarray(np.full((32, width, 3), level, np.uint8), format="rgb24")
                frame.pts, frame.time_base = n, Fraction(1, 10)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return str(path)


NONE, DEFAULT, COVER = Disposition(0), Disposition.default, Disposition.attached_pic


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((200, 64, 1, NONE), (50, 32, 10, NONE)),  # a cover that is not marked as one
        ((200, 64, 1, DEFAULT), (50, 32, 10, NONE)),  # ... or marked as the default
        ((200, 64, 10, NONE), (50, 32, 10, DEFAULT)),
        ((200, 32, 10, DEFAULT), (50, 64, 10, DEFAULT)),
        ((200, 64, 5, DEFAULT), (50, 32, 10, DEFAULT)),
    ],
)
def test_the_stream_that_a_player_shows_is_read(tmp_path, corpus_config, suffix, first, second):
    path = write_streams(tmp_path / f"a.{suffix}", first, second)
    assert read_clip(path, "video", [0.0]).mean() == pytest.approx(50, abs=5)
    facts = measure(path, "video", corpus_config())
    assert facts.length == second[2]
    assert "several video streams" in facts.remark


def test_the_tiles_of_one_picture_are_no_videos():
    tile = SimpleNamespace(disposition=Disposition.dependent, type="video", codec_context=object())
    container = SimpleNamespace(streams=SimpleNamespace(video=[tile, tile]))
    with pytest.raises(InvalidSample, match="cut into tiles"):
        streams.video_streams(container)


CAMERA_RATES = [5, 8, 10, 12, Fraction(25, 2), 15, Fraction(24000, 1001), 24, 25, Fraction(30000, 1001), 30, 50, 60, 90]
FAST_RATES = [100, 120, 240]


def write_at(path, codec, rate, time_base=None):
    """A small video of 8 pictures at ``rate``, their times held to ``time_base``."""
    time_base = time_base or 1 / Fraction(rate)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.time_base = time_base
        for n in range(8):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 20 * n, np.uint8), format="rgb24")
            frame.pts, frame.time_base = round(n / rate / time_base), time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return str(path)


def fps_of(path):
    with av.open(path) as container:
        return streams.nominal_fps(container.streams.video[0])


@pytest.mark.parametrize("rate", [*CAMERA_RATES, *FAST_RATES], ids=str)
@pytest.mark.parametrize(("suffix", "codec"), [("h264", "libx264"), ("m2v", "mpeg2video")])
def test_bare_pictures_have_the_rate_that_their_headers_say(tmp_path, corpus_config, suffix, codec, rate):
    path = write_at(tmp_path / f"a.{suffix}", codec, rate)
    assert fps_of(path) == pytest.approx(float(rate))
    facts = measure(path, "video", corpus_config())
    assert (facts.length, facts.rate, facts.duration_s) == (8, pytest.approx(float(rate)), pytest.approx(8 / rate))


@pytest.mark.parametrize("rate", [10, 12, Fraction(24000, 1001), 25, Fraction(30000, 1001), 30, 60, 120], ids=str)
def test_the_ticks_of_mpeg4_are_no_rate(tmp_path, rate):
    assert fps_of(write_at(tmp_path / "a.m4v", "mpeg4", rate)) == pytest.approx(float(rate))
    assert fps_of(write_at(tmp_path / "b.m4v", "mpeg4", 30, Fraction(1, 1000))) == pytest.approx(30, rel=0.02)


@pytest.mark.parametrize("ticks", [600, 1000, 90000])
def test_a_clock_in_the_headers_is_no_rate(tmp_path, ticks):
    assert fps_of(write_at(tmp_path / "a.h264", "libx264", 30, Fraction(1, ticks))) == streams.STILL_FPS


def test_bare_pictures_that_say_no_rate(tmp_path):
    assert fps_of(write_at(tmp_path / "a.mjpeg", "mjpeg", 12)) == streams.STILL_FPS


@pytest.mark.parametrize("rate", [*CAMERA_RATES, *FAST_RATES], ids=str)
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi", "ts"])
def test_a_container_says_the_rate(tmp_path, suffix, rate):
    path = write_at(tmp_path / f"a.{suffix}", "mpeg4" if suffix == "avi" else "libx264", rate)
    assert fps_of(path) == pytest.approx(float(rate), rel=1e-5)
