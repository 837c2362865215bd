"""Translations without a net."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from tests.models.conftest import make_dataset
from tests.models.sentences.spoken import captioned, fitted, said, with_sentences

from seqpipe.core.errors import UserError
from seqpipe.models.sentences import word_by_word
from seqpipe.models.sentences.word_by_word import likeliest, links_of
from seqpipe.targets.vocabulary import UNKNOWN

PAIRS = [
    *(("la maison", "the house"), ("la fleur", "the flower"), ("maison bleue", "house blue")),
    *(("la fleur bleue", "the flower blue"), ("fleur", "flower"), ("la maison", "the house")),
]


def of_pairs(pairs, level="words", split=str.split, joined=" ".join):
    """A D' of tokens: the pairs are in train, and again in val and in test."""
    tokens = ("<unknown>", *sorted({token for source, _ in pairs for token in split(source)}))
    rows = [[tokens.index(token) for token in split(source)] for source, _ in pairs] * 3
    longest = max(map(len, rows))
    x = np.array([row + [0] * (longest - len(row)) for row in rows])[..., None]
    dataset = make_dataset(x, np.zeros(len(x)), np.array(list(map(len, rows))), ("none",))
    splits = np.repeat(["train", "val", "test"], len(pairs)).astype(object)
    texts = [[target] for _, target in pairs] * 3
    return replace(with_sentences(replace(dataset, splits=splits), texts, level), tokens=tokens)


def test_words_that_go_together_are_found_as_ibm_model_1_finds_them():
    data = of_pairs(PAIRS)
    model = fitted("dictionary", data, rounds=5)
    assert model._words == {"la": "the", "maison": "house", "fleur": "flower", "bleue": "blue"}
    assert said(model, data.part("test")) == [target for _, target in PAIRS]


def by_hand(pairs, rounds):
    """t(target | source) by the book: every place of a target is one word that some word of the source has made."""
    t = defaultdict(lambda: 1.0)
    for _ in range(rounds):
        counts, totals = defaultdict(float), defaultdict(float)
        for source, target in pairs:
            for f in target:
                norm = sum(t[f, e] for e in source)
                for e in source:
                    counts[f, e] += t[f, e] / norm
                    totals[e] += t[f, e] / norm
        t = defaultdict(float, {(f, e): count / totals[e] for (f, e), count in counts.items()})
    return t


@pytest.mark.parametrize("seed", range(6))
def test_also_where_words_are_said_several_times(seed):
    rng = np.random.default_rng(seed)
    sources = rng.integers(1, 5, size=(12, 4)) * (np.arange(4) < rng.integers(1, 5, size=(12, 1)))
    said_ = rng.integers(3, 7, size=(12, 5))
    t = by_hand([(row[row > 0].tolist(), of.tolist()) for row, of in zip(sources, said_, strict=True)], 4)
    for source, target in likeliest(links_of(sources, sources != UNKNOWN, said_), 4).items():
        assert t[target, source] == pytest.approx(max(t[f, source] for f in range(3, 7)), rel=1e-9)


def test_many_pairs_are_linked_a_few_at_a_time(monkeypatch):
    rng = np.random.default_rng(0)
    sources, mask, said_ = rng.integers(0, 5, (20, 3)), rng.random((20, 3)) > 0.2, rng.integers(-100, 9, (20, 4))
    whole = links_of(sources, mask, said_)
    monkeypatch.setattr(word_by_word, "PAIRS_AT_ONCE", 3)
    assert all(np.array_equal(one, other) for one, other in zip(links_of(sources, mask, said_), whole, strict=True))


def test_what_is_unknown_goes_with_nothing():
    data = of_pairs(PAIRS)
    model = fitted("dictionary", data, rounds=5)
    x = data.x.copy()
    x[:, 0] = UNKNOWN
    assert said(model, replace(data, x=x).part("test"))[0] == "house"


@pytest.mark.parametrize("kind", ["copy_source", "dictionary"])
def test_tokens_are_written_as_what_they_are(kind):
    changes = {"rounds": 5} if kind == "dictionary" else {}
    letters = [("ab c", "AB C"), ("ba", "BA"), ("c a", "C A"), ("b", "B"), ("c", "C")]
    data = of_pairs(letters, "characters", list)
    wanted = [source for source, _ in letters]
    assert said(fitted(kind, data, **changes), data.part("test")) == wanted, "letters have no blanks between them"
    marks = [("un , deux", "one , two"), ("deux", "two"), ("un", "one"), (", ,", ", ,")]
    data = of_pairs(marks)
    answers = said(fitted(kind, data, **changes), data.part("test"))
    assert answers[0] == ("un, deux" if kind == "copy_source" else "one, two"), "no blank before a comma"


@pytest.mark.parametrize("kind", ["copy_source", "dictionary"])
def test_what_is_no_text_is_refused(kind):
    with pytest.raises(UserError, match=r"D' holds vectors: give a corpus of pairs"):
        fitted(kind, captioned())
