"""Gathering what D' is made of from the feature store: into memory, or into a file where it is too large."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.core.files import remove_leftovers
from seqpipe.core.fingerprint import fingerprint
from seqpipe.data.memmap import Features, MemmapArray, RowsWriter, find_rows, new_rows
from seqpipe.extraction.store import is_damage, read_shard, shard_layout

Got = TypeVar("Got")


class MemmapPolicy(NamedTuple):
    """Where an x goes that is too large for memory."""

    folder: Path
    """Holds the x of one D' alone: what an earlier one has left there goes when the next is written."""
    in_memory_bytes: int
    """A larger x, counted in float32, is left in a file."""


def gathered(
    keys: list[str], index: pd.DataFrame, store: Path, memmap_policy: MemmapPolicy | None
) -> tuple[Features, np.ndarray, np.ndarray]:
    """x (N, T, D), times (N, T) and mask (N, T) of these keys, which lie where the index says.

    Raises:
        UserError: A shard is gone or damaged, has no features of a key any more, or has some of another size D.
    """
    wanted = _Wanted(keys, index, store)
    size, dtype = wanted.layout()
    shape = (*wanted.shape, size)
    if memmap_policy is not None and 4 * math.prod(shape) > memmap_policy.in_memory_bytes:
        return _mapped(wanted, memmap_policy, shape, dtype)
    x = np.zeros(shape, np.float32)

    def put(rows: np.ndarray, values: np.ndarray) -> None:
        x[rows, : len(values)] = values

    return x, *wanted.gather(put)


def _mapped(
    wanted: _Wanted, memmap_policy: MemmapPolicy, shape: tuple[int, int, int], dtype: np.dtype[Any]
) -> tuple[MemmapArray, np.ndarray, np.ndarray]:
    """As ``gathered``, x streamed into a file that is named by what decides it: if it is there, it stays."""
    path = memmap_policy.folder / f"{wanted.fingerprint()[:32]}.npy"
    found = find_rows(path, memmap_policy.in_memory_bytes)
    if found is not None:
        return found, *wanted.gather(None)
    remove_leftovers(memmap_policy.folder)
    with new_rows(path, shape, dtype) as put:
        times_s, mask = wanted.gather(put)
    return MemmapArray(path, memmap_policy.in_memory_bytes), times_s, mask


@dataclass(frozen=True)
class _Wanted:
    """What is to be gathered: these keys, where the index says they lie."""

    keys: list[str]
    index: pd.DataFrame
    store: Path

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.keys), int(self.index["frames"].max())

    def fingerprint(self) -> str:
        """Of what decides x, to the last bit."""
        of = sorted(set(self.index["fingerprint"]))
        return fingerprint({"features": of, "keys": self.keys, "frames": self.shape[1]})

    def layout(self) -> tuple[int, np.dtype[Any]]:
        """D and what the features are stored in."""
        return _from_shard(shard_layout, self.store, str(self.index["shard"].iloc[0]))

    def gather(self, put: RowsWriter | None) -> tuple[np.ndarray, np.ndarray]:
        """Times (N, T) and mask (N, T); ``put`` is given each sample's features (n, D) and rows, in no order.

        A shard is read once, whatever the order of the samples, and let go before the next: memory holds one.
        Without ``put`` no features are read.
        """
        rows = pd.Series(range(len(self.keys))).groupby(pd.Series(self.keys)).indices
        times_s, mask = np.zeros(self.shape, np.float32), np.zeros(self.shape, bool)
        size = None if put is None else self.layout()[0]
        for name in sorted(set(self.index["shard"])):
            shard = _from_shard(partial(read_shard, features=put is not None), self.store, name)
            for key in shard.keys() & rows.keys():
                (times, values), where = shard[key], np.asarray(rows[key])
                times_s[where, : len(times)], mask[where, : len(times)] = times, True
                if put is not None:
                    self._check_size(where, values, size)
                    put(where, values)
        if not mask.any(axis=1).all():
            raise UserError("The feature store has no features of some samples any more: run again from `features`.")
        return times_s, mask

    def _check_size(self, rows: np.ndarray, values: np.ndarray, size: int | None) -> None:
        """Raises a UserError where features (n, D) are of another D; they would be spread over all of x."""
        if values.shape[1] != size:
            first, other = self.index["id"].iloc[0], self.index["id"].iloc[int(rows[0])]
            raise UserError(
                f"The features of {other} have {values.shape[1]} numbers a step, those of {first} {size}: all samples "
                "need as many. Take the file that is of another form out and run again from `ingest`."
            )


def _from_shard(read: Callable[[Path], Got], store: Path, name: str) -> Got:
    try:
        return read(store / name)
    except (OSError, ValueError, KeyError, TypeError) as error:
        if is_damage(error):  # left there, its footer would go on telling `features` that nothing is missing
            (store / name).unlink(missing_ok=True)
        reason = " ".join(str(error).split())  # Arrow's take several lines
        raise UserError(f"The feature store's {name} cannot be read ({reason}): run again from `features`.") from error
