"""Pictures of digits with captions."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from seqpipe.config import CaptionedDigitsConfig
from seqpipe.media.embedded.captioned_digits import (
    DIGITS,
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

CONFIG = CaptionedDigitsConfig(size=32, train_pictures=120, val_pictures=12, test_pictures=24)
SEED = 3


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The folder and the table."""
    table = write_captioned_digits(tmp_path_factory.mktemp("captions") / "captioned_digits", CONFIG, SEED)
    return table.parent, pd.read_csv(table)


def told(caption: str) -> set[tuple[int, str, str]]:
    """The digits, sizes and places that a caption says, read by another way than it is written."""
    named = [(int(digit), size) for size, digit in re.findall(r"an? (large|small) (\d)", caption)]
    words = {word: place for place, word in (*PLACES.items(), *RELATIONS.items())}
    places = [words[word] for word in re.findall("|".join(sorted(words, key=len, reverse=True)), caption)]
    if len(places) < len(named):  # one above the other: the second is where the first is not
        places.append({"top": "bottom", "bottom": "top", "left": "right", "right": "left"}[places[0]])
    return {(*of_one, place) for of_one, place in zip(named, places, strict=True)}


def test_every_wording_of_a_picture_says_the_same(corpus):
    for _, captions in corpus[1].groupby("path")["caption"]:
        assert len(captions) == captions.nunique() == 3
        assert len({frozenset(told(caption)) for caption in captions}) == 1


def test_what_is_kept_from_train_is_in_every_second_test_picture_alone(corpus):
    kept, table = kept_from_train(SEED), corpus[1]
    assert len(kept) == KEPT_FROM_TRAIN * len(DIGITS)
    shows = [not kept.isdisjoint(told(caption)) for caption in table["caption"]]
    assert shows == (table["combination"] == "new").tolist()
    new = table.drop_duplicates("path").groupby("split")["combination"].agg(lambda of: (of == "new").mean())
    assert new.to_dict() == {"train": 0.0, "val": 0.0, "test": 0.5}


def test_train_knows_every_digit_size_and_place(corpus):
    train = corpus[1][corpus[1]["split"] == "train"]
    known = set().union(*map(told, train["caption"]))
    for place, values in enumerate((set(DIGITS), set(SIDES), set(PLACES))):
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
@pytest.mark.parametrize(("place", "axis", "end"), [("top", 0, 0), ("bottom", 0, 1), ("left", 1, 0), ("right", 1, 1)])
def test_a_digit_is_where_the_caption_says(size, place, axis, end):
    plan = PicturePlan("train", 0, (Shown(0, size, place, 0),), is_new=False)
    for seed in range(5):
        picture = render_scene(plan, 64, np.random.default_rng(seed)).astype(float)
        ink = np.clip(picture - np.median(picture) - 40, 0, None)
        centre = [float((ink.sum(axis=1 - of) * np.arange(64)).sum() / ink.sum() / 63) for of in (0, 1)]
        assert (centre[axis] > 0.5) == bool(end)
        assert abs(centre[axis] - 0.5) > abs(centre[1 - axis] - 0.5)


def test_sentences_of_two():
    pair = (Shown(3, "large", "top", 0), Shown(8, "small", "bottom", 0))
    assert sentences(pair) == [
        "a large 3 above a small 8",
        "a small 8 below a large 3",
        "there is a large 3 at the top and a small 8 at the bottom",
    ]


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    config = CONFIG.model_copy(update={"train_pictures": 4, "val_pictures": 1, "test_pictures": 2})
    first, second, other = (
        {file.name: file.read_bytes() for file in write_captioned_digits(tmp_path / n, config, s).parent.rglob("*.*")
         if file.is_file()}
        for n, s in (("a", 0), ("b", 0), ("c", 1))
    )  # fmt: skip
    assert first == second != other
