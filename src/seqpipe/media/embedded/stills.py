"""Still pictures of one figure, a handwritten digit or a drawn shape, on a cluttered coloured background."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.ndimage import map_coordinates

from seqpipe.media.embedded.digits import GRID

REACH = (0.44, 0.49)
"""Half the side of the square that a figure's plane [-1, 1] x [-1, 1] takes, as a share of the canvas."""
TURN_DEG = {"digit": 8.0, "shape": 10.0}
"""How far a figure is turned, either way."""
SHEAR, SQUEEZE = 0.08, 0.08
"""How much a figure leans, and how much longer it becomes one way (the logarithm) and shorter the other."""
WOBBLE, WAVES = 0.02, (2.0, 5.0)
"""Largest shift of a point on the figure's plane by the waves that bend it, and their angular frequency there."""
INK_FROM, EDGE = (0.3, 0.5), 4.0
"""A digit image is enlarged to a stroke with an edge: half ink at the value drawn from the range, its steepness."""
STROKE = (0.04, 0.08)
"""Width of lines, as a share of the canvas."""
FILLED_SHARE, DARK_SHARE = 0.5, 0.3
"""Shapes that are filled, the others being outlines; figures darker than their background.

The source domain has none of either. Dark ones keep a linear classifier on the pixels themselves from being as
good as one on features.
"""
CONTRAST, SHADE = (0.5, 0.65), (0.2, 0.35)
"""Between figure and background; how far the background is from middling grey. Shares of white, as below."""
GRADIENT, CLUTTER, CLUTTER_CELLS = 0.07, (0.0, 0.05), 8
"""Deviation of the colours in the background's corners; of its blotches, and how many are on a side."""
STRAY_LINES, STRAY_CONTRAST = (0, 1), (0.2, 0.5)
"""Lines that belong to no figure: how many, and their contrast as a share of the figure's."""
NOISE = (0.0, 0.04)
"""Deviation of each pixel."""


def _star(points: int, inner: float) -> np.ndarray:
    angles = np.arange(2 * points) * np.pi / points
    radii = np.where(np.arange(2 * points) % 2, inner, 1.0)
    return np.stack([radii * np.sin(angles), -radii * np.cos(angles)], axis=1)


def _polygon(corners: int) -> np.ndarray:
    return _star(corners, float(np.cos(np.pi / corners)))[::2]


def _cross(half_width: float) -> np.ndarray:
    arm = np.array([[-half_width, -1.0], [half_width, -1.0], [half_width, -half_width]])
    quarter = np.array([[0.0, -1.0], [1.0, 0.0]])
    return np.concatenate([arm @ np.linalg.matrix_power(quarter, turns).T for turns in range(4)])


def _of_area(corners: np.ndarray, area: float) -> np.ndarray:
    x, y = corners.T
    return corners * np.sqrt(area / abs(0.5 * np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))))


SHAPES: dict[str, np.ndarray] = {
    name: _of_area(corners, area=1.25)
    for name, corners in {
        "circle": _polygon(32),
        "cross": _cross(0.35),
        "pentagon": _polygon(5),
        "square": _polygon(4),
        "star": _star(5, 0.5),
        "triangle": _polygon(3),
    }.items()
}
"""Corners (n, 2) of each shape on its plane, all of one area: how much a filled one covers tells no class."""


def render_digit(image: np.ndarray, size: int, random: np.random.Generator) -> np.ndarray:
    """A picture uint8 (size, size, 3) of a digit image (8, 8) in [0, 1]."""
    at, _ = _plane(TURN_DEG["digit"], size, random)
    value = map_coordinates(image, (at[::-1] + 1.0) * (GRID / 2) - 0.5, order=1, mode="constant")
    ink = np.clip((value - random.uniform(*INK_FROM)) * EDGE + 0.5, 0.0, 1.0)
    return _scene(ink, size, random)


def render_shape(corners: np.ndarray, size: int, random: np.random.Generator) -> np.ndarray:
    """A picture uint8 (size, size, 3) of the shape with these corners (n, 2), filled or as a line."""
    at, pixels = _plane(TURN_DEG["shape"], size, random)
    outside = pixels * _signed_distance(at, corners)
    if random.random() >= FILLED_SHARE:
        outside = np.abs(outside) - random.uniform(*STROKE) * size / 2
    return _scene(np.clip(0.5 - outside, 0.0, 1.0), size, random)


