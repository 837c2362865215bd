"""Slots that IOB tags mark."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.metrics.slots import are_slots, slot_scores, slots_of

TAGS = st.lists(st.sampled_from(["O", "B-a", "I-a", "B-b", "I-b"]), max_size=8)


@pytest.mark.parametrize(
    ("tags", "slots"),
    [
        ("O B-a I-a O", {(1, 3, "a")}),
        ("B-a B-a I-a", {(0, 1, "a"), (1, 3, "a")}),
        ("I-a I-b", {(0, 1, "a"), (1, 2, "b")}),
        ("B-a O I-a", {(0, 1, "a"), (2, 3, "a")}),
        ("O O", set()),
        ("", set()),
    ],
)
def test_a_slot_goes_from_its_beginning_to_where_it_ends(tags, slots):
    assert slots_of(tags.split()) == slots


def test_scores_count_slots_that_are_right_from_end_to_end():
    truth, predicted = ["B-a", "I-a", "O", "B-b"], ["B-a", "O", "O", "B-b"]
    scores = slot_scores([(truth, predicted)])
    assert scores == {"slot_f1": 0.5, "slot_precision": 0.5, "slot_recall": 0.5}
    assert slot_scores([(["O"], ["O"])])["slot_f1"] == 0.0


@given(TAGS)
def test_the_truth_scores_one_where_there_is_a_slot(tags):
    assert slot_scores([(tags, tags)])["slot_f1"] == (1.0 if slots_of(tags) else 0.0)


@given(TAGS)
def test_slots_do_not_overlap(tags):
    covered = [place for first, stop, _ in slots_of(tags) for place in range(first, stop)]
    assert len(covered) == len(set(covered))
    assert len(covered) == sum(tag != "O" for tag in tags)


def test_other_labels_are_no_slots():
    assert are_slots(["B-a", "I-a", "O"])
    assert not are_slots(["O", "walk"])
    assert not are_slots(["B-side", "walk", "O"])
