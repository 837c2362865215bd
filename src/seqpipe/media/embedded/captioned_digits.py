"""Captioned digits: pictures of one digit or two, with sentences that say which, how large and where.

    a large 4 above a small 7 on the left | a small 7 below a large 4 on the left
    | there is a large 4 at the top left and a small 7 at the bottom left

Every sentence says all of it, so that a caption is right or wrong. Some of the scenes of two are kept from train: who
has learned whole captions, and not what their words mean, cannot tell those.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import combinations, product
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from PIL import Image

from seqpipe.config import CaptionedDigitsConfig
from seqpipe.core.cores import available_cores
from seqpipe.media.embedded.digits import DISTINCT, PARTS, digit_images, draw
from seqpipe.media.embedded.moving_digits import exposed, random_light
from seqpipe.media.embedded.writing import write_once

VERSION = 3
"""Raise it when a change draws or says something differently: folders of another version are written anew."""
TABLE = "captions.csv"
TARGET_PARTS: tuple[Literal["train", "val", "test"], ...] = ("train", "val", "test")
SIDES = {"large": (0.44, 0.48), "small": (0.30, 0.33)}
"""Side of a digit, as a share of the picture."""
ROWS, COLUMNS = {"top": "at the top", "bottom": "at the bottom"}, {"left": "on the left", "right": "on the right"}
PLACES = tuple(f"{row} {column}" for row in ROWS for column in COLUMNS)
"""The corners: each is the middle of a quarter of the picture."""
RELATIONS = {"top": "above", "bottom": "below", "left": "to the left of", "right": "to the right of"}
"""What a digit there is to one at the opposite end of its column, or of its row."""
ASTRAY = 0.03
"""How far a digit may be from the middle of its quarter, either way, as a share of the picture."""
KEPT_FROM_TRAIN = 54
"""Of the 216 scenes of two digits: three digits in two sizes each, at two of four places."""
PAIR_SHARE = 0.5
"""Share of the pictures that show two digits."""

Scene = tuple[tuple[int, str, str], ...]
"""The digits, sizes and places of a picture, in the order of the places."""


class Shown(NamedTuple):
    """A digit in a picture; ``image`` is the digit image's place in its part."""

    digit: int
    size: str
    place: str
    image: int

    @property
    def words(self) -> str:
        return f"a {self.size} {self.digit}"


class PicturePlan(NamedTuple):
    """One picture to be written, and what it shows, in the order of ``PLACES``."""

    part: Literal["train", "val", "test"]
    number: int
    shown: tuple[Shown, ...]
    is_new: bool

    @property
    def path(self) -> str:
        return f"pictures/{self.part}_{self.number:04d}.png"


def write_captioned_digits(folder: Path, config: CaptionedDigitsConfig, seed: int) -> Path:
    """Writes the corpus to ``folder`` unless it is there already; returns its captions.csv.

    The table has a row a sentence: path, caption, split, combination (``new``: no picture of train shows these two
    digits in these sizes at these places; ``known``). The same machine, configuration and seed give the same bytes.

    Raises:
        UserError: The folder holds something else.
    """
    record = {"version": VERSION, "seed": seed, "config": config.model_dump()}
    return write_once(folder, "captioned_digits", record, partial(_write, config=config, seed=seed), TABLE)


def _write(folder: Path, config: CaptionedDigitsConfig, seed: int) -> pd.DataFrame:
    plans = list(_plans(config, seed))
    (folder / "pictures").mkdir(parents=True)
    with ThreadPoolExecutor(min(8, available_cores()), thread_name_prefix="captioned-digits") as pool:
        list(pool.map(lambda plan: _write_picture(folder, plan, config.size, seed), plans))
    rows = [
        (plan.path, sentence, plan.part, "new" if plan.is_new else "known")
        for plan in plans
        for sentence in sentences(plan.shown)
    ]
    return pd.DataFrame(rows, columns=["path", "caption", "split", "combination"])


