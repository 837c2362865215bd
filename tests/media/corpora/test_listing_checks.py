from __future__ import annotations

import pandas as pd
import pytest

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.listing_checks import check_official_splits
from seqpipe.media.corpora.reading import read_corpus


def test_of_classes_that_are_too_few_for_one_was_rejected_the_sentence_says_why(tree, corpus_config, forbid, caplog):
    root = tree("run/1.mp4", "walk/2.mp4")
    forbid("walk")
    why = "For the quarantine as unreadable: 1, such as walk: The folder cannot be read: Permission denied; mend"
    with pytest.raises(UserError, match=f"At least two classes .* has only 'run'. {why}"):
        read_corpus(corpus_config(path=root))
    assert why in caplog.text


def test_where_all_is_rejected_the_sentence_says_why(tree, corpus_config, forbid, caplog):
    root = tree("run/1.mp4", "walk/2.mp4")
    forbid("run", "walk")
    why = "For the quarantine as unreadable: 2, such as run: The folder cannot be read: Permission denied; mend"
    with pytest.raises(UserError, match=f"No videos or images were found .*{why}"):
        read_corpus(corpus_config(path=root))
    assert why in caplog.text


def test_each_reason_is_named(tree, corpus_config, forbid):
    root = tree("run/1.mp4", "run/1.jpg", "walk/2.mp4")
    forbid("walk")
    with pytest.raises(UserError, match=r"as other_form: 1, such as run/1\.jpg: .* as unreadable: 1, such as walk: "):
        read_corpus(corpus_config(path=root))


def lost(reason: str, split: str | None = "test") -> pd.DataFrame:
    row = {"path": "/c/test/1.mp4", "split": split, "reason": reason, "detail": "Why."}
    return pd.DataFrame([row], dtype=object)


@pytest.mark.parametrize("reason", ["unreadable", "truncated", "too_large", "annotation_invalid"])
def test_a_split_of_which_nothing_is_left_stops_the_run(reason):
    usable = pd.DataFrame({"split": ["train", "val"]})
    with pytest.raises(UserError, match=r"official split test can be used; the first is /c/test/1\.mp4: Why\. Mend"):
        check_official_splits(lost(reason), usable)


def test_what_is_left_of_a_split_is_used():
    check_official_splits(lost("unreadable"), pd.DataFrame({"split": ["train", "test"]}))


@pytest.mark.parametrize("reason", ["label_unknown", "duplicate", "repeated", "other_form"])
def test_a_split_that_lies_elsewhere_or_has_no_labels_is_drawn(reason):
    check_official_splits(lost(reason), pd.DataFrame({"split": ["train"]}))


def test_what_is_of_no_split_takes_none_away():
    check_official_splits(lost("unreadable", split=None), pd.DataFrame({"split": [None, None]}, dtype=object))
