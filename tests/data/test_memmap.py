"""An x on disk answers as one in memory does, and holds nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpipe.data import memmap as mapped
from seqpipe.data.memmap import MemmapArray, new_rows, slices_of, subset

PLENTY = 10**9


def written(path, x, order=None):
    with new_rows(path, x.shape, x.dtype) as put:
        for row in range(len(x)) if order is None else order:
            put(np.array([row]), x[row])
    return MemmapArray(path, PLENTY)


@pytest.fixture(scope="module", params=[np.float16, np.float32])
def both(request, tmp_path_factory):
    x = np.random.default_rng(0).normal(size=(23, 3, 5)).astype(request.param)
    path = tmp_path_factory.mktemp("x") / "x.npy"
    return written(path, x, np.random.default_rng(1).permutation(23)), x.astype(np.float32)


@settings(deadline=None, max_examples=40)
@given(chosen=st.lists(st.integers(0, 22), min_size=1), start=st.integers(0, 30), length=st.integers(0, 30))
def test_it_is_indexed_as_the_array_is(both, chosen, start, length):
    x, dense = both
    some, few = x.take(np.array(chosen)), dense[chosen]
    where = slice(start, start + length)
    mask = np.arange(len(few)) % 2 == 0
    assert some.shape == few.shape
    for index in (where, mask, np.flatnonzero(mask), -1):
        got = some[index]
        assert got.dtype == np.float32
        assert np.array_equal(got, few[index])
    assert np.array_equal(np.concatenate([some[rows] for rows in some.slices()]), few)


def test_taking_some_reads_and_copies_nothing(both, monkeypatch):
    x, _ = both
    monkeypatch.setattr(MemmapArray, "stored", lambda *_: pytest.fail("it was read"))
    part = subset(x, np.array([3, 1]))
    assert len(part) == 2
    assert part._values is x._values
    assert not part.is_whole
    assert x.is_whole


def test_what_is_given_out_is_the_reader_s_own(both):
    x, dense = both
    x[0:2][:] = 7.0
    x[0][:] = 7.0
    assert np.array_equal(x[0:2], dense[0:2])


@given(st.integers(1, 4000))
def test_slices_cover_every_sample_once_and_are_small(both, nbytes):
    x, _ = both
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mapped, "CHUNK_BYTES", nbytes)
        slices = slices_of(x)
    assert np.array_equal(np.concatenate([np.arange(23)[rows] for rows in slices]), np.arange(23))
    assert all(4 * 15 * (rows.stop - rows.start) <= max(nbytes, 60) for rows in slices)


def test_an_array_is_one_slice():
    assert slices_of(np.zeros((4, 1, 1))) == [slice(0, 4)]


def test_frames_that_are_not_put_are_zeros(tmp_path):
    with new_rows(tmp_path / "x.npy", (3, 2, 2), np.dtype(np.float16)) as put:
        put(np.array([2, 0]), np.ones((1, 2), np.float16))
    x = np.load(tmp_path / "x.npy")
    assert x.dtype == np.float16
    assert x[:, 0].tolist() == [[1, 1], [0, 0], [1, 1]]
    assert not x[:, 1].any()


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    def interrupted():
        with new_rows(tmp_path / "x.npy", (3, 2, 2), np.dtype(np.float16)) as put:
            put(np.array([0]), np.ones((1, 2), np.float16))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []
    x = written(tmp_path / "x.npy", np.ones((3, 2, 2), np.float32))
    x.path.write_bytes(x.path.read_bytes()[:-4])
    with pytest.raises((OSError, ValueError)):
        MemmapArray(x.path, PLENTY)
