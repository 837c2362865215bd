"""Language modelling: what follows each token, and how well it is foretold."""

import logging
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tests.configs import shipped_values
from tests.models.conftest import make_dataset

from seqpipe.config import EvaluationConfig, FrameLinearConfig, FrameRecurrentConfig, NextTokenConfig, RuntimeConfig
from seqpipe.core.errors import UserError
from seqpipe.evaluation.base import answered_both_ways
from seqpipe.evaluation.next_token import CLOSING, next_token_metrics, next_token_table
from seqpipe.metrics.language import TOP, likeliest, next_token_scores, perplexity
from seqpipe.metrics.segments import UNLABELLED
from seqpipe.models import parts
from seqpipe.models.search import search
from seqpipe.targets.frames import FrameTargets
from seqpipe.tasks.next_token import END, NextToken

CONFIG = NextTokenConfig.model_validate(shipped_values("next_token"))
JUDGING = EvaluationConfig(bootstrap=200, confidence=0.95, calibration_bins=5, mistakes=2)


@pytest.fixture
def counting():
    """Tokens that count up from a random one, modulo 5: what follows is certain."""
    rng = np.random.default_rng(0)
    start, lengths = rng.integers(0, 5, 120), rng.integers(3, 8, 120)
    x = (start[:, None] + np.arange(7)[None]) % 5 + 1
    data = make_dataset(x[..., None].astype(np.float32), np.zeros(120, int), lengths, ("a", "b"))
    return NextToken.completed(replace(data, tokens=("?", *"abcde")), CONFIG)


@pytest.fixture
def runtime():
    return RuntimeConfig(seed=0, device="cpu", threads=1, deterministic=True)


def test_what_follows_a_token_is_the_next_one_and_behind_the_last_the_end(counting):
    length = int(counting.mask[0].sum())
    tokens = counting.x[0, :length, 0].astype(int)
    assert counting.t[0, : length - 1].tolist() == tokens[1:].tolist()
    assert counting.class_names[counting.t[0, length - 1]] == END
    assert (counting.t[0, length:] == UNLABELLED).all()
    assert (counting.targets.counted(counting.mask) == counting.mask).all()


def test_of_a_text_that_may_go_on_the_end_is_not_asked(counting, caplog):
    lengths = counting.mask.sum(axis=1)
    with caplog.at_level(logging.INFO):
        cut = NextToken.completed(counting, CONFIG, longest=7)
    assert (lengths == 7).any()
    assert f"{(lengths == 7).sum()} texts are read as far as 7 tokens" in caplog.text
    assert (cut.t[lengths == 7, 6] == UNLABELLED).all()
    assert (cut.t[lengths == 7, :6] == counting.t[lengths == 7, :6]).all()
    np.testing.assert_array_equal(cut.t[lengths < 7], counting.t[lengths < 7])
    proba = np.full((*cut.mask.shape, len(cut.class_names)), 1 / len(cut.class_names))
    table = next_token_table(cut, proba, np.zeros(cut.mask.shape, int))
    assert len(table) == lengths.sum() - (lengths == 7).sum()
    assert set(table.loc[table[CLOSING], "id"]) == set(cut.ids[lengths < 7])
    assert (table.loc[table[CLOSING], "step"].to_numpy() == lengths[lengths < 7] - 2).all()


def test_texts_of_which_only_one_token_is_read_ask_nothing(counting):
    one = replace(counting, x=counting.x[:, :1], mask=counting.mask[:, :1], times_s=counting.times_s[:, :1])
    with pytest.raises(UserError, match=r"All 120 texts are read as far as 1 token.* higher text\.max_tokens"):
        NextToken.completed(one, CONFIG, longest=1)


def test_vectors_have_no_next_token():
    vectors = make_dataset(np.zeros((4, 2, 3)), np.zeros(4, int), np.full(4, 2), ("a", "b"))
    with pytest.raises(UserError, match="reads texts, and D' holds vectors"):
        NextToken.completed(vectors, CONFIG)


def config_of(kind):
    if kind == "linear":
        return FrameLinearConfig.model_validate(shipped_values("next_token")["linear"] | {"grid": {}, "C": 1.0})
    values = shipped_values("next_token")[kind]
    training = values["training"] | {"epochs": 12, "batch_size": 8}
    return FrameRecurrentConfig.model_validate(values | {"hidden": 12, "embedding": 8, "training": training})


@pytest.mark.parametrize("kind", ["linear", "rnn", "gru", "lstm"])
def test_what_is_certain_is_learned_and_the_future_is_never_seen(kind, counting, runtime):
    model, _, _ = search(kind, config_of(kind), counting, runtime, NextToken.on(counting, CONFIG))
    table = answered_both_ways(model, counting.part("test"))
    inner = table[table["label"] != END]
    assert inner["correct"].mean() > 0.65  # where a text ends nobody can know
    test = counting.part("test")
    other = np.array(test.x)
    other[:, 2:] = np.where(test.mask[:, 2:, None], 3.0, 0.0)
    before, after = model.predict_proba(test), model.predict_proba(replace(test, x=other))
    np.testing.assert_allclose(before[:, :2], after[:, :2], atol=1e-6)


