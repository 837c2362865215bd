from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from seqpipe.media.decoding.decode import read_clip
from seqpipe.media.decoding.pixel_values import on_white
from seqpipe.media.frames import InvalidSample


def levels(tmp_path, values, suffix="tif", **options) -> list[int]:
    path = tmp_path / f"a.{suffix}"
    (values if isinstance(values, Image.Image) else Image.fromarray(np.array([values]))).save(path, **options)
    return read_clip(str(path), "image", [0.0])[0][0, :, 0].tolist()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([0, 255, 200], np.uint16), [0, 255, 200]),
        (np.array([0, 2048, 4095], np.uint16), [0, 128, 255]),
        (np.array([0, 32768, 65535], np.uint16), [0, 128, 255]),
        (np.array([0, 4096, 256], np.uint16), [0, 16, 1]),
        (np.array([0, 32768, 65535], np.int32), [0, 128, 255]),
        (np.array([0, 2**30, 2**31 - 1], np.int32), [0, 64, 127]),
        (np.array([0, 0.5, 1], np.float32), [0, 128, 255]),
        (np.array([0, 0.5, 1.001], np.float32), [0, 128, 255]),
        (np.array([0, 128, 255], np.float32), [0, 128, 255]),
        (np.array([0, 32768, 65535], np.float32), [0, 128, 255]),
        (np.array([0, 0, 0], np.uint16), [0, 0, 0]),
    ],
    ids=lambda values: f"{values.dtype}-{values.max():g}" if isinstance(values, np.ndarray) else "",
)
def test_deep_values_are_scaled_by_the_bits_they_use(tmp_path, values, expected):
    assert levels(tmp_path, values) == expected


@pytest.mark.parametrize(
    "values",
    [
        np.array([-1000, 0, 3000], np.int32),
        np.array([0, 1, 2], np.uint16),
        np.array([-1, 0, 1], np.float32),
        np.array([0, 1, 3], np.float32),
        np.array([0, np.nan, 1], np.float32),
        np.array([0, np.inf, 1], np.float32),
        np.array([0, 1e12, 1], np.float32),
    ],
)
def test_values_that_no_range_holds_are_refused(tmp_path, values):
    with pytest.raises(InvalidSample, match="value_range"):
        levels(tmp_path, values)


def test_what_a_tiff_declares_decides(tmp_path):
    tags = ImageFileDirectory_v2()
    tags[281] = 4095  # MaxSampleValue
    assert levels(tmp_path, np.array([0, 128, 255], np.uint16), tiffinfo=tags) == [0, 8, 15]


def test_a_maxval_is_white(tmp_path):
    for maxval, values in ((1000, [0, 500, 1000]), (4095, [0, 2048, 4095])):
        (tmp_path / "a.pgm").write_bytes(b"P5 3 1 %d\n" % maxval + np.array(values, ">u2").tobytes())
        assert read_clip(str(tmp_path / "a.pgm"), "image", [0.0])[0][0, :, 0] == pytest.approx([0, 128, 255], abs=1)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "PA"])
def test_a_black_shape_on_transparent_stays_a_shape(tmp_path, mode):
    picture = Image.new("RGBA", (3, 1), (0, 0, 0, 0))
    picture.putpixel((1, 0), (0, 0, 0, 255))
    suffix = "tif" if mode == "PA" else "png"
    image = picture if mode in {"RGBA", "PA"} else picture.convert("LA")
    if mode == "P":
        image = Image.new("P", (3, 1), 1)
        image.putpalette([0, 0, 0, 0, 0, 0])
        image.putpixel((1, 0), 0)
        image.info["transparency"] = 1
    assert levels(tmp_path, image, suffix) == [255, 0, 255]


def test_drawing_on_white_keeps_what_is_opaque():
    rgba = np.dstack([np.arange(256)] * 3 + [np.full(256, 255)]).astype(np.uint8)
    assert (on_white(rgba) == rgba[..., :3]).all()
    assert on_white(np.array([[[10, 20, 30, 0], [0, 100, 200, 128]]], np.uint8)).tolist() == [
        [[255, 255, 255], [127, 177, 227]]
    ]


def test_a_grey_that_counts_down_is_turned_round(tmp_path):
    tags = ImageFileDirectory_v2()
    tags[262] = 0  # white is zero
    assert levels(tmp_path, np.array([0, 65535], np.uint16), tiffinfo=tags) == [255, 0]


def test_one_bit_is_black_and_white_and_cmyk_is_colour(tmp_path):
    assert levels(tmp_path, Image.new("1", (1, 1), 1), "png") == [255]
    assert levels(tmp_path, Image.new("CMYK", (1, 1), (0, 0, 0, 0))) == [255]
    assert levels(tmp_path, Image.new("CMYK", (1, 1), (0, 255, 255, 0))) == [255]
