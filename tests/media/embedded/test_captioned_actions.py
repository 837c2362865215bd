"""Clips of digits that do two things, with captions."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from seqpipe.config import CaptionedActionsConfig
from seqpipe.media.embedded.actions import ACTIONS
from seqpipe.media.embedded.captioned_actions import (
    KEPT_FROM_TRAIN,
    ORDERS,
    VERBS,
    kept_from_train,
    sentences,
    write_captioned_actions,
)
from seqpipe.media.embedded.digits import PARTS, digit_images
from seqpipe.media.ingest import ingest
from seqpipe.media.references.reading import read_references
from seqpipe.modalities.pictures import Pictures

CONFIG = CaptionedActionsConfig(size=32, frames=8, fps=12, train_clips=40, val_clips=4, test_clips=10)
SEED = 2


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return write_captioned_actions(tmp_path_factory.mktemp("captions") / "captioned_actions", CONFIG, SEED)


def told(caption: str) -> tuple[int, str, str]:
    """The digit and its actions in their order, read by another way than they are written."""
    digit = int(re.search(r"\d", caption)[0])
    verbs = {verb: action for action, verb in VERBS.items()}
    said = re.findall("|".join(sorted(verbs, key=len, reverse=True)), caption)
    first, second = (verbs[verb] for verb in (said[::-1] if " after " in caption else said))
    return digit, first, second


def test_every_action_has_a_verb_and_no_verb_is_part_of_another():
    assert set(VERBS) == set(ACTIONS)
    assert not any(one != other and one in other for one in VERBS.values() for other in VERBS.values())


def test_every_wording_of_a_clip_says_the_same(table):
    for _, captions in pd.read_csv(table).groupby("path")["caption"]:
        assert captions.nunique() == 3
        assert captions.map(told).nunique() == 1


def test_the_digit_is_that_of_the_image_and_no_image_is_on_two_sides(table):
    rows = pd.read_csv(table)
    for part in ("train", "val", "test"):
        of_part = rows[rows["split"] == part]
        places = of_part["group"].str.removeprefix("digit_").astype(int) - PARTS[part][0]
        assert digit_images(part)[1][places].tolist() == [told(caption)[0] for caption in of_part["caption"]]


def test_what_is_kept_from_train_is_in_every_second_test_clip_alone(table):
    kept, rows = kept_from_train(SEED), pd.read_csv(table)
    assert len(kept) == KEPT_FROM_TRAIN * len(ORDERS)
    assert [told(caption) in kept for caption in rows["caption"]] == (rows["combination"] == "new").tolist()
    new = rows.drop_duplicates("path").groupby("split")["combination"].agg(lambda of: (of == "new").mean())
    assert new.to_dict() == {"train": 0.0, "val": 0.0, "test": 0.5}


def test_order_is_told_in_either_order():
    assert sentences(4, "left", "grow")[0] == "a 4 moves left and then grows"
    assert sentences(4, "left", "grow")[2] == "a 4 grows after it moves left"


def test_the_corpus_is_read_with_its_references_and_nothing_is_quarantined(table, tmp_path, corpus_config):
    config = corpus_config(path=table, columns=["combination"])
    corpus = read_references(config)
    given = (tmp_path / "probes", Pictures(), "of pictures", lambda _: None)
    samples, quarantine = ingest(corpus.listing, config, 0, *given, labelled=False)
    assert corpus.layout == "captions"
    assert quarantine.empty
    assert samples["split"].value_counts().to_dict() == {"train": 40, "test": 10, "val": 4}
    assert (samples["length"] == 8).all()
    assert samples["references"].map(len).eq(3).all()
    assert set(samples["column:combination"]) == {"new", "known"}
