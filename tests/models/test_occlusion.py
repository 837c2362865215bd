"""Which tokens decide an answer."""

from dataclasses import replace

import numpy as np
import pytest
from tests.models.conftest import make_dataset

from seqpipe.models import occlusion
from seqpipe.models.occlusion import token_weights


class Counts:
    """Class 1 is as probable as the token 2 is frequent; 0 is unknown."""

    def predict_proba(self, data):
        share = ((data.x[..., 0] == 2) & data.mask).sum(axis=1) / 10
        return np.stack([1 - share, share], axis=1)


@pytest.fixture
def texts():
    x = np.array([[1, 2, 2, 0], [2, 1, 1, 1], [1, 1, 1, 1]], np.float32)[..., None]
    return replace(make_dataset(x, np.array([1, 1, 0]), np.array([3, 4, 2]), ("a", "b")), tokens=("?", "x", "y"))


@pytest.mark.parametrize("at_once", [1, 20_000])
def test_a_token_weighs_what_its_answer_loses_without_it(texts, at_once, monkeypatch):
    monkeypatch.setattr(occlusion, "AT_ONCE", at_once)
    weights = token_weights(Counts(), texts, np.array([1, 0, 0]))
    assert [len(of) for of in weights] == [3, 4, 2]
    np.testing.assert_allclose(weights[0], [0, 0.1, 0.1])
    np.testing.assert_allclose(weights[1], [-0.1, 0, 0, 0])
    np.testing.assert_allclose(weights[2], 0)
