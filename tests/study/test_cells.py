"""A finished cell is found again by what decided it, and an unfinished one leaves its checkpoint."""

import pandas as pd
import pytest

from seqpipe.study.cells import Cells

FACTS = {"kind": "svm", "config": {"C": 1.0, "grid": {"C": [0.1, 1.0]}}, "dprime": "d"}
PREDICTIONS = pd.DataFrame({"id": ["a"], "p_up": [0.25]})


def save(folder):
    folder.mkdir()
    (folder / "w.json").write_text("1")


def test_a_cell_is_found_by_equal_facts_alone(tmp_path):
    cells = Cells(tmp_path / "cells")
    assert cells.get(FACTS) is None
    cells.put(FACTS, {"fit_seconds": 0.5, "chosen": {"C": 0.1}}, PREDICTIONS, save)
    found = Cells(tmp_path / "cells").get(dict(reversed(FACTS.items())))
    assert found.fit == {"fit_seconds": 0.5, "chosen": {"C": 0.1}}
    pd.testing.assert_frame_equal(found.predictions, PREDICTIONS)
    assert (found.model / "w.json").read_text() == "1"
    assert cells.get({**FACTS, "dprime": "e"}) is None


def test_a_cell_may_keep_no_model(tmp_path):
    cell = Cells(tmp_path).put(FACTS, {}, PREDICTIONS)
    assert not cell.model.exists()
    assert Cells(tmp_path).get(FACTS) is not None


def test_a_cell_whose_model_could_not_be_written_is_not_there(tmp_path):
    cells = Cells(tmp_path)
    with pytest.raises(OSError, match="full"):
        cells.put(FACTS, {}, PREDICTIONS, lambda folder: (_ for _ in ()).throw(OSError("full")))
    assert cells.get(FACTS) is None
    assert list(tmp_path.iterdir()) == []


def train_until_interrupted(cells):
    with cells.checkpoint(FACTS) as folder:
        folder.mkdir()
        (folder / "state").write_text("epoch 3")
        raise KeyboardInterrupt


def test_a_checkpoint_stays_when_training_breaks_off_and_goes_when_it_ends(tmp_path):
    cells = Cells(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        train_until_interrupted(cells)
    with cells.checkpoint(FACTS) as again:
        assert (again / "state").read_text() == "epoch 3"
    assert not again.exists()
