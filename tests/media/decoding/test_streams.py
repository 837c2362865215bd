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
