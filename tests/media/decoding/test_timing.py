"""When frames are shown, and which of them lie around a time: also where the frame rate varies."""

from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from seqpipe.encoders.transforms import Snippet
from seqpipe.extraction.snippets import snippets_at
from seqpipe.media.decoding import timing
from seqpipe.media.decoding.decode import read_frames
from seqpipe.media.decoding.timing import frame_edges

STEPS_MS = [20] * 20 + [200] * 20
"""A fast half and a slow one."""


def write(path, steps_ms):
    """A video whose frame i is of the grey 6 i and shown for so many milliseconds; when each begins, in seconds."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=50)
        stream.width = stream.height = 64
        stream.pix_fmt, stream.options = "yuv420p", {"crf": "1"}
        stream.codec_context.time_base = Fraction(1, 1000)
        for i, pts in enumerate(np.cumsum([0, *steps_ms[:-1]]).tolist()):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 6 * i, np.uint8), format="rgb24")
            frame.pts, frame.time_base = pts, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return np.cumsum([0, *steps_ms]) / 1000


def numbers_read(path, snippets, count):
    """Which frames of the file the snippets hold, by their greys."""
    greys = [picture.mean() for picture in read_frames(str(path), "video", snippets.frames_s, count)]
    return np.rint(np.array(greys) / 6).astype(int)[snippets.numbers]


def test_edges_are_those_of_the_timestamps_where_the_rate_varies(tmp_path):
    starts = write(tmp_path / "a.mkv", STEPS_MS)
    edges = frame_edges(str(tmp_path / "a.mkv"), "video", 40, float(starts[-1]))
    assert edges == pytest.approx(starts, abs=1e-3)


def test_a_snippet_lies_around_the_frame_that_is_shown_at_its_time(tmp_path):
    starts = write(tmp_path / "a.mkv", STEPS_MS)
    edges = frame_edges(str(tmp_path / "a.mkv"), "video", 40, float(starts[-1]))
    times = [0.21, 0.39, 2.5]
    shown = np.searchsorted(starts, times, side="right") - 1
    read = numbers_read(tmp_path / "a.mkv", snippets_at(times, edges, Snippet(5, 1)), 40)
    assert read.tolist() == [[number + i for i in range(-2, 3)] for number in shown]


def test_an_even_rate_is_told_by_the_packets_alone(tmp_path, monkeypatch):
    starts = write(tmp_path / "a.mkv", [33, 34, 33] * 8)  # rounded to milliseconds
    monkeypatch.setattr(timing, "iter_frames", lambda *_: pytest.fail("it was decoded"))
    edges = frame_edges(str(tmp_path / "a.mkv"), "video", 24, float(starts[-1]))
    assert edges == pytest.approx(starts, abs=1e-3)
    assert frame_edges("nowhere", "frames", 4, 2.0).tolist() == [0.0, 0.5, 1.0, 1.5, 2.0]
    assert frame_edges("nowhere", "image", 1, 0.04).tolist() == [0.0, 0.04]


def test_pictures_of_an_animation_are_shown_for_as_long_as_it_says(tmp_path):
    shades = [Image.new("L", (64, 64), 40 * shade) for shade in range(4)]
    shades[0].save(tmp_path / "a.gif", save_all=True, append_images=shades[1:], duration=[100, 100, 1000, 100])
    edges = frame_edges(str(tmp_path / "a.gif"), "image", 4, 1.3)
    assert edges == pytest.approx([0.0, 0.1, 0.2, 1.2, 1.3])
    assert snippets_at([0.7], edges, Snippet(3, 1)).frames_s == pytest.approx([0.15, 0.7, 1.25])
