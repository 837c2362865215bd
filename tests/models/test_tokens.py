"""Models of tokens: they learn, answer the same once they are read, and know what order is."""

from dataclasses import replace

import numpy as np
import pytest
from tests.configs import shipped_values, with_changes
from tests.models.conftest import make_dataset

from seqpipe.config import LinearConfig, RecurrentConfig, SvmConfig
from seqpipe.core.errors import UserError
from seqpipe.models.persist import read_model, save_model
from seqpipe.models.registry import MODELS
from seqpipe.models.search import search

RECURRENT = ("rnn", "gru", "lstm")
CONFIGS = {
    "svm": SvmConfig,
    "linear": LinearConfig,
    "rnn": RecurrentConfig,
    "gru": RecurrentConfig,
    "lstm": RecurrentConfig,
}
QUICK = {
    "svm": {"grid": {"C": [0.01], "ngrams": [1, 2]}},
    "linear": {"grid": {"C": [0.01], "ngrams": [1, 2]}},
    **{kind: {"hidden": 12, "embedding": 8, "epochs": 25, "ensemble_size": 1} for kind in RECURRENT},
}
TOKENS = tuple("?abcdefgh")


def config(kind, **changes):
    return CONFIGS[kind].model_validate(with_changes(shipped_values(kind), **QUICK[kind] | changes))


def tokens_dataset(x, t):
    lengths = np.full(len(x), x.shape[1])
    lengths[::3] -= 1
    return replace(make_dataset(x[..., None].astype(np.float32), t, lengths, ("no", "yes")), tokens=TOKENS)


@pytest.fixture
def which():
    """Which tokens occur tells the class."""
    rng = np.random.default_rng(0)
    t = np.arange(160) // 4 % 2
    x = rng.integers(1, 7, size=(160, 6))
    x[np.arange(160), rng.integers(0, 5, 160)] = 7 + t
    return tokens_dataset(x, t)


@pytest.fixture
def in_which_order():
    """Two tokens occur in both classes, in another order."""
    rng = np.random.default_rng(1)
    t = np.arange(240) // 4 % 2
    x = rng.integers(1, 7, size=(240, 6))
    start = rng.integers(0, 4, 240)
    for n in range(240):
        x[n, start[n] : start[n] + 2] = (7, 8) if t[n] else (8, 7)
    return tokens_dataset(x, t)


def accuracy(model, part):
    return (model.predict_proba(part).argmax(1) == part.t).mean()


@pytest.mark.parametrize("kind", CONFIGS)
def test_every_model_learns_which_tokens_tell(kind, which, runtime, tmp_path):
    model, trials, fit = search(kind, config(kind), which, runtime)
    test = which.part("test")
    assert accuracy(model, test) > 0.9
    save_model(model, tmp_path / "model")
    np.testing.assert_array_equal(read_model(tmp_path / "model").predict_proba(test), model.predict_proba(test))
    assert "pooling" not in fit["parameters"]
    assert len(trials) == (2 if kind in ("svm", "linear") else 1)


def test_a_bag_is_blind_to_order_and_runs_of_two_are_not(in_which_order, runtime):
    blind, _, told = search("linear", config("linear", grid={"C": [0.01]}, ngrams=1), in_which_order, runtime)
    assert accuracy(blind, in_which_order.part("test")) < 0.7
    assert not told["reads_order"]
    model, _, told = search("linear", config("linear", grid={"C": [0.01]}, ngrams=2), in_which_order, runtime)
    assert accuracy(model, in_which_order.part("test")) > 0.9
    assert told["reads_order"]
    assert told["description"] == "logistic regression on a bag of runs of 1 to 2 tokens"


def test_a_recurrent_net_reads_their_order(in_which_order, runtime):
    model, _, _ = search("gru", config("gru", epochs=30), in_which_order, runtime)
    assert accuracy(model, in_which_order.part("test")) > 0.9


def test_an_unknown_token_is_answered(which, runtime):
    model, _, _ = search("lstm", config("lstm"), which, runtime)
    unknown = replace(which, x=np.zeros_like(which.x))
    assert np.isfinite(model.predict_proba(unknown)).all()


@pytest.mark.parametrize("kind", ["ann", "svm_rbf"])
def test_what_reads_vectors_alone_says_so(kind, which, runtime):
    shipped = MODELS[kind].config.model_validate(shipped_values(kind) | {"grid": {}})
    with pytest.raises(UserError, match="reads vectors, and D' holds tokens"):
        search(kind, shipped, which, runtime)
