"""Digits and shapes: still pictures, the target domain of ``transfer``, written without a download."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from PIL import Image

from seqpipe.config import DigitsAndShapesConfig
from seqpipe.core.cores import available_cores
from seqpipe.media.embedded.digits import PARTS, digit_images
from seqpipe.media.embedded.stills import SHAPES, render_digit, render_shape
from seqpipe.media.embedded.writing import write_once

VERSION = 1
"""Raise it when a change draws or writes pictures differently: folders of another version are written anew."""
DIGITS = (3, 5, 6, 8, 9)
"""Those that are easily taken for one another."""
CLASSES = (*map(str, DIGITS), *SHAPES)
TARGET_PARTS: tuple[Literal["train", "val", "test"], ...] = ("train", "val", "test")


class PicturePlan(NamedTuple):
    """One picture to be written; ``digit`` is the digit image's place in its part, None for a shape."""

    label: str
    part: Literal["train", "val", "test"]
    number: int
    digit: int | None

    @property
    def path(self) -> str:
        return f"{self.label}/{self.part}_{self.number:04d}.png"

    @property
    def group(self) -> str:
        """The digit image by its index among all: its pictures stay together. A shape is drawn once."""
        if self.digit is None:
            return f"{self.label}_{self.part}_{self.number:04d}"
        return f"digit_{PARTS[self.part][0] + self.digit:04d}"


def write_digits_and_shapes(folder: Path, config: DigitsAndShapesConfig, seed: int) -> Path:
    """Writes the corpus to ``folder`` unless it is there already; returns its manifest.csv.

    The manifest has the columns path,label,split,group; the group is the digit image, or the one shape.

    The same machine, configuration and seed give the same bytes. The folder is written aside and renamed.
    Raises UserError where the folder holds something else.
    """
    record = {"version": VERSION, "seed": seed, "config": config.model_dump()}
    return write_once(folder, "digits_and_shapes", record, partial(_write, config=config, seed=seed))


def _write(folder: Path, config: DigitsAndShapesConfig, seed: int) -> pd.DataFrame:
    plans = list(_plans(config, seed))
    for label in CLASSES:
        (folder / label).mkdir(parents=True)
    with ThreadPoolExecutor(min(8, available_cores()), thread_name_prefix="digits-and-shapes") as pool:
        list(pool.map(lambda plan: _write_picture(folder, plan, config.size, seed), plans))
    rows = [(plan.path, plan.label, plan.part, plan.group) for plan in plans]
    return pd.DataFrame(rows, columns=["path", "label", "split", "group"])


def _plans(config: DigitsAndShapesConfig, seed: int) -> Iterator[PicturePlan]:
    """Every picture; a part's images of a digit are dealt out in random order, all of them before one comes twice."""
    counts = {"train": config.train_per_class, "val": config.val_per_class, "test": config.test_per_class}
    for part in TARGET_PARTS:
        labels = digit_images(part)[1]
        for label in CLASSES:
            deck = np.flatnonzero(labels == int(label)) if label.isdigit() else None
            if deck is not None:
                deck = np.random.default_rng([seed, PARTS[part][0], int(label)]).permutation(deck)
            for number in range(counts[part]):
                yield PicturePlan(label, part, number, None if deck is None else int(deck[number % len(deck)]))


def _write_picture(folder: Path, plan: PicturePlan, size: int, seed: int) -> None:
    random = np.random.default_rng([seed, PARTS[plan.part][0], CLASSES.index(plan.label), plan.number])
    if plan.digit is None:
        picture = render_shape(SHAPES[plan.label], size, random)
    else:
        picture = render_digit(digit_images(plan.part)[0][plan.digit], size, random)
    Image.fromarray(picture).save(folder / plan.path)
