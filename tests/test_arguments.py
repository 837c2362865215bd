"""A text on the command line is taken as it was typed, whatever YAML would make of it."""

import click
import pytest
from kedro.framework.cli.project import run as kedro_run

from seqpipe.arguments import quoted, with_texts
from seqpipe.config import PARAMETERS, takes_text

TEXTS = [f"{stage}.{name}" for stage, model in PARAMETERS.items() for name in model.model_fields]
TEXTS = [name for name in TEXTS if takes_text(name)]
TYPED = ["2024", "007", "3.10", "1e-3", "1_000", "0x1F", "1:30", "no", "on", "True", "2024-01-02", "[a]", "{a}", "a: b"]


def given(text):
    """What Kedro's `run` is given of ``--params text``."""
    (option,) = [option for option in kedro_run.params if option.name == "params"]
    with click.Context(click.Command("run", params=[with_texts(option)])) as context:
        return context.command.params[0].process_value(context, text)


def test_there_are_texts_and_what_is_a_number_is_none():
    assert {"corpus.path", "corpus.group_pattern", "backbone.name", "backbone.weights", "features.layer"} <= set(TEXTS)
    assert not {
        "svm.C",
        "finetune.freeze",
        "corpus.layout",
        "transfer.curve_solutions",
        "svm.grid",
        "nothing.at_all",
    } & set(TEXTS)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("value", [*TYPED, "a #b", "@x", "x{y}", "it's", 'say "a"', "C:\\x", "日本=1"])
def test_every_text_is_what_was_typed(name, value):
    stage, _, field = name.partition(".")
    assert given(f"runtime.seed=1, {name} = {value} ,svm.C=1e-3") == (
        {"svm": {"C": 0.001}}
        | {"runtime": {"seed": 1}}
        | {stage: ({"seed": 1} if stage == "runtime" else {}) | {field: value}}
    )


@pytest.mark.parametrize("value", ["", "null", "~"])
def test_nothing_stays_nothing(value):
    assert given(f"corpus.path={value}") == {"corpus": {"path": None}}


def test_quotes_of_the_user_are_not_doubled():
    assert given("corpus.path='2024',backbone.weights=\"1e-3\"") == {
        "corpus": {"path": "2024"},
        "backbone": {"weights": "1e-3"},
    }


def test_what_is_no_text_is_read_as_before():
    assert given("svm.pooling=concat,clip.frames=8,svm.grid.C=[1]") == {
        "svm": {"pooling": "concat", "grid": {"C": [1]}},
        "clip": {"frames": 8},
    }
    assert quoted("nonsense") == "nonsense"
