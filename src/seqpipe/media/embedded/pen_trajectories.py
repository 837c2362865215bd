"""Pen trajectories: digits as a tablet records them, the place of the pen and whether it touches, without a download.

Each digit comes in two classes: as it is written, and from the end of its last stroke to the beginning of its first. A
trajectory played backwards is one of the other class, so that only order and direction tell the two apart: whatever
averages over time is at chance between them. Writers differ in slant, size, place and pace; none is on two sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from seqpipe.config import PenTrajectoriesConfig
from seqpipe.media.embedded.writing import write_once

VERSION = 1
"""Raise it when a change draws other trajectories: folders of another version are written anew."""
RATE = 25.0
"""Places of the pen a second."""
ARCHIVE = "sequences.npz"
STROKES: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "0": (((0.5, 1.0), (0.2, 0.8), (0.15, 0.4), (0.4, 0.0), (0.7, 0.1), (0.85, 0.5), (0.75, 0.9), (0.5, 1.0)),),
    "2": (((0.15, 0.75), (0.3, 0.98), (0.65, 0.98), (0.8, 0.7), (0.5, 0.35), (0.15, 0.0), (0.85, 0.0)),),
    "4": (((0.6, 1.0), (0.4, 0.7), (0.15, 0.35), (0.85, 0.35)), ((0.65, 0.65), (0.63, 0.3), (0.62, 0.0))),
    "5": (((0.25, 1.0), (0.2, 0.6), (0.6, 0.6), (0.8, 0.3), (0.5, 0.0), (0.15, 0.1)), ((0.25, 1.0), (0.8, 1.0))),
    "7": (((0.15, 1.0), (0.85, 1.0), (0.6, 0.5), (0.4, 0.0)), ((0.3, 0.5), (0.75, 0.5))),
}
"""Points of each digit's strokes in their order, x to the right and y upwards, 1 high."""
BACKWARDS = " backwards"
PARTS = ("train", "val", "test")
DENSE = 400
"""Points of a path before it is sampled."""


class Plan(NamedTuple):
    """One trajectory to be drawn."""

    digit: str
    backwards: bool
    part: str
    number: int
    writer: int

    @property
    def key(self) -> str:
        return f"{self.part}_{self.digit}{'b' if self.backwards else ''}_{self.number:04d}"

    @property
    def label(self) -> str:
        return self.digit + (BACKWARDS if self.backwards else "")


class Hand(NamedTuple):
    """What a writer's digits have in common: slant, width, height, place, seconds a digit."""

    slant: float
    width: float
    height: float
    x: float
    y: float
    seconds: float


def write_pen_trajectories(folder: Path, config: PenTrajectoriesConfig, seed: int) -> Path:
    """Writes the corpus to ``folder`` unless it is there already; returns its manifest.csv.

    The manifest has the columns path,key,label,split,group,digit; an array of the archive is (T, 3): x, y, and 1 where
    the pen touches, 25 a second. The group is the writer. Same configuration, seed and version of numpy, same bytes.

    Raises:
        UserError: The folder holds something else.
    """
    record = {"version": VERSION, "seed": seed, "config": config.model_dump()}
    return write_once(folder, "pen_trajectories", record, partial(_write, config=config, seed=seed))


def _write(folder: Path, config: PenTrajectoriesConfig, seed: int) -> pd.DataFrame:
    plans = list(_plans(config))
    folder.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {plan.key: trajectory(plan, config.jitter, seed) for plan in plans}
    np.savez_compressed(folder / ARCHIVE, **arrays)
    rows = [(ARCHIVE, plan.key, plan.label, plan.part, f"{plan.part}_{plan.writer:03d}", plan.digit) for plan in plans]
    return pd.DataFrame(rows, columns=["path", "key", "label", "split", "group", "digit"])


def _plans(config: PenTrajectoriesConfig) -> Iterator[Plan]:
    counts = (config.train_per_class, config.val_per_class, config.test_per_class)
    for part, count in zip(PARTS, counts, strict=True):
        for digit in STROKES:
            for backwards in (False, True):
                for number in range(count):
                    yield Plan(digit, backwards, part, number, number // config.per_writer)


def trajectory(plan: Plan, jitter: float, seed: int) -> np.ndarray:
    """(T, 3) float32: x, y, and whether the pen touches (1) or moves above the paper (0).

    Args:
        plan: What is drawn, and by whom.
        jitter: Deviation of a stroke's points.
        seed: Whatever is drawn follows from it and the plan; both directions of a digit are drawn of numbers of their
            own.
    """
    hand = _hand(np.random.default_rng([seed, PARTS.index(plan.part), plan.writer]))
    places = [PARTS.index(plan.part), list(STROKES).index(plan.digit), plan.backwards, plan.number]
    random = np.random.default_rng([seed, 1, *map(int, places)])
    x, y, pen = _path(STROKES[plan.digit], jitter, random)
    points = np.stack([hand.x + hand.width * x + hand.slant * y, hand.y + hand.height * y, pen], axis=1)
    sampled = _sampled(points, hand.seconds * random.uniform(0.9, 1.1), random)
    return np.ascontiguousarray(sampled[::-1] if plan.backwards else sampled, np.float32)


def _hand(random: np.random.Generator) -> Hand:
    low, high = Hand(-0.1, 0.8, 0.8, -0.3, -0.3, 1.0), Hand(0.4, 1.2, 1.2, 0.3, 0.3, 1.5)
    return Hand(*random.uniform(low, high))


def _path(
    strokes: tuple[tuple[tuple[float, float], ...], ...], jitter: float, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, y and pen (DENSE,) along the strokes and the ways between them, evenly in length."""
    moved = [np.asarray(stroke) + random.normal(0.0, jitter, (len(stroke), 2)) for stroke in strokes]
    points = np.concatenate(moved)
    touches = np.concatenate([[*[True] * (len(stroke) - 1), False] for stroke in moved])[:-1]
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.linspace(0.0, along[-1], DENSE)
    piece = np.clip(np.searchsorted(along, at, side="right") - 1, 0, len(touches) - 1)
    return np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1]), touches[piece].astype(float)


def _sampled(points: np.ndarray, seconds: float, random: np.random.Generator) -> np.ndarray:
    """The points at the times of a pen whose pace varies smoothly, no more at one end than at the other."""
    steps = max(8, round(seconds * RATE))
    phase, depth = random.uniform(0.0, 2.0 * np.pi), random.uniform(0.0, 0.3)
    pace = 1.0 + depth * np.cos(np.linspace(0.0, 2.0 * np.pi, steps) + phase)
    along = np.cumsum(pace) - 0.5 * pace
    at = along / pace.sum() * (len(points) - 1)
    lower = np.minimum(at.astype(int), len(points) - 2)
    share = (at - lower)[:, None]
    between = (1.0 - share) * points[lower] + share * points[lower + 1]
    between[:, 2] = points[np.rint(at).astype(int), 2]
    return np.asarray(between)
