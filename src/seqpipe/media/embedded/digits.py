"""Drawing scikit-learn's handwritten digits at any place and size, many at once."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
from sklearn.datasets import load_digits

Part = Literal["source", "train", "val", "test"]

PARTS: dict[Part, tuple[int, int]] = {
    "source": (0, 776),
    "train": (776, 1287),
    "val": (1287, 1545),
    "test": (1545, 1797),
}
"""Index ranges [first, end) of ``load_digits``, cut where one writer's sheet ends and the next begins.

The images lie sheet by sheet (Alpaydin & Kaynak, 1998), each starting with 0 1 2 ... 9 twice or more: at 0,
130, 256, 386, 516, 646, 776, 906, 1029, 1157, 1287, 1415, 1545 and 1667. Six sheets are the source domain's,
four are for training, two for validation and two for the test, so no writer is on two sides.
"""

DISTINCT = (2, 6, 7)
"""Three that a linear classifier tells apart on val by what the built-in backbone sees of them (99 of 100; of all ten
82, for a 1 is often written as a 9): where the question is what to say of a digit, not which it is."""
GRID = 8
"""Pixels along the side of a digit image."""


@cache
def _all_digits() -> tuple[np.ndarray, np.ndarray]:
    bunch = load_digits()
    return (bunch.images / 16.0).astype(np.float32), bunch.target.astype(np.int64)


def digit_images(part: Part) -> tuple[np.ndarray, np.ndarray]:
    """(images float32 (n, 8, 8) in [0, 1], labels int64 (n,)) of the writers of one part."""
    images, labels = _all_digits()
    first, end = PARTS[part]
    return images[first:end], labels[first:end]


def draw(images: np.ndarray, centre_x: np.ndarray, centre_y: np.ndarray, side: np.ndarray, size: int) -> np.ndarray:
    """Ink float32 (n, size, size) in [0, 1] of images (n, 8, 8), smoothly enlarged to ``side`` pixels each.

    Centres and sides are in pixels, (n,). Bilinear interpolation is separable: rows @ image @ columns^T.
    """
    rows = _interpolation(centre_y, side, size)
    columns = _interpolation(centre_x, side, size)
    return rows @ (images @ columns.transpose(0, 2, 1))


def _interpolation(centre: np.ndarray, side: np.ndarray, size: int) -> np.ndarray:
    """Weights float32 (n, size, 8) of the digit's pixels in the canvas's along one axis; none outside it."""
    canvas = np.arange(size, dtype=np.float32) + 0.5
    scale = (GRID / side).astype(np.float32)
    at = (canvas - centre[:, None].astype(np.float32)) * scale[:, None] + (GRID - 1) / 2
    distance = np.abs(at[:, :, None] - np.arange(GRID, dtype=np.float32))
    return np.maximum(np.float32(1.0) - distance, np.float32(0.0))
