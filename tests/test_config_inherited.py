"""Parameters given once for several models: which of two values stands, and that a wrong one is told once."""

import pytest

from seqpipe.config import INHERITED, check_parameters, with_inherited
from seqpipe.core.errors import UserError
from seqpipe.tracking.parameters import without_given

RAW = {
    "recurrent": {"hidden": 64, "training": {"epochs": 9, "batch_size": 8}, "grid": {"dropout": [0.2, 0.3]}},
    "rnn": {"hidden": 32, "training": {"epochs": 3}},
    "gru": {"grid": {"hidden": [8]}},
    "lstm": {},
    "frame_labels": {"recurrent": {"hidden": 5}, "rnn": {}, "gru": None, "lstm": {"hidden": 6}},
}


def test_a_block_gives_only_what_differs():
    whole = with_inherited(RAW)
    assert whole["rnn"] == {**RAW["recurrent"], "hidden": 32, "training": {"epochs": 3, "batch_size": 8}}
    assert whole["lstm"] == RAW["recurrent"]
    assert [whole["frame_labels"][cell]["hidden"] for cell in ("rnn", "gru", "lstm")] == [5, 5, 6]


def test_a_grid_of_its_own_is_the_whole_grid():
    assert with_inherited(RAW)["gru"]["grid"] == {"hidden": [8]}


def test_the_command_line_counts_more_than_any_file_and_its_own_block_more_than_the_common_one():
    given = {"recurrent": {"hidden": 7, "training": {"epochs": 1}}, "lstm": {"hidden": 9}}
    whole = with_inherited(RAW, given)
    assert [whole[cell]["hidden"] for cell in ("rnn", "gru", "lstm")] == [7, 7, 9]
    assert {whole[cell]["training"]["epochs"] for cell in ("rnn", "gru", "lstm")} == {1}


def test_what_is_given_for_all_is_searched_for_none():
    given = {"recurrent": {"dropout": 0.1}}
    fixed = without_given(with_inherited(RAW, given), with_inherited(given))
    assert [fixed[block]["grid"] for block in ("recurrent", "rnn", "gru", "lstm")] == [{}, {}, {"hidden": [8]}, {}]


def test_nothing_is_changed_and_nothing_changes_the_second_time():
    before = repr(RAW)
    once = with_inherited(RAW)
    assert with_inherited(once) == once
    assert repr(RAW) == before


def test_every_block_that_inherits_says_so_by_a_name_that_there_is(raw_parameters):
    checked = check_parameters(raw_parameters)
    for name in [*INHERITED, *INHERITED.values()]:
        stage, _, block = name.partition(".")
        assert hasattr(checked[stage], block) if block else stage in checked


@pytest.mark.parametrize(("block", "times"), [("recurrent", 1), ("gru", 1)])
def test_a_wrong_value_is_told_once_where_it_was_given(raw_parameters, block, times):
    for name in ("rnn", "gru", "lstm"):
        raw_parameters[name] = {}
    raw_parameters[block]["hidden"] = 0
    with pytest.raises(UserError, match=rf"{block}\.hidden: got 0") as refused:
        check_parameters(raw_parameters)
    assert str(refused.value).count("hidden") == times


CAPTIONS = {
    "image_captioning": {
        "decoder": {
            "hidden": 8,
            "dropout": 0.3,
            "training": {"epochs": 9, "batch_size": 4},
            "grid": {"dropout": [0.1]},
        },
        "decoder_par": {"factored": True, "training": {"epochs": 2}},
        "decoder_merge": {},
        "decoder_attention": None,
    },
    "translation": {"decoder": {"hidden": 5}, "decoder_init": {}, "decoder_attention": {"hidden": 6}},
}


def test_each_decoder_takes_what_it_does_not_give_from_the_decoder_of_its_task():
    whole = with_inherited(CAPTIONS)
    common = CAPTIONS["image_captioning"]["decoder"]
    of_images = whole["image_captioning"]
    assert of_images["decoder_par"] == {**common, "factored": True, "training": {"epochs": 2, "batch_size": 4}}
    assert of_images["decoder_merge"] == of_images["decoder_attention"] == of_images["decoder"] == common
    assert [whole["translation"][f"decoder_{where}"]["hidden"] for where in ("init", "attention")] == [5, 6]
    assert "video_captioning" not in whole


def test_what_is_given_for_all_decoders_is_searched_for_none():
    given = {"image_captioning": {"decoder": {"dropout": 0.2}}}
    fixed = without_given(with_inherited(CAPTIONS, given), with_inherited(given))["image_captioning"]
    for block in ("decoder_par", "decoder_merge", "decoder_attention"):
        assert (fixed[block]["dropout"], fixed[block]["grid"]) == (0.2, {})
    assert fixed["decoder"]["grid"] == {}


def test_a_wrong_value_of_all_decoders_is_told_once(raw_parameters):
    for block in ("decoder_par", "decoder_merge", "decoder_attention"):
        raw_parameters["image_captioning"][block] = {}
    raw_parameters["image_captioning"]["decoder"]["hidden"] = 0
    with pytest.raises(UserError) as told:
        check_parameters(raw_parameters)
    assert str(told.value).count("hidden") == 1
    assert "image_captioning.decoder.hidden: got 0; it should be greater than or equal to 1" in str(told.value)
