"""What the rules choose, and the parameters that they are made of."""

from dataclasses import replace

import pytest
import torch
from pydantic import ValidationError
from tests.generation.nets import BEGIN, END, MARKS, RULES, SmallNet, told

from seqpipe.config import GenerationConfig
from seqpipe.generation.base import GenerationRules, Stepped
from seqpipe.generation.beam_search import beam_search
from seqpipe.generation.decode import decode
from seqpipe.generation.greedy import greedy
from seqpipe.generation.sample import sample

NET = SmallNet.drawn(0, 8)
GIVEN = {
    "sampling": "beam", "beam": 3, "length_normalisation": 0.7, "no_repeat": 0, "max_length": 20, "temperature": 1.0,
}  # fmt: skip


def decoded(rules, **changed):
    asked = {"begin": BEGIN, "end": END, "forbidden": [BEGIN], "seed": 5} | changed
    return decode(NET, NET.start(3, 0), 3, rules=rules, **asked)


@pytest.mark.parametrize(
    ("changes", "way", "more"),
    [({"beam": 1}, greedy, ()), ({"beam": 4}, beam_search, ()), ({"sampling": "sample"}, sample, (5,))],
)
def test_the_rules_choose_the_way(changes, way, more):
    rules = replace(RULES, **changes)
    wanted = way(NET, NET.start(3, 0), 3, MARKS, rules, *more)
    assert [told(row) for row in decoded(rules)] == [told(row) for row in wanted]


def test_of_no_rows_nothing_is_said():
    assert decode(NET, NET.start(0, 0), 0, begin=BEGIN, end=END, forbidden=[], rules=RULES) == []


def test_the_end_cannot_be_forbidden():
    with pytest.raises(ValueError, match="is forbidden"):
        decoded(RULES, forbidden=[BEGIN, END])


def test_drawing_takes_a_seed():
    with pytest.raises(ValueError, match="takes a seed"):
        decoded(replace(RULES, sampling="sample"), seed=None)


def test_no_gradient_is_kept():
    weight = torch.zeros(4, requires_grad=True)
    seen = []

    def step(last, state):
        log_p = weight.log_softmax(0).expand(len(last), -1)
        seen.append(log_p.requires_grad)
        return Stepped(log_p, state, None)

    decode(step, None, 2, begin=BEGIN, end=END, forbidden=[BEGIN], rules=RULES)
    assert not any(seen)


def test_the_rules_are_those_of_the_parameters():
    assert GenerationRules.of(GenerationConfig(**GIVEN)) == GenerationRules(**GIVEN)


def test_no_parameter_has_a_default_in_code():
    fields = GenerationConfig.model_fields
    assert set(fields) == set(GIVEN)
    assert all(field.is_required() and field.description for field in fields.values())


@pytest.mark.parametrize(
    "wrong",
    [
        {"beam": 0},
        {"length_normalisation": -0.1},
        {"length_normalisation": float("inf")},
        {"no_repeat": -1},
        {"max_length": 0},
        {"temperature": 0.0},
        {"temperature": float("inf")},
        {"sampling": "greedy"},
        {"widht": 3},
    ],
)
def test_wrong_parameters_are_refused(wrong):
    with pytest.raises(ValidationError):
        GenerationConfig(**GIVEN | wrong)
