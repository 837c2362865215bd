"""Pictures of digits with captions."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from seqpipe.config import CaptionedDigitsConfig
from seqpipe.media.embedded.captioned_digits import (
    KEPT_FROM_TRAIN,
    PLACES,
    RELATIONS,
    SIDES,
    PicturePlan,
    Shown,
    kept_from_train,
    render_scene,
    sentences,
    write_captioned_digits,
)
from seqpipe.media.embedded.digits import DISTINCT

CONFIG = CaptionedDigitsConfig(size=32, train_pictures=120, val_pictures=12, test_pictures=24)
SEED = 3


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The folder and the table."""
    table = write_captioned_digits(tmp_path_factory.mktemp("captions") / "captioned_digits", CONFIG, SEED)
    return table.parent, pd.read_csv(table)


def told(caption: str) -> set[tuple[int, str, str]]:
    """The digits, sizes and places that a caption says, read by another way than it is written."""
    named = [(int(digit), size) for size, digit in re.findall(r"a (large|small) (\d)", caption)]
    places = re.findall("|".join(PLACES), caption)
    if len(places) < len(named):  # both in a row or column, which is said at the end, the first at one of its ends
        first = next(place for place, words in RELATIONS.items() if words in caption)
        second = {"top": "bottom", "bottom": "top", "left": "right", "right": "left"}[first]
        shared = caption.split()[-1]
        places = [next(place for place in PLACES if {end, shared} == {*place.split()}) for end in (first, second)]
    return {(*of_one, place) for of_one, place in zip(named, places, strict=True)}


def test_every_wording_of_a_picture_says_the_same(corpus):
    for _, captions in corpus[1].groupby("path")["caption"]:
        assert len(captions) == captions.nunique() == 3
        assert len({frozenset(told(caption)) for caption in captions}) == 1


def test_what_is_kept_from_train_is_in_every_second_test_picture_alone(corpus):
    kept, table = kept_from_train(SEED), corpus[1]
    assert len(kept) == KEPT_FROM_TRAIN
    shows = [tuple(sorted(told(caption), key=lambda of: PLACES.index(of[2]))) in kept for caption in table["caption"]]
    assert shows == (table["combination"] == "new").tolist()
    new = table.drop_duplicates("path").groupby("split")["combination"].agg(lambda of: (of == "new").mean())
    assert new.to_dict() == {"train": 0.0, "val": 0.0, "test": 0.5}


def test_train_knows_every_digit_size_and_place(corpus):
    train = corpus[1][corpus[1]["split"] == "train"]
    known = set().union(*map(told, train["caption"]))
    for place, values in enumerate((set(DISTINCT), set(SIDES), set(PLACES))):
        assert {combination[place] for combination in known} == values


def test_pictures_are_grey_of_the_size_and_all_differ(corpus):
    folder, table = corpus
    contents = set()
    for path in table["path"].unique():
        with Image.open(folder / path) as image:
            assert (image.mode, image.size) == ("L", (32, 32))
            contents.add(image.tobytes())
    assert len(contents) == table["path"].nunique() == 156


@pytest.mark.parametrize("size", SIDES)
@pytest.mark.parametrize("place", PLACES)
def test_a_digit_is_where_the_caption_says(size, place):
    plan = PicturePlan("train", 0, (Shown(0, size, place, 0),), is_new=False)
    for seed in range(5):
        picture = render_scene(plan, 64, np.random.default_rng(seed)).astype(float)
        ink = np.clip(picture - np.median(picture) - 40, 0, None)
        y, x = (float((ink.sum(axis=1 - axis) * np.arange(64)).sum() / ink.sum() / 63) for axis in (0, 1))
        assert place == f"{'bottom' if y > 0.5 else 'top'} {'right' if x > 0.5 else 'left'}"


@pytest.mark.parametrize(
    ("places", "said"),
    [
        (
            ("top left", "bottom left"),
            ["a large 4 above a small 7 on the left", "a small 7 below a large 4 on the left"],
        ),
        (
            ("bottom left", "bottom right"),
            ["a large 4 to the left of a small 7 at the bottom", "a small 7 to the right of a large 4 at the bottom"],
        ),
        (
            ("top left", "bottom right"),
            [
                "a large 4 at the top left , a small 7 at the bottom right",
                "a small 7 at the bottom right , a large 4 at the top left",
            ],
        ),
    ],
)
def test_sentences_of_two(places, said):
    first, second = Shown(4, "large", places[0], 0), Shown(7, "small", places[1], 0)
    assert sentences((first, second))[:2] == said
    assert sentences((first, second))[2] == f"there is a large 4 at the {places[0]} and a small 7 at the {places[1]}"


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    config = CONFIG.model_copy(update={"train_pictures": 4, "val_pictures": 1, "test_pictures": 2})
    first, second, other = (
        {file.name: file.read_bytes() for file in write_captioned_digits(tmp_path / n, config, s).parent.rglob("*.*")
         if file.is_file()}
        for n, s in (("a", 0), ("b", 0), ("c", 1))
    )  # fmt: skip
    assert first == second != other
