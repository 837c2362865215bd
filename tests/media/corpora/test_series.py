from __future__ import annotations

from pathlib import Path

import pytest

from seqpipe.media.corpora.series import frame_series
from seqpipe.media.frames import InvalidSample


def numbered(*patterns: str, count: int = 4) -> list[Path]:
    return sorted(Path("clip") / pattern.format(n) for pattern in patterns for n in range(1, count + 1))


@pytest.mark.parametrize(
    "files",
    [
        numbered("{:04d}.jpg"),
        numbered("cam{:04d}.jpg"),
        numbered("flow_x_{:05d}.jpg"),
        numbered("v_Run_g01_c02_{:03d}.png"),
        numbered("frame{}_12.5.jpg"),
        [Path(f"2021-03-05_10h{minute:02d}m{second:02d}.jpg") for minute in (1, 2) for second in (0, 10, 20)],
        [Path(f"00-0{minute}-{second:02d}.jpg") for minute in (1, 2) for second in (0, 10, 20)],
        [Path("begin_1.jpg"), Path("end_4.jpg"), Path("middle_2.jpg"), Path("middle_3.jpg")],
        [Path("1.jpg"), Path("1 (1).jpg"), Path("1 (2).jpg"), Path("2.jpg")],
        [Path("0001.jpg"), Path("0002.png"), Path("0003.jpg")],
        [Path("a.jpg"), Path("b.jpg")],
        [Path("only.jpg")],
        [],
    ],
)
def test_one_series_is_taken_whole(files):
    assert frame_series(files) == files


@pytest.mark.parametrize(
    "beside",
    [
        numbered("flow_x_{:04d}.jpg", "flow_y_{:04d}.jpg"),
        numbered("img_{:04d}_mask.jpg"),
        numbered("img_{:04d}.png"),
        numbered("Depth{:04d}.jpg"),
        [Path("clip/cover.jpg")],
        numbered("mask_{:04d}.png", count=2),
    ],
)
def test_what_clearly_lies_beside_the_frames_is_left_out(beside):
    frames = numbered("img_{:04d}.jpg")
    assert frame_series(sorted(frames + beside)) == frames


@pytest.mark.parametrize(
    ("files", "named"),
    [
        (numbered("camA_{:04d}.jpg", "camB_{:04d}.jpg"), r"camA_0001\.jpg \(4\), camB_0001\.jpg \(4\)"),
        (numbered("cam1_{:04d}.jpg", "cam2_{:04d}.jpg"), r"cam1_0001\.jpg"),
        (numbered("{:04d}_view1.jpg", "{:04d}_view2.jpg"), r"0001_view2\.jpg"),
        (numbered("v_Run_g01_c01_{:03d}.jpg", "v_Run_g01_c02_{:03d}.jpg"), "c02"),
        (numbered("left_{:02d}.jpg", "right_{:02d}.jpg"), "right_01"),
        (numbered("flow_x_{:04d}.jpg", "flow_y_{:04d}.jpg"), "flow_y_0001"),
        (numbered("{:04d}.png", "{:04d}.bmp"), "0001"),
    ],
)
def test_several_series_are_named_and_refused(files, named):
    with pytest.raises(InvalidSample, match=named) as caught:
        frame_series(files)
    assert caught.value.reason == "mixed_series"