def test_the_table_tells_what_was_read_what_followed_and_what_was_held_likely(counting, runtime):
    model, _, _ = search("linear", config_of("linear"), counting, runtime, NextToken.on(counting, CONFIG))
    table = answered_both_ways(model, counting.part("test"))
    first = table[table["id"] == table["id"].iloc[0]]
    assert first["given"].tolist()[1:] == first["label"].tolist()[:-1]
    assert first["label"].iloc[-1] == END
    assert first[CLOSING].tolist() == [False] * (len(first) - 2) + [True, False]
    assert all(likely[0] == predicted for likely, predicted in zip(table["likely"], table["predicted"], strict=True))
    metrics = next_token_metrics(table, JUDGING, seed=0)
    assert metrics["perplexity_low"] <= metrics["perplexity"] <= metrics["perplexity_high"]
    assert metrics["n_tokens"] == len(table)
    assert metrics["unknown"] == 0


@given(st.integers(2, 50))
def test_perplexity_of_a_guess_among_alike_ones_is_how_many_there_are(v):
    t = np.arange(v)
    assert next_token_scores(t, np.full((v, v), 1 / v))["perplexity"] == pytest.approx(v)


def test_what_is_held_for_impossible_costs_much_and_not_everything():
    assert perplexity(np.array([1.0])) == 1.0
    assert 1e8 < perplexity(np.array([0.0])) < np.inf


def test_ranks_count_equals_as_worse():
    proba = np.array([[0.5, 0.3, 0.2], [1 / 3, 1 / 3, 1 / 3]])
    scores = next_token_scores(np.array([0, 2]), proba)
    assert scores["accuracy"] == 0.5
    assert scores["top5"] == 1.0


def test_the_loss_is_the_mean_over_the_tokens_that_are_there():
    logits = torch.zeros(2, 3, 4)
    t = torch.tensor([[0, 1, UNLABELLED], [2, UNLABELLED, UNLABELLED]])
    output = NextToken(10).step_output(logits, t)
    assert output.count == 3
    assert float(output.loss) == pytest.approx(np.log(4))


def test_tasks_without_groups_to_spare_go_by_group_alone():
    assert NextToken.strata(pd.DataFrame({"label": ["a"]})) is None


@pytest.mark.parametrize("kind", ["linear", "gru"])
def test_answers_in_parts_are_those_to_all_at_once(kind, counting, runtime, monkeypatch):
    told = []
    monkeypatch.setattr(parts, "LARGEST_BYTES", 2**40)
    model, trials, fit = search(kind, config_of(kind), counting, runtime, NextToken.on(counting, CONFIG))
    val = counting.part("val")
    table, proba, scores = answered_both_ways(model, val), model.predict_proba(val), parts.scores_on(val, model)
    monkeypatch.setattr(parts, "LARGEST_BYTES", 8 * 7 * len(model.class_names) * 3)
    assert [len(part) for part in parts.parts_of(val, model)] == [3] * (len(val) // 3) + [len(val) % 3] * (
        len(val) % 3 > 0
    )
    np.testing.assert_allclose(model.predict_proba(val), proba, atol=1e-6)
    pd.testing.assert_frame_equal(answered_both_ways(model, val), table, atol=1e-6)
    assert parts.scores_on(val, model) == pytest.approx(scores, abs=1e-5)
    _, again, fit_again = search(
        kind, config_of(kind), counting, runtime, NextToken.on(counting, CONFIG), on_val=lambda *of: told.append(of)
    )
    assert sum(len(part) for part, *_ in told) == len(val)
    assert len(told) > 1
    assert again["val_perplexity"].tolist() == pytest.approx(trials["val_perplexity"].tolist(), abs=1e-5)
    assert fit_again["sure_from"] == pytest.approx(fit["sure_from"], abs=1e-6)


def test_a_part_without_a_token_that_counts_says_nothing():
    scores = [
        next_token_scores(np.array([0]), np.array([[0.5, 0.5]])),
        next_token_scores(np.zeros(0, int), np.zeros((0, 2))),
    ]
    counted, nothing = np.array([[0]]), np.array([[UNLABELLED]])
    targets = [FrameTargets(t, ("a", "b")) for t in (counted, nothing)]
    assert NextToken(10).combined(scores, targets) == pytest.approx(scores[0])
    assert np.isnan(NextToken(10).combined(scores[1:], targets[1:])["perplexity"])


@given(
    hnp.arrays(np.float64, st.tuples(st.integers(0, 6), st.integers(1, 8)), elements=st.sampled_from([0.0, 0.1, 0.2]))
)
def test_the_likeliest_tokens_are_the_first_of_all_in_order(proba):
    np.testing.assert_array_equal(likeliest(proba), np.argsort(-proba, axis=1, kind="stable")[:, :TOP])
