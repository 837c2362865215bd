"""What is taken out of a grid."""

from seqpipe.tracking.parameters import without_given


def test_a_parameter_given_on_the_command_line_is_not_searched():
    raw = {"svm": {"C": 0.5, "grid": {"C": [0.1, 1.0], "pca": [4, 8]}}, "clip": {"frames": 8}}
    fixed = without_given(raw, {"svm": {"C": 0.5}, "clip": {"frames": 8}})
    assert fixed["svm"]["grid"] == {"pca": [4, 8]}
    assert raw["svm"]["grid"] == {"C": [0.1, 1.0], "pca": [4, 8]}


def test_a_grid_given_on_the_command_line_is_searched():
    raw = {"svm": {"C": 0.5, "grid": {"C": [0.1]}}}
    assert without_given(raw, {"svm": {"C": 0.5, "grid": {"C": [0.1]}}}) == raw


def test_a_parameter_of_a_block_or_of_a_model_within_a_stage_is_not_searched_either():
    lstm = {"training": {"epochs": 9}, "pca": 4, "grid": {"training.epochs": [1, 2], "pca": [4, 8]}}
    raw = {"lstm": lstm, "frame_labels": {"fps": 5, "lstm": lstm}}
    given = {"lstm": {"training": {"epochs": 9}}, "frame_labels": {"lstm": {"pca": 4}}}
    fixed = without_given(raw, given)
    assert fixed["lstm"]["grid"] == {"pca": [4, 8]}
    assert fixed["frame_labels"]["lstm"]["grid"] == {"training.epochs": [1, 2]}
    assert fixed["frame_labels"]["fps"] == 5


def test_a_grid_given_in_blocks_is_searched_also_where_the_value_is_given():
    raw = {"lstm": {"training": {"epochs": 9}, "grid": {"training": {"epochs": [1, 2]}}}}
    assert without_given(raw, raw)["lstm"]["grid"] == {"training.epochs": [1, 2]}
