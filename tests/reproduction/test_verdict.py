"""The verdict names the first stage that differs, by how much, and what can have reached it."""

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from seqpipe.reproduction.differences import Difference
from seqpipe.reproduction.stages import StageDigest
from seqpipe.reproduction.verdict import DIFFERS, LACKING, SAME, Made, verdict

THREADS = Difference("machine", "threads", "2", "1")
TQDM = Difference("package", "tqdm", "1", "2")
SEED = Difference("parameter", "runtime.seed", "0", "1")
HIDDEN = Difference("parameter", "lstm.hidden", "8", "9")
DATA = Difference("data", "changed", "as it was", "a.mp4 (1)")


def stages(**digests):
    """Stages in the order of a run, all of digest ``1`` but those that are given."""
    kinds = {
        "samples": ("samples", "samples"),
        "features": ("features", "dataset"),
        "dataset": ("D'", "dataset"),
        "model": ("model", "lstm.model"),
        "predictions": ("predictions", "lstm.predictions"),
        "metrics": ("metrics", "lstm.results"),
    }
    numbers = {"metrics": {"accuracy": 0.5}}
    return [StageDigest(*kinds[name], digests.get(name, "1"), numbers.get(name, {})) for name in kinds]


def test_the_same_digests_are_the_same_bits():
    told = verdict(Made(stages()), Made(stages()), [TQDM])
    assert told.same
    assert str(told) == "Same bits: 6 stages of the run are what they were."
    assert set(told.table["verdict"]) == {SAME}


@pytest.mark.parametrize(
    ("first", "known", "explained"),
    [
        ("samples", [TQDM, THREADS, DATA], [DATA, TQDM]),
        ("samples", [HIDDEN, SEED], [SEED]),
        ("features", [TQDM, THREADS], [THREADS, TQDM]),
        ("features", [HIDDEN, THREADS], [THREADS]),
        ("model", [THREADS, HIDDEN], [HIDDEN, THREADS]),
        ("samples", [THREADS], [THREADS]),
        ("metrics", [], []),
    ],
)
def test_what_can_have_reached_the_first_stage_explains_it(first, known, explained):
    told = verdict(Made(stages()), Made(stages(**{first: "2"})), known)
    assert not told.same
    assert list(told.explained) == explained
    assert f"{first} of `" in str(told)
    said = str(told)
    assert all(str(one) in said for one in explained) if explained else "Nothing on record explains it." in said


def test_the_first_in_the_order_of_the_run_is_named():
    told = verdict(Made(stages()[::-1]), Made(stages(metrics="2", features="2", model="2")), [])
    assert told.first.startswith("features of `dataset` differs")
    assert told.first.endswith("the first of 3 of 6")
    assert list(told.table["verdict"]) == [SAME, DIFFERS, SAME, DIFFERS, SAME, DIFFERS]


def test_a_stage_that_was_not_made_is_told():
    told = verdict(Made(stages()), Made(stages()[:-1]), [])
    assert list(told.table["verdict"])[-1] == LACKING
    assert "metrics of `lstm.results` not made" in told.first


def made(tmp_path, name, shift, **digests):
    folder = tmp_path / name
    folder.mkdir()
    save_file({"w": np.array([1.0, 2.0], np.float32) + np.float32(shift)}, folder / "lstm.safetensors")
    ids = ["a", "b", "c"]
    predicted = ["x", "x", "y"] if shift == 0 else ["x", "y", "y"]
    table = pd.DataFrame({"id": ids, "predicted": predicted, "p_x": np.array([0.9, 0.6, 0.2]) - shift})
    table.to_parquet(folder / "predictions.parquet")
    features = pd.DataFrame({"id": ids, "digest": ["1", str(shift), "3"], "norm": [1.0, 2.0 + shift, 3.0]})
    samples = pd.DataFrame({"id": ids, "sha256": ids, "split": "test", "label": "x", "group": ids})
    made_of = {"predictions": {"lstm": folder / "predictions.parquet"}, "models": {"lstm": folder}}
    return Made(stages(**digests), samples, features, **made_of)


def test_it_says_by_how_much(tmp_path):
    before = made(tmp_path, "before", 0)
    now = made(tmp_path, "now", 0.5, features="2", model="2", predictions="2", metrics="2")
    much = dict(zip(*verdict(before, now, []).table[["stage", "how much"]].to_numpy().T, strict=True))
    assert much == {
        "samples": "",
        "features": "of 1 of 3 samples, their norms by up to 2.5e-01",
        "D'": "",
        "model": "its numbers by up to 5.0e-01",
        "predictions": "1 of 3 answers; probabilities by up to 5.0e-01",
        "metrics": "",
    }


def test_metrics_are_named_with_both_numbers():
    other = [StageDigest("metrics", "lstm.results", "2", {"accuracy": 0.25})]
    told = verdict(Made(stages()[-1:]), Made(other), [])
    assert "accuracy 0.5000 -> 0.2500" in str(told)


def test_where_artifacts_are_gone_it_says_that_they_differ():
    told = verdict(Made(stages()), Made(stages(features="2", model="2", predictions="2", samples="2")), [])
    assert list(told.table["how much"]) == [""] * 6
