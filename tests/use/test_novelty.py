"""Near is what lies among the samples of train, whatever their order; far is what does not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpipe.use.novelty import MOST_COMPONENTS, distances, reference_of, vectors

SIZES = st.tuples(st.integers(6, 60), st.integers(2, 90), st.integers(0, 10**6))


def clips(n, d, seed, shift=0.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(1.0, 0.3, (n, 3, d)).astype(np.float32)
    x[:, :, 0] += shift
    return vectors(x, np.ones((n, 3), bool))


@settings(max_examples=40)
@given(SIZES)
def test_val_is_near_and_a_sample_in_a_direction_of_its_own_is_far(sizes):
    n, d, seed = sizes
    train, val = clips(n, d, seed), clips(20, d, seed + 1)
    reference = reference_of(train, val)
    assert (distances(reference, val) > reference.threshold).sum() <= 1, "99 % of 20 is all but one at most"
    assert (distances(reference, -val) > reference.threshold).all()


@settings(max_examples=40)
@given(SIZES)
def test_the_order_of_train_and_val_says_nothing(sizes):
    n, d, seed = sizes
    train, val, some = clips(n, d, seed), clips(20, d, seed + 1), clips(7, d, seed + 2)
    rng = np.random.default_rng(seed)
    one, other = reference_of(train, val), reference_of(rng.permutation(train), rng.permutation(val))
    np.testing.assert_allclose(distances(one, some), distances(other, some), atol=2e-3)
    assert one.threshold == pytest.approx(other.threshold, abs=2e-3)


@settings(max_examples=40)
@given(SIZES)
def test_the_components_keep_the_distances_up_to_what_is_folded_into_one_number(sizes):
    """The distance in the space is never more than that of the vectors themselves."""
    n, d, seed = sizes
    train, some = clips(n, d, seed), clips(7, d, seed + 2)
    reference = reference_of(train, some)
    true = np.sort(np.linalg.norm(some[:, None] - train[None], axis=2), axis=1)[:, min(5, n) - 1]
    assert (distances(reference, some) <= true + 2e-3).all()
    if min(n - 1, d) <= MOST_COMPONENTS and n > d:
        np.testing.assert_allclose(distances(reference, some), true, atol=2e-3)


def test_the_brightness_of_a_clip_and_the_steps_that_it_lacks_say_nothing():
    x = np.random.default_rng(0).random((4, 5, 8), dtype=np.float32)
    mask = np.ones((4, 5), bool)
    np.testing.assert_allclose(vectors(3 * x, mask), vectors(x, mask), rtol=1e-5)
    padded = np.pad(x, ((0, 0), (0, 2), (0, 0)), constant_values=9)
    np.testing.assert_allclose(vectors(padded, np.pad(mask, ((0, 0), (0, 2)))), vectors(x, mask), rtol=1e-6)


def test_samples_that_are_all_the_same_make_all_others_far():
    train = np.tile(clips(1, 8, 0), (10, 1))
    reference = reference_of(train, train[:3])
    assert (distances(reference, clips(4, 8, 5)) > reference.threshold + 0.01).all()
    assert np.isfinite(distances(reference, train)).all()
