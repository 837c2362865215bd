"""The typed parameters: the shipped ones are right, and every mistake is answered with a sentence."""

import copy
import datetime
from pathlib import Path

import pytest
import yaml

from seqpipe.config import PARAMETERS, check_parameters, flat, leaves, takes_text, with_inherited
from seqpipe.core.errors import UserError

BASE = Path(__file__).parents[1] / "conf" / "base" / "parameters"


@pytest.fixture
def raw():
    merged = {}
    for file in sorted(BASE.glob("*.yml")):
        merged |= yaml.safe_load(file.read_text())
    return with_inherited(merged)


def test_the_shipped_parameters_are_right_and_complete(raw):
    assert set(check_parameters(raw)) == set(PARAMETERS)
    assert set(raw) == set(PARAMETERS)


@pytest.mark.parametrize("key", sorted(PARAMETERS))
def test_no_field_has_a_default_in_code(key):
    assert all(field.is_required() for field in leaves(PARAMETERS[key]).values())
    assert all(field.description for field in leaves(PARAMETERS[key]).values())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"svm": {"kernal": "rbf"}}, r"svm\.kernal: there is no such parameter; did you mean svm\.kernel"),
        ({"svm": {"kernel": "poly"}}, r"svm\.kernel: got 'poly'; it should be 'linear' or 'rbf'"),
        ({"svm": {"C": "much"}}, r"svm\.C: got 'much'; it should be a valid number"),
        ({"svm": {"C": -1}}, r"svm\.C: got -1; it should be greater than 0"),
        ({"corpos": {"path": "x"}}, r"corpos: there is no such parameter; did you mean corpus"),
        ({"clip": {"frames": 0}}, r"clip\.frames: got 0; it should be greater than or equal to 1"),
        ({"corpus": {"val_share": 0}}, r"corpus\.val_share: got 0; it should be greater than 0"),
        ({"corpus": {"test_share": 1.0}}, r"corpus\.test_share: got 1\.0; it should be less than 1"),
        ({"svm": {"grid": {"D": [1]}}}, r"svm\.grid: unknown parameter 'D' in the grid"),
        ({"svm": {"grid": {"C": [-1]}}}, r"svm\.grid: .*C.*-1"),
        ({"svm": {"grid": {"C": []}}}, r"svm\.grid: the grid of 'C' is empty"),
        ({"corpus": {"group_pattern": "("}}, r"corpus\.group_pattern: not a regular expression"),
        ({"runtime": {"device": "gpu"}}, r"runtime\.device: got 'gpu'; it should be: `auto`"),
        ({"transfer": {"layers": "conv5"}}, r"got 'conv5'; it should be: Places .* \[\{layer: last_conv, pool: avg\}"),
        (
            {"transfer": {"layers": ["conv5"]}},
            r"got 'conv5'; it should be: Places .* \[\{layer: last_conv, pool: avg\}",
        ),
        (
            {"backbone": {"view": "edges"}},
            r"backbone\.view: got 'edges'; it should be 'auto', 'centre', 'whole', 'pad' or 'crops'",
        ),
        ({"svm": 3}, r"svm: got 3"),
        ({"svm": {"kernel": "rbf", "solver": "torch"}}, r"svm: solver torch has only the linear kernel"),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(raw, change, said):
    wrong = copy.deepcopy(raw)
    for key, value in change.items():
        wrong[key] = {**wrong.get(key, {}), **value} if isinstance(value, dict) else value
    with pytest.raises(UserError, match=said):
        check_parameters(wrong)


def test_all_mistakes_are_told_at_once(raw):
    raw["svm"]["kernel"], raw["clip"]["frames"] = "poly", 0
    with pytest.raises(UserError, match=r"(?s)clip\.frames.*svm\.kernel"):
        check_parameters(raw)


def test_a_missing_key_is_named_with_its_file(raw):
    del raw["svm"]["C"]
    with pytest.raises(UserError, match=r"svm\.C: is missing; give it under `svm` in conf/base/parameters"):
        check_parameters(raw)


def test_the_backbones_compared_need_a_name_and_weights_and_have_the_view_of_backbone(raw):
    raw["backbone"]["view"] = "centre"
    checked = check_parameters(raw)
    assert checked["transfer"].compared(checked["backbone"]) == [checked["backbone"]]
    raw["transfer"]["backbones"] = [{"name": "resnet18", "weights": "DEFAULT"}, {"name": "vgg11", "weights": "a.pth"}]
    compared = check_parameters(raw)["transfer"].compared(checked["backbone"])
    shared = {"view": "centre", "snippet": raw["backbone"]["snippet"]}
    assert [one.model_dump() for one in compared] == [one | shared for one in raw["transfer"]["backbones"]]


def test_flat_names_every_leaf():
    assert flat({"a": {"b": 1, "c": {"d": [2]}}, "e": {}}) == {"a.b": 1, "a.c.d": [2], "e": {}}


@pytest.mark.parametrize(
    ("strategy", "idle"),
    [("all", {"freeze"}), ("freeze_first", set()), ("scratch", {"freeze", "head_rate", "layer_decay"})],
)
def test_what_a_strategy_has_no_use_for_decides_nothing_of_it(raw, strategy, idle):
    finetune = PARAMETERS["finetune"].model_validate(raw["finetune"] | {"strategy": strategy})
    assert set(raw["finetune"]) - set(finetune.deciding()) == idle


TEXTS = [
    (stage, name)
    for stage, model in PARAMETERS.items()
    for name, field in model.model_fields.items()
    if field.annotation in (str, str | None, Path | None)
]


