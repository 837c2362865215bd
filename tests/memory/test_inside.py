"""Everything that is measured inside the models, on the clips that a user may have."""

from dataclasses import replace

import numpy as np
import pytest
from tests.memory.conftest import CELLS, opened, ramps

from seqpipe.memory.clips import choose_clips
from seqpipe.memory.inside import look_inside


def inside(one, data, memory, **changes):
    memory = memory.model_copy(update=changes)
    return look_inside([one], choose_clips(data, memory.samples), memory, 0)


@CELLS
@pytest.mark.parametrize("bidirectional", [True, False])
def test_every_direction_is_measured_before_and_after(cell, bidirectional, uneven, runtime, memory):
    one = opened(cell, uneven, runtime, bidirectional=bidirectional)
    found = inside(one, uneven, memory)
    directions = {"forward", "backward"} if bidirectional else {"forward"}
    for table in (found.gradients, found.jacobians, found.reach, found.matrices):
        assert set(zip(table["direction"], table["when"], strict=True)) == {
            (direction, when) for direction in directions for when in ("before", "after")
        }
    at_end = found.gradients[found.gradients["lag"] == 0]
    assert (at_end["share"] == 1.0).all()
    assert (at_end["clips"] == 6).all()
    assert (found.gradients["clips"].groupby(found.gradients["lag"]).max().diff().dropna() <= 0).all()
    gain = found.jacobians.loc[(found.jacobians["lag"] == 0), "gain"]
    np.testing.assert_allclose(gain, 1.0)
    assert set(found.gradients["part"]) == ({"h", "C"} if cell == "lstm" else {"h"})
    assert found.gates.empty == (cell == "rnn")


def test_shares_of_a_histogram_are_all_of_it(data, runtime, memory):
    histogram = inside(opened("lstm", data, runtime), data, memory).histogram
    np.testing.assert_allclose(histogram.groupby(["direction", "when"])["share"].sum(), 1.0)


@CELLS
def test_clips_of_one_step_are_a_result(cell, runtime, memory, recwarn):
    data = ramps([1] * 80)
    x = data.x.copy()
    x[data.t == 1] += 1.0  # or there were nothing to learn
    data = replace(data, x=x)
    found = inside(opened(cell, data, runtime), data, memory)
    assert set(found.gradients["lag"]) == {0}
    assert found.reach["factor"].isna().all()
    assert not [warning for warning in recwarn.list if "seqpipe" in str(warning.filename)]


@CELLS
def test_where_no_gradient_arrives_nothing_is_told_and_nothing_breaks(cell, data, runtime, memory):
    """A head that weighs nothing: the loss does not depend on any state."""
    one = opened(cell, data, runtime)
    one.model.members[0].head.weight.data.zero_()
    found = inside(one, data, memory)
    after = found.gradients[found.gradients["when"] == "after"]
    assert (after["norm"] == 0).all()
    assert after["share"].isna().all()
    reach = found.reach[(found.reach["when"] == "after") & (found.reach["measure"] == "gradient")]
    assert reach["factor"].isna().all()


def test_long_clips_are_told_at_some_lags_with_fewer_probes(runtime, memory):
    data = ramps([700] * 80, size=2)
    found = inside(opened("rnn", data, runtime, epochs=1), data, memory, lags=10, samples=64)
    assert len(set(found.jacobians["lag"])) <= 10
    assert found.jacobians["lag"].max() == 699
    assert (found.gradients["clips"] <= 40_000 // 700).all()
