"""Action sequences: clips in which a digit does one action after another, the embedded corpus of labels by frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from seqpipe.config import ActionSequencesConfig
from seqpipe.core.cores import available_cores
from seqpipe.media.embedded.actions import ACTIONS
from seqpipe.media.embedded.actions import Path as DigitPath
from seqpipe.media.embedded.digits import PARTS, digit_images, draw
from seqpipe.media.embedded.moving_digits import encode, exposed, random_light
from seqpipe.media.embedded.writing import write_once

VERSION = 1
"""Raise it when a change draws or writes clips differently: folders of another version are written anew."""
TARGET_PARTS: tuple[Literal["train", "val", "test"], ...] = ("train", "val", "test")
ACTION_S, REST_S = (1.0, 2.25), (0.25, 0.75)
"""How long an action and a rest between two of them may last, in seconds."""
REST_SHARE = 0.5
"""Share of the actions that a rest follows: the digit stands still, which no segment covers."""


class SequencePlan(NamedTuple):
    """One clip to be written."""

    part: Literal["train", "val", "test"]
    number: int
    digit: int

    @property
    def path(self) -> str:
        return f"clips/{self.part}_{self.number:04d}.mp4"

    @property
    def group(self) -> str:
        """The digit image by its index among all: its clips stay together."""
        return f"digit_{PARTS[self.part][0] + self.digit:04d}"


class Stretch(NamedTuple):
    """Frames ``start`` to ``end`` (not included) of one action; None: the digit rests."""

    action: str | None
    start: int
    end: int


def write_action_sequences(folder: Path, config: ActionSequencesConfig, seed: int) -> Path:
    """Writes the corpus to ``folder`` unless it is there already; returns its manifest.csv.

    The manifest has a row a segment: path,start_s,end_s,label,split,group; the group is the digit image.

    The same machine, configuration and seed give the same bytes. The folder is written aside and renamed.
    Raises UserError where the folder holds something else.
    """
    record = {"version": VERSION, "seed": seed, "config": config.model_dump()}
    return write_once(folder, "action_sequences", record, partial(_write, config=config, seed=seed))


def _write(folder: Path, config: ActionSequencesConfig, seed: int) -> pd.DataFrame:
    plans = list(_plans(config, seed))
    (folder / "clips").mkdir(parents=True)
    with ThreadPoolExecutor(min(8, available_cores()), thread_name_prefix="action-sequences") as pool:
        tables = list(pool.map(lambda plan: _write_clip(folder, plan, config, seed), plans))
    return pd.concat(tables, ignore_index=True)


def _plans(config: ActionSequencesConfig, seed: int) -> Iterator[SequencePlan]:
    """Every clip; each part's digits are dealt out in random order, all of them before one comes twice."""
    counts = {"train": config.train_clips, "val": config.val_clips, "test": config.test_clips}
    for part in TARGET_PARTS:
        deck = np.random.default_rng([seed, PARTS[part][0]]).permutation(len(digit_images(part)[0]))
        for number in range(counts[part]):
            yield SequencePlan(part, number, int(deck[number % len(deck)]))


def _write_clip(folder: Path, plan: SequencePlan, config: ActionSequencesConfig, seed: int) -> pd.DataFrame:
    random = np.random.default_rng([seed, PARTS[plan.part][0], plan.number])
    stretches = plan_stretches(config, random)
    image = digit_images(plan.part)[0][plan.digit]
    encode(folder / plan.path, render_sequence(stretches, image, config.size, random), config.fps)
    rows = [
        (plan.path, stretch.start / config.fps, stretch.end / config.fps, stretch.action, plan.part, plan.group)
        for stretch in stretches
        if stretch.action is not None
    ]
    return pd.DataFrame(rows, columns=["path", "start_s", "end_s", "label", "split", "group"])


def plan_stretches(config: ActionSequencesConfig, random: np.random.Generator) -> list[Stretch]:
    """Actions and rests that fill a clip; no action follows itself, and none is too short to be told."""
    stretches: list[Stretch] = []
    at, last, shortest = 0, None, round(ACTION_S[0] * config.fps)
    while config.frames - at >= shortest:
        last = str(random.choice([action for action in ACTIONS if action != last]))
        for action, span in ((last, ACTION_S), (None, REST_S)):
            if action is None and random.random() >= REST_SHARE:
                continue
            end = min(config.frames, at + round(random.uniform(*span) * config.fps))
            if end > at:
                stretches.append(Stretch(action, at, end))
            at = end
    return stretches if at == config.frames else [*stretches, Stretch(None, at, config.frames)]


def render_sequence(
    stretches: Sequence[Stretch], image: np.ndarray, size: int, random: np.random.Generator
) -> np.ndarray:
    """Grey frames uint8 (T, size, size) of a digit image (8, 8) that does one thing after the other."""
    paths: list[DigitPath] = []
    for stretch in stretches:
        paths.append(_continued(stretch, paths[-1] if paths else None, random))
    x, y, side = (np.concatenate(values) * size for values in zip(*paths, strict=True))
    ink = draw(np.broadcast_to(image, (len(x), *image.shape)), x, y, side, size)
    return exposed(ink, *random_light(random, 1), random)


def _continued(stretch: Stretch, before: DigitPath | None, random: np.random.Generator) -> DigitPath:
    """Where the digit goes, from where it was as far as the canvas allows; at rest it stays."""
    frames = stretch.end - stretch.start
    if stretch.action is None:
        assert before is not None, "a rest follows an action"
        return DigitPath(*(np.full(frames, values[-1]) for values in before))
    trace, backwards = ACTIONS[stretch.action]
    path = trace(random, frames)
    if backwards:
        path = DigitPath(*(values[::-1] for values in path))
    if before is None:
        return path
    x, y = (_moved_to(values, was[-1], path.side) for values, was in ((path.x, before.x), (path.y, before.y)))
    return DigitPath(x, y, path.side)


def _moved_to(values: np.ndarray, start: float, side: np.ndarray) -> np.ndarray:
    """Places along one axis (T,), moved so that they begin at ``start``, or as near to it as keeps the digit inside."""
    least, most = (side / 2 - values).max(), (1.0 - side / 2 - values).min()
    return values + np.clip(start - values[0], min(least, 0.0), max(most, 0.0))