@pytest.mark.parametrize(("stage", "name"), TEXTS)
def test_digits_are_a_text_where_a_text_is_asked_for_and_what_yaml_has_changed_is_told(raw, stage, name):
    raw[stage][name] = 2024
    if name == "device":  # none is called so, which is said of the text
        with pytest.raises(UserError, match="got '2024'"):
            check_parameters(raw)
    else:
        assert str(getattr(check_parameters(raw)[stage], name)) == "2024"
    for changed in (False, 3.1, datetime.date(2024, 1, 2)):
        raw[stage][name] = changed
        with pytest.raises(UserError, match=rf"{stage}\.{name}: got .* put it in quotes"):
            check_parameters(raw)


def test_so_are_the_texts_of_a_list(raw):
    raw["transfer"]["curve_solutions"] = [5]
    assert check_parameters(raw)["transfer"].curve_solutions == ["5"]
    raw["transfer"]["curve_solutions"] = ["svm", True]
    with pytest.raises(UserError, match="put it in quotes"):
        check_parameters(raw)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"hiden": 3},
            r"frame_labels\.lstm\.hiden: there is no such parameter; did you mean frame_labels\.lstm\.hidden\?",
        ),
        ({"hidden": 0}, r"frame_labels\.lstm\.hidden: got 0"),
        ({"time_warp": 0.5}, r"frame_labels\.lstm\.time_warp: there is no such parameter"),
        ({"readout": "mean"}, r"frame_labels\.lstm\.readout: there is no such parameter; known: .*ensemble_size\."),
        ({"grid": {"time_warp": [0, 0.5]}}, r"frame_labels\.lstm\.grid: unknown parameter 'time_warp' in the grid"),
    ],
)
def test_a_parameter_of_a_model_within_a_stage_is_named_in_full(raw_parameters, change, said):
    raw_parameters["frame_labels"]["lstm"] |= change
    with pytest.raises(UserError, match=said):
        check_parameters(raw_parameters)


def test_where_each_step_is_answered_nothing_is_pooled(raw_parameters):
    raw_parameters["frame_labels"]["linear"]["pooling"] = "mean"
    with pytest.raises(UserError, match=r"frame_labels\.linear\.pooling: there is no such parameter"):
        check_parameters(raw_parameters)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("epoch", 3, r"lstm\.training\.epoch: there is no such parameter; did you mean lstm\.training\.epochs\?"),
        ("epochs", 0, r"lstm\.training\.epochs: got 0; it should be greater than or equal to 1"),
        ("keep", "first", r"lstm\.training\.keep: got 'first'; it should be 'best' or 'last'"),
    ],
)
def test_a_parameter_of_a_block_is_named_in_full(raw, name, value, said):
    raw["lstm"]["training"][name] = value
    with pytest.raises(UserError, match=said):
        check_parameters(raw)


def test_a_block_s_parameter_that_is_given_beside_it_is_answered_with_its_place(raw):
    raw["lstm"]["epochs"] = 3
    with pytest.raises(UserError, match=r"lstm\.epochs: there is no .*; did you mean lstm\.training\.epochs\?"):
        check_parameters(raw)


def test_a_missing_parameter_of_a_block_is_named_in_full(raw):
    del raw["finetune"]["training"]["keep"]
    with pytest.raises(UserError, match=r"finetune\.training\.keep: is missing; give it under `finetune\.training`"):
        check_parameters(raw)


@pytest.mark.parametrize("grid", [{"training.epochs": [1, 2]}, {"training": {"epochs": [1, 2]}}])
def test_a_grid_names_a_block_s_parameters_with_dots_or_in_blocks(raw, grid):
    lstm = PARAMETERS["lstm"].model_validate(raw["lstm"] | {"grid": grid})
    combinations = lstm.combinations()
    assert combinations == [{"training.epochs": 1}, {"training.epochs": 2}]
    chosen = lstm.with_chosen(combinations[1])
    assert chosen.training == lstm.training.lasting(2)
    assert chosen.grid == {}
    assert chosen.hidden == lstm.hidden


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ({"training.epoch": [1]}, r"lstm\.grid: unknown parameter 'training\.epoch' in the grid; .*training\.epochs"),
        ({"training": [1]}, r"lstm\.grid: unknown parameter 'training' in the grid"),
        ({"training.epochs": [0]}, r"lstm\.grid: training\.epochs: got 0; it should be greater"),
    ],
)
def test_a_grid_over_a_block_s_parameters_is_checked(raw, grid, said):
    raw["lstm"]["grid"] = grid
    with pytest.raises(UserError, match=said):
        check_parameters(raw)


def test_a_text_within_a_block_is_known_as_one():
    assert not takes_text("lstm.training.epochs")
    assert takes_text("finetune.training.keep") == takes_text("svm.kernel")
    assert takes_text("corpus.path")
    assert not takes_text("lstm.training")


@pytest.mark.parametrize(
    ("block", "change", "where"),
    [
        *((block, {"bidirectional": True}, "bidirectional") for block in ("recurrent", "rnn", "gru", "lstm")),
        ("lstm", {"grid": {"bidirectional": [False, True], "hidden": [8]}}, "grid.bidirectional"),
        ("linear", {"ahead": True}, "ahead"),
        ("linear", {"grid": {"ahead": [False, True]}}, "grid.ahead"),
    ],
)
def test_a_language_model_that_would_be_shown_the_answer_is_refused(raw, block, change, where):
    raw["next_token"][block] |= change
    with pytest.raises(UserError, match=rf"next_token: {block}\.{where}: got True; a model that reads what lies ahead"):
        check_parameters(raw)


def test_what_the_grid_puts_in_the_place_of_a_parameter_decides(raw):
    raw["next_token"]["gru"] |= {"bidirectional": True, "grid": {"bidirectional": [False]}}
    assert check_parameters(raw)["next_token"].gru.combinations() == [{"bidirectional": False}]