def _plane(turn_deg: float, size: int, random: np.random.Generator) -> tuple[np.ndarray, float]:
    """Where each pixel lies on the plane of a figure placed at random: x and y (2, size, size); pixels a unit."""
    reach = random.uniform(*REACH) * size
    turn = np.deg2rad(random.uniform(-turn_deg, turn_deg))
    stretch = np.exp(random.uniform(-SQUEEZE, SQUEEZE))
    leaning = np.array([[stretch, random.uniform(-SHEAR, SHEAR)], [0.0, 1.0 / stretch]])
    turning = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    centre = random.uniform(reach, size - reach, size=(2, 1, 1))
    (xx, xy), (yx, yy) = np.linalg.inv(turning @ leaning) / reach
    x, y = _pixels(size) - centre.astype(np.float32)
    at = np.stack([xx * x + xy * y, yx * x + yy * y]).astype(np.float32)
    pace, phase = random.uniform(*WAVES, (2, 1, 1)), random.uniform(0.0, 2.0 * np.pi, (2, 1, 1))
    return at + WOBBLE * np.sin(pace * at[::-1] + phase).astype(np.float32), reach


@cache
def _pixels(size: int) -> np.ndarray:
    """The centres of the canvas's pixels: x and y float32 (2, size, size)."""
    middle = np.arange(size, dtype=np.float32) + 0.5
    return np.stack(np.meshgrid(middle, middle))


def _squared_distance(at: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """From points (2, ...) to the straight line between two."""
    (x, y), (across, down) = (at[0] - start[0], at[1] - start[1]), end - start
    share = np.clip((x * across + y * down) / (across**2 + down**2), 0.0, 1.0)
    return (x - share * across) ** 2 + (y - share * down) ** 2


def _signed_distance(at: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """From points (2, ...) to a polygon's outline; negative inside, where a ray to the right crosses it oddly often."""
    squared, inside = np.full(at.shape[1:], np.inf, np.float32), np.zeros(at.shape[1:], bool)
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        squared = np.minimum(squared, _squared_distance(at, start, end))
        passes = (at[1] < start[1]) != (at[1] < end[1])
        if passes.any():
            slope = (end[0] - start[0]) / (end[1] - start[1])
            inside ^= passes & (at[0] < start[0] + (at[1] - start[1]) * slope)
    return np.where(inside, -1.0, 1.0) * np.sqrt(squared)


def _scene(ink: np.ndarray, size: int, random: np.random.Generator) -> np.ndarray:
    """A figure of ink (size, size) in [0, 1] and stray lines on a background, light on dark or dark on light."""
    sign = -1.0 if random.random() < DARK_SHARE else 1.0
    contrast = sign * random.uniform(*CONTRAST)
    light = 0.5 - sign * random.uniform(*SHADE) + _smooth(2, GRADIENT, size, random)
    light += _smooth(CLUTTER_CELLS, random.uniform(*CLUTTER), size, random)
    for _ in range(random.integers(*STRAY_LINES, endpoint=True)):
        light += contrast * random.uniform(*STRAY_CONTRAST) * _tint(random) * _stray_line(size, random)
    light += contrast * _tint(random) * ink
    light += random.uniform(*NOISE) * random.standard_normal(light.shape, dtype=np.float32)
    return np.ascontiguousarray((np.clip(light, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8).transpose(1, 2, 0))


def _smooth(cells: int, deviation: float, size: int, random: np.random.Generator) -> np.ndarray:
    """Colours float32 (3, size, size) around zero that change gently between cells x cells random ones."""
    at = np.linspace(0.0, cells - 1, size, dtype=np.float32)
    weights = np.maximum(0.0, 1.0 - np.abs(at[:, None] - np.arange(cells, dtype=np.float32)))
    colours = deviation * random.standard_normal((3, cells, cells), dtype=np.float32)
    return weights @ colours @ weights.T


def _stray_line(size: int, random: np.random.Generator) -> np.ndarray:
    """Ink (size, size) of a straight line anywhere."""
    start, end = random.uniform(0.0, size, (2, 2))
    distance = np.sqrt(_squared_distance(_pixels(size), start, end))
    return np.clip(0.5 + random.uniform(*STROKE) * size / 2 - distance, 0.0, 1.0)


def _tint(random: np.random.Generator) -> np.ndarray:
    """A colour (3, 1, 1) of mean 1."""
    colour = random.uniform(0.5, 1.5, size=(3, 1, 1)).astype(np.float32)
    return colour / colour.mean()
