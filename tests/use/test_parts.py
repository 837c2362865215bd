"""What is answered together is bounded, whatever is asked."""

from hypothesis import given
from hypothesis import strategies as st

from seqpipe.use import predictor
from seqpipe.use.predictor import _parts


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=2000), st.sampled_from([0, 2048, 400_000]))
def test_parts_are_all_samples_in_order_and_bounded(steps, step_bytes):
    parts = list(_parts(steps, step_bytes))
    assert [n for rows in parts for n in range(rows.start, rows.stop)] == list(range(len(steps)))
    for rows in parts:
        count = rows.stop - rows.start
        assert 1 <= count <= predictor.AT_ONCE
        assert count == 1 or count * max(steps[rows]) * step_bytes <= predictor.BYTES_AT_ONCE


def test_few_are_answered_at_once():
    """As the evaluation of a run answers them: the last bits depend on how many are multiplied together."""
    assert list(_parts([16] * 500, 4 * 2048)) == [slice(0, 500)]
