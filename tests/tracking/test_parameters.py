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
