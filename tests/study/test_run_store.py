"""A finished run is found again by what decided it, and an unfinished one leaves its checkpoint."""

import pandas as pd
import pytest

from seqpipe.study.run_store import RunStore

KEY = {"kind": "svm", "config": {"C": 1.0, "grid": {"C": [0.1, 1.0]}}, "dataset": "d"}
PREDICTIONS = pd.DataFrame({"id": ["a"], "p_up": [0.25]})


def save(folder):
    folder.mkdir()
    (folder / "w.json").write_text("1")


def test_a_run_is_found_by_an_equal_key_alone(tmp_path):
    run_store = RunStore(tmp_path / "runs")
    assert run_store.get(KEY) is None
    run_store.put(KEY, {"fit_seconds": 0.5, "chosen": {"C": 0.1}}, PREDICTIONS, save)
    found = RunStore(tmp_path / "runs").get(dict(reversed(KEY.items())))
    assert found.fit == {"fit_seconds": 0.5, "chosen": {"C": 0.1}}
    pd.testing.assert_frame_equal(found.predictions, PREDICTIONS)
    assert (found.model / "w.json").read_text() == "1"
    assert run_store.get({**KEY, "dataset": "e"}) is None


def test_a_run_may_keep_no_model(tmp_path):
    run = RunStore(tmp_path).put(KEY, {}, PREDICTIONS)
    assert not run.model.exists()
    assert RunStore(tmp_path).get(KEY) is not None


def test_a_run_whose_model_could_not_be_written_is_not_there(tmp_path):
    run_store = RunStore(tmp_path)
    with pytest.raises(OSError, match="full"):
        run_store.put(KEY, {}, PREDICTIONS, lambda folder: (_ for _ in ()).throw(OSError("full")))
    assert run_store.get(KEY) is None
    assert list(tmp_path.iterdir()) == []


def train_until_interrupted(run_store):
    with run_store.checkpoint(KEY) as folder:
        folder.mkdir()
        (folder / "state").write_text("epoch 3")
        raise KeyboardInterrupt


def test_a_checkpoint_stays_when_training_breaks_off_and_goes_when_it_ends(tmp_path):
    run_store = RunStore(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        train_until_interrupted(run_store)
    with run_store.checkpoint(KEY) as again:
        assert (again / "state").read_text() == "epoch 3"
    assert not again.exists()
