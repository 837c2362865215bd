"""Arrays by name in a safetensors file that come back as they were: same numbers, dtype and layout in memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

BY_COLUMN = "F"


def save_arrays(arrays: Mapping[str, np.ndarray], path: Path) -> None:
    """Writes arrays that lie row by row or column by column; the file's metadata name those of the second kind.

    The last bits of a matrix product depend on the layout, and a model that is read is to answer as the fitted one.

    Raises:
        ValueError: An array lies in memory with gaps; ``compact`` closes them.
    """
    gaps = [name for name, array in arrays.items() if not array.flags.forc]
    if gaps:
        raise ValueError(f"Expected arrays without gaps in memory (see compact), got {', '.join(gaps)}.")
    by_column = {name: BY_COLUMN for name, array in arrays.items() if is_by_column(array)}
    save_file({name: np.asarray(array, order="C") for name, array in arrays.items()}, path, metadata=by_column)


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """What ``save_arrays`` wrote."""
    with safe_open(path, "numpy") as file:
        order = file.metadata() or {}
        return {name: np.array(file.get_tensor(name), order=order.get(name, "C")) for name in file.keys()}  # noqa: SIM118


def compact(array: np.ndarray) -> np.ndarray:
    """A copy without gaps, its axes in memory in the order they were in: a part of a matrix as one of its own."""
    return array.copy(order="K")


def is_by_column(array: np.ndarray) -> bool:
    """Whether a matrix lies column by column in memory, and not row by row as well."""
    return bool(array.flags.f_contiguous and not array.flags.c_contiguous)
