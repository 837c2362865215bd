"""Arrays in a file come back with their numbers, dtype and layout."""

import numpy as np
import pytest

from seqpipe.models.arrays import compact, load_arrays, save_arrays

MATRIX = np.arange(12.0).reshape(3, 4)


@pytest.mark.parametrize(
    "array",
    [MATRIX, np.asfortranarray(MATRIX), MATRIX[:1], np.arange(3, dtype=np.int32), np.zeros(0), np.array(0.1)],
    ids=["by row", "by column", "one row", "vector", "empty", "number"],
)
def test_what_is_read_is_what_was_written(array, tmp_path):
    save_arrays({"a": array, "b": MATRIX}, tmp_path / "arrays.safetensors")
    read = load_arrays(tmp_path / "arrays.safetensors")
    assert sorted(read) == ["a", "b"]
    assert np.array_equal(read["a"], array)
    assert (read["a"].dtype, read["a"].shape, read["a"].strides) == (array.dtype, array.shape, array.strides)
    assert read["a"].flags.writeable


@pytest.mark.parametrize("part", [MATRIX[:, :2], np.asfortranarray(MATRIX)[:2]], ids=["by row", "by column"])
def test_gaps_in_memory_are_refused_and_closed_in_the_same_layout(part, tmp_path):
    with pytest.raises(ValueError, match=r"without gaps.*got part"):
        save_arrays({"part": part}, tmp_path / "arrays.safetensors")
    closed = compact(part)
    assert np.array_equal(closed, part)
    assert closed.flags.forc
    assert (closed.strides[0] > closed.strides[1]) == (part.strides[0] > part.strides[1])
    save_arrays({"part": closed}, tmp_path / "arrays.safetensors")
    assert load_arrays(tmp_path / "arrays.safetensors")["part"].strides == closed.strides
