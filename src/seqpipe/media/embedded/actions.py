"""The eight actions of moving digits, in four pairs that differ in nothing but the order of the frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

SMALL, LARGE = 0.25, 0.44
"""Side of a digit that keeps its size, as a share of the canvas: 16 to 28 pixels of 64."""
SMALLEST, LARGEST = 0.20, 0.62
"""Sides between which a digit grows or shrinks; the source domain has them all."""


class Path(NamedTuple):
    """Where a digit is and how large, frame by frame, as shares of the canvas: three times (T,)."""

    x: np.ndarray
    y: np.ndarray
    side: np.ndarray


def _rightwards(random: np.random.Generator, frames: int) -> Path:
    side = random.uniform(SMALL, LARGE)
    travel = random.uniform(0.40, 1.0 - side)
    start = random.uniform(side / 2, 1.0 - side / 2 - travel)
    across = random.uniform(side / 2, 1.0 - side / 2)
    along = start + travel * np.linspace(0.0, 1.0, frames)
    return Path(along, np.full(frames, across), np.full(frames, side))


def _downwards(random: np.random.Generator, frames: int) -> Path:
    x, y, side = _rightwards(random, frames)
    return Path(y, x, side)


def _growing(random: np.random.Generator, frames: int) -> Path:
    side = np.linspace(random.uniform(SMALLEST, 0.30), random.uniform(0.46, LARGEST), frames)
    x, y = random.uniform(side[-1] / 2, 1.0 - side[-1] / 2, size=2)
    return Path(np.full(frames, x), np.full(frames, y), side)


def _clockwise(random: np.random.Generator, frames: int) -> Path:
    side = random.uniform(SMALL, 0.36)
    radius = random.uniform(0.20, 0.5 - side / 2)
    x, y = random.uniform(side / 2 + radius, 1.0 - side / 2 - radius, size=2)
    turn = random.uniform(0.75, 1.25) * 2.0 * np.pi
    angle = random.uniform(0.0, 2.0 * np.pi) + turn * np.linspace(0.0, 1.0, frames)
    return Path(x + radius * np.cos(angle), y + radius * np.sin(angle), np.full(frames, side))


ACTIONS: dict[str, tuple[Callable[[np.random.Generator, int], Path], bool]] = {
    "right": (_rightwards, False),
    "left": (_rightwards, True),
    "down": (_downwards, False),
    "up": (_downwards, True),
    "grow": (_growing, False),
    "shrink": (_growing, True),
    "clockwise": (_clockwise, False),
    "anticlockwise": (_clockwise, True),
}
"""Each action's path and whether it is played backwards: a pair's classes are one distribution, reversed."""
