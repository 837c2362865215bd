"""A logistic regression that cannot fit into memory is refused before it begins."""

import tracemalloc

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from seqpipe.core.errors import UserError
from seqpipe.models.linear import sizes


def test_the_language_model_of_the_largest_vocabulary_is_refused_on_a_machine_of_16_gb(monkeypatch):
    monkeypatch.setattr(sizes, "memory_bytes", lambda: 16 * 10**9)
    sizes.check_multinomial_fits(examples=5_000, features=900, classes=300)
    with pytest.raises(
        UserError, match=r"5002 classes.* takes about \d+\.\d GB.* has 16\.0 GB: lower text\.vocabulary"
    ):
        sizes.check_multinomial_fits(examples=100_000, features=15_000, classes=5_002)


def test_where_the_machine_does_not_tell_nothing_is_refused(monkeypatch):
    monkeypatch.setattr(sizes, "memory_bytes", lambda: 0)
    sizes.check_multinomial_fits(10**9, 10**6, 10**5)


@pytest.mark.parametrize(("examples", "features", "classes"), [(400, 1200, 40), (2000, 200, 40)])
def test_what_is_reckoned_is_what_is_taken(examples, features, classes):
    x = sparse.random_array((examples, features), density=3 / features, rng=0, format="csr")
    t = np.arange(examples) % classes
    tracemalloc.start()
    LogisticRegression(max_iter=25).fit(x, t)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 0.8 < peak / sizes.bytes_of_multinomial(examples, features, classes) < 1.1
