"""Film strips fit onto a page."""

import numpy as np

from seqpipe.modalities.film_strips import FRAME_PX, side_by_side


def test_large_frames_are_made_small():
    strip = side_by_side(np.zeros((3, 1080, 1920, 3), np.uint8))
    assert strip.shape[0] == FRAME_PX
    assert strip.shape[1] < 1000