def sentences(shown: tuple[Shown, ...]) -> list[str]:
    """What can be said of a picture, in several wordings that all say the same."""
    if len(shown) == 1:
        only, place = shown[0].words, f"at the {shown[0].place}"
        return [f"{only} {place}", f"there is {only} {place}", f"{place} there is {only}"]
    first, second = shown
    whole = f"there is {first.words} at the {first.place} and {second.words} at the {second.place}"
    return [_related(first, second), _related(second, first), whole]


def _related(one: Shown, other: Shown) -> str:
    """The one first, by what it is to the other where both are in a row or in a column."""
    row, column = one.place.split()
    if row in other.place:
        return f"{one.words} {RELATIONS[column]} {other.words} {ROWS[row]}"
    if column in other.place:
        return f"{one.words} {RELATIONS[row]} {other.words} {COLUMNS[column]}"
    return f"{one.words} at the {one.place} , {other.words} at the {other.place}"


def kept_from_train(seed: int) -> set[Scene]:
    """``KEPT_FROM_TRAIN`` scenes of two digits, drawn at random."""
    each = list(product(product(DISTINCT, SIDES), repeat=2))
    every = [((*one, first), (*other, second)) for first, second in combinations(PLACES, 2) for one, other in each]
    chosen = np.random.default_rng([seed, KEPT_FROM_TRAIN]).choice(len(every), KEPT_FROM_TRAIN, replace=False)
    return {every[number] for number in chosen}


def _plans(config: CaptionedDigitsConfig, seed: int) -> Iterator[PicturePlan]:
    """Every picture; a part's images of a digit are dealt out in random order, all of them before one comes twice."""
    counts = {"train": config.train_pictures, "val": config.val_pictures, "test": config.test_pictures}
    kept = kept_from_train(seed)
    for part in TARGET_PARTS:
        random = np.random.default_rng([seed, PARTS[part][0]])
        decks = {digit: _dealt(np.flatnonzero(digit_images(part)[1] == digit), random) for digit in DISTINCT}
        for number in range(counts[part]):
            is_new = part == "test" and number % 2 == 0
            told = _drawn(random, kept, is_new)
            yield PicturePlan(part, number, tuple(Shown(*of_one, next(decks[of_one[0]])) for of_one in told), is_new)


def _dealt(deck: np.ndarray, random: np.random.Generator) -> Iterator[int]:
    while True:
        yield from map(int, random.permutation(deck))


def _drawn(random: np.random.Generator, kept: set[Scene], is_new: bool) -> Scene:
    """What a picture shows: a scene of those that are kept, or any other."""
    while True:
        corners = sorted(random.choice(len(PLACES), 2 if random.random() < PAIR_SHARE else 1, replace=False))
        told = tuple((int(random.choice(DISTINCT)), str(random.choice([*SIDES])), PLACES[of]) for of in corners)
        if is_new == (told in kept):
            return told


def _write_picture(folder: Path, plan: PicturePlan, size: int, seed: int) -> None:
    random = np.random.default_rng([seed, PARTS[plan.part][0], plan.number])
    Image.fromarray(render_scene(plan, size, random)).save(folder / plan.path)


def render_scene(plan: PicturePlan, size: int, random: np.random.Generator) -> np.ndarray:
    """A grey picture uint8 (size, size) of all that the plan shows, digits never over each other."""
    sides = np.array([random.uniform(*SIDES[shown.size]) for shown in plan.shown])
    centres = np.array([_centre(shown.place, random) for shown in plan.shown])
    images = np.stack([digit_images(plan.part)[0][shown.image] for shown in plan.shown])
    ink = draw(images, centres[:, 0] * size, centres[:, 1] * size, sides * size, size)
    return exposed(ink.max(axis=0, keepdims=True), *random_light(random, 1), random)[0]


def _centre(place: str, random: np.random.Generator) -> tuple[float, float]:
    """x and y, as shares of the picture."""
    row, column = place.split()
    x, y = (0.25 + 0.5 * (end in ("bottom", "right")) + random.uniform(-ASTRAY, ASTRAY) for end in (column, row))
    return x, y
