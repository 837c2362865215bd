"""Captioned actions: clips of a digit that does one thing and then another, with sentences that say so.

    a 4 moves left and then grows | first a 4 moves left , then it grows | a 4 grows after it moves left

Every sentence names the digit, both actions and their order, not always in that order. Of every two actions in their
order some digits are kept from train.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import permutations
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from seqpipe.config import CaptionedActionsConfig
from seqpipe.core.cores import available_cores
from seqpipe.media.embedded.action_sequences import Stretch, render_sequence
from seqpipe.media.embedded.actions import ACTIONS
from seqpipe.media.embedded.digits import DISTINCT, PARTS, digit_images
from seqpipe.media.embedded.moving_digits import encode
from seqpipe.media.embedded.writing import write_once

VERSION = 3
"""Raise it when a change draws or says something differently: folders of another version are written anew."""
TABLE = "captions.csv"
TARGET_PARTS: tuple[Literal["train", "val", "test"], ...] = ("train", "val", "test")
VERBS = {
    "right": "moves right",
    "left": "moves left",
    "down": "moves down",
    "up": "moves up",
    "grow": "grows",
    "shrink": "shrinks",
    "clockwise": "circles clockwise",
    "anticlockwise": "circles anticlockwise",
}
ORDERS = tuple(permutations(ACTIONS, 2))
"""Every two actions in either order."""
KEPT_FROM_TRAIN = 1
"""Of the digits of each order."""
CHANGE = (0.42, 0.58)
"""When the first action ends, as a share of the clip."""


class ClipPlan(NamedTuple):
    """One clip to be written; ``image`` is the digit image's place in its part."""

    part: Literal["train", "val", "test"]
    number: int
    digit: int
    image: int
    first: str
    second: str
    is_new: bool

    @property
    def path(self) -> str:
        return f"clips/{self.part}_{self.number:04d}.mp4"

    @property
    def group(self) -> str:
        """The digit image by its index among all: its clips stay together."""
        return f"digit_{PARTS[self.part][0] + self.image:04d}"


def write_captioned_actions(folder: Path, config: CaptionedActionsConfig, seed: int) -> Path:
    """Writes the corpus to ``folder`` unless it is there already; returns its captions.csv.

    The table has a row a sentence: path, caption, split, group (the digit image), combination (``new``: in train no
    such digit does these two things in this order; ``known``). The same machine, configuration and seed give the same
    bytes.

    Raises:
        UserError: The folder holds something else.
    """
    record = {"version": VERSION, "seed": seed, "config": config.model_dump()}
    return write_once(folder, "captioned_actions", record, partial(_write, config=config, seed=seed), TABLE)


def _write(folder: Path, config: CaptionedActionsConfig, seed: int) -> pd.DataFrame:
    plans = list(_plans(config, seed))
    (folder / "clips").mkdir(parents=True)
    with ThreadPoolExecutor(min(8, available_cores()), thread_name_prefix="captioned-actions") as pool:
        list(pool.map(lambda plan: _write_clip(folder, plan, config, seed), plans))
    rows = [
        (plan.path, sentence, plan.part, plan.group, "new" if plan.is_new else "known")
        for plan in plans
        for sentence in sentences(plan.digit, plan.first, plan.second)
    ]
    return pd.DataFrame(rows, columns=["path", "caption", "split", "group", "combination"])


def sentences(digit: int, first: str, second: str) -> list[str]:
    """What can be said of a clip, in several wordings that all say the same."""
    before, behind, who = VERBS[first], VERBS[second], f"a {digit}"
    return [
        f"{who} {before} and then {behind}",
        f"first {who} {before} , then it {behind}",
        f"{who} {behind} after it {before}",
    ]


def kept_from_train(seed: int) -> set[tuple[int, str, str]]:
    """Digit, first and second action: of every order ``KEPT_FROM_TRAIN`` digits, drawn at random."""
    random = np.random.default_rng([seed, len(ORDERS)])
    return {
        (int(digit), *order) for order in ORDERS for digit in random.choice(DISTINCT, KEPT_FROM_TRAIN, replace=False)
    }


def _plans(config: CaptionedActionsConfig, seed: int) -> Iterator[ClipPlan]:
    """Every clip; each part's digits are dealt out in random order, all of them before one comes twice."""
    counts = {"train": config.train_clips, "val": config.val_clips, "test": config.test_clips}
    kept = kept_from_train(seed)
    for part in TARGET_PARTS:
        random, labels = np.random.default_rng([seed, PARTS[part][0]]), digit_images(part)[1]
        deck = random.permutation(np.flatnonzero(np.isin(labels, DISTINCT)))
        for number in range(counts[part]):
            image = int(deck[number % len(deck)])
            digit, is_new = int(labels[image]), part == "test" and number % 2 == 0
            orders = [order for order in ORDERS if ((digit, *order) in kept) == is_new]
            yield ClipPlan(part, number, digit, image, *orders[random.integers(len(orders))], is_new)


def _write_clip(folder: Path, plan: ClipPlan, config: CaptionedActionsConfig, seed: int) -> None:
    random = np.random.default_rng([seed, PARTS[plan.part][0], plan.number])
    change = round(random.uniform(*CHANGE) * config.frames)
    stretches = (Stretch(plan.first, 0, change), Stretch(plan.second, change, config.frames))
    image = digit_images(plan.part)[0][plan.image]
    encode(folder / plan.path, render_sequence(stretches, image, config.size, random), config.fps)
