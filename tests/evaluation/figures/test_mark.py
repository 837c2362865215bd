"""A picture says what it was drawn of, and stays the picture that it was."""

import io

import numpy as np
import pytest
from PIL import Image

from seqpipe.evaluation.figures.mark import mark_of, marked
from seqpipe.evaluation.figures.style import new_figure, png_bytes


def test_a_marked_picture_has_its_mark_and_its_pixels():
    png = png_bytes(new_figure(1.0))
    told = marked(png, "ab12")
    assert (mark_of(png), mark_of(told)) == ("", "ab12")
    before, after = (Image.open(io.BytesIO(each)) for each in (png, told))
    assert after.info["seqpipe of"] == "ab12"
    np.testing.assert_array_equal(np.asarray(before), np.asarray(after))


@pytest.mark.parametrize("png", [b"", b"\x89PNG\r\n\x1a\n", b"no picture at all, but as long as the header of one is"])
def test_what_is_cut_off_or_no_picture_has_no_mark(png):
    assert mark_of(png) == ""
