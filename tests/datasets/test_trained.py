"""A model that a run may have left."""

import json

import numpy as np
import pytest
from tests.memory.conftest import fitted, ramps

from seqpipe.config import RuntimeConfig
from seqpipe.datasets.records import TrainedDataset
from seqpipe.models.persist import save_model


def test_it_is_the_model_with_what_is_told_of_its_fit_or_nothing(tmp_path):
    entry = TrainedDataset(filepath=str(tmp_path / "rnn"), fit=str(tmp_path / "fit.json"))
    assert entry.load() is None
    data = ramps([4] * 40)
    model, fit = fitted("rnn", data, RuntimeConfig(seed=0, device="cpu", threads=1, deterministic=True))
    save_model(model, tmp_path / "rnn")
    assert entry.load() is None
    (tmp_path / "fit.json").write_text(json.dumps(fit))
    found, told = entry.load()
    assert told == fit
    np.testing.assert_allclose(found.predict_proba(data), model.predict_proba(data))
    with pytest.raises(Exception, match="written by the training"):
        entry.save((model, fit))
