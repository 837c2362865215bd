"""Segments as subtitles and as files of ELAN: one a video, none over another."""

from pathlib import Path

import pandas as pd
import pytest

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.elan import read_eaf
from seqpipe.use.segment_folder import files_of, write_segments

SEGMENTS = pd.DataFrame(
    [
        ["/v/a/clip.mp4", 0.0, 1.2345, "nothing", 0.9, ""],
        ["/v/a/clip.mp4", 1.2345, 3725.5, "gehen – 走", 0.456, "low confidence"],
        ["/v/b/clip.mp4", 0.0, 2.0, "nothing", 1.0, ""],
    ],
    columns=["path", "start_s", "end_s", "label", "probability", "flag"],
)
PATHS = ["/v/a/clip.mp4", "/v/b/clip.mp4"]


def samples(*paths, kind="video"):
    return pd.DataFrame({"path": paths, "kind": kind})


def test_subtitles_show_all_but_the_background(tmp_path):
    files = files_of(samples(*PATHS), "srt", tmp_path)
    write_segments(SEGMENTS, PATHS, files, "srt", ["nothing"])
    shown = (tmp_path / "a/clip.srt").read_text(encoding="utf-8")
    assert shown == "1\n00:00:01,234 --> 01:02:05,500\ngehen – 走 (46%, low confidence)\n"
    assert (tmp_path / "b/clip.srt").read_text() == ""


def test_elan_reads_what_is_written(tmp_path):
    files = files_of(samples(*PATHS), "eaf", tmp_path)
    write_segments(SEGMENTS, PATHS, files, "eaf", ["nothing"])
    video, marks = read_eaf(tmp_path / "a/clip.eaf")
    assert video == "/v/a/clip.mp4"
    assert [tuple(mark) for mark in marks.marks] == [(0.0, 1.234, "nothing"), (1.234, 3725.5, "gehen – 走")]


@pytest.mark.parametrize(
    ("paths", "kind", "expected"),
    [
        (["/v/clip.mp4"], "video", ["clip.srt"]),
        (["/v/clip.mp4", "/v/clip.avi"], "video", ["clip.mp4.srt", "clip.avi.srt"]),
        (["/v/clip.mp4", "/v/CLIP.avi"], "video", ["clip.mp4.srt", "CLIP.avi.srt"]),
        (["/v/a/x.mp4", "/v/b/x.mp4"], "video", ["a/x.srt", "b/x.srt"]),
        (["/v/run.1", "/v/run.2"], "frames", ["run.1.srt", "run.2.srt"]),
        (["/v/a.mp4", "/v/a.avi", "/v/a.mp4.mkv"], "video", ["a.mp4.srt", "a.avi.srt", "a.mp4.mkv.srt"]),
        ([], "video", []),
    ],
)
def test_each_video_has_a_file_of_its_own(paths, kind, expected, tmp_path):
    assert list(files_of(samples(*paths, kind=kind), "srt", tmp_path).values()) == [tmp_path / one for one in expected]


def test_a_file_that_is_there_is_not_replaced(tmp_path):
    Path(tmp_path / "clip.srt").write_text("somebody's own")
    with pytest.raises(UserError, match=r"clip\.srt exists already"):
        files_of(samples("/v/clip.mp4"), "srt", tmp_path)
