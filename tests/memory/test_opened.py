"""Which of the models on disk can be looked into."""

import pytest
import torch
from tests.memory.conftest import CELLS, fitted, ramps

from seqpipe.core.errors import UserError
from seqpipe.memory.opened import open_models


def test_those_that_are_there_are_opened(data, runtime):
    opened, left_out = open_models({"rnn": None, "lstm": fitted("lstm", data, runtime)}, data)
    assert [one.cell for one in opened] == ["lstm"]
    assert left_out == []
    assert opened[0].seed == runtime.seed


def test_where_none_is_there_the_run_that_makes_them_is_named(data):
    with pytest.raises(UserError, match=r"no recurrent model on disk \(rnn, gru\).*run `kedro run` first"):
        open_models({"rnn": None, "gru": None}, data)


def test_models_of_another_dataset_are_left_out_or_where_they_are_all_refused(data, runtime):
    own, other = fitted("rnn", data, runtime), fitted("gru", ramps([4] * 80), runtime)
    opened, left_out = open_models({"rnn": own, "gru": other}, data)
    assert [one.cell for one in opened] == ["rnn"]
    assert "The GRU on disk was trained on another D'" in left_out[0]
    with pytest.raises(UserError, match="run `kedro run` first"):
        open_models({"gru": other}, data)


def test_a_model_that_diverged_is_told(data, runtime):
    model, fit = fitted("rnn", data, runtime)
    with torch.no_grad():
        next(model.members[0].parameters()).fill_(float("nan"))
    opened, left_out = open_models({"rnn": (model, fit), "gru": fitted("gru", data, runtime)}, data)
    assert [one.cell for one in opened] == ["gru"]
    assert "not finite" in left_out[0]
    assert "rnn.training.learning_rate" in left_out[0]


@CELLS
def test_before_training_is_what_training_began_with(cell, data, runtime):
    """As many epochs as none leave the net as it was: the same seed draws the same weights."""
    model, fit = fitted(cell, data, runtime, learning_rate=1e-12, weight_decay=0.0, epochs=1)
    (one,), _ = open_models({cell: (model, fit)}, data)
    nets = one.nets()
    for before, after in zip(nets["before"].parameters(), nets["after"].parameters(), strict=True):
        assert before.dtype == torch.double
        torch.testing.assert_close(before, after, atol=1e-6, rtol=0.0)


def test_asking_for_it_draws_nothing_from_the_generator_of_others(data, runtime):
    model, _ = fitted("rnn", data, runtime)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    model.untrained(0)
    assert torch.equal(torch.rand(3), expected)
