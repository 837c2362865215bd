"""D' = {(x'_1, t_1), ..., (x'_N, t_N)}: the dataset that classifiers are trained on, in one Parquet file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from seqpipe.errors import UserError
from seqpipe.features.extraction import sample_keys
from seqpipe.features.store import is_damage, never_null, read_shard
from seqpipe.files import written_aside

ROWS_A_GROUP = 64
METADATA = b"seqpipe.dprime"
PANDAS_METADATA = b"PANDAS_ATTRS"
"""Where pandas looks for ``DataFrame.attrs``."""


@dataclass(frozen=True, eq=False)
class DPrime:
    """N samples of T frames with D features each.

    Attributes:
        x: (N, T, D) float32; zeros where there is no frame.
        mask: (N, T) bool, True where a frame is real. Real frames come first.
        times_s: (N, T) float32, each frame's time in its sample in seconds; zero where there is no frame.
        t: (N,) int64, the label as an index into ``class_names``.
        ids, groups, splits: (N,) of str.
        class_names: The K classes, sorted.
        fingerprint: Of everything that decided the features.
    """

    x: np.ndarray
    mask: np.ndarray
    times_s: np.ndarray
    t: np.ndarray
    ids: np.ndarray
    groups: np.ndarray
    splits: np.ndarray
    class_names: tuple[str, ...]
    fingerprint: str

    def __len__(self) -> int:
        return len(self.t)

    def part(self, *splits: str) -> DPrime:
        """The samples of these splits; the classes stay those of the whole."""
        chosen = np.isin(self.splits, splits)
        rows = {name: getattr(self, name)[chosen] for name in _ROW_FIELDS}
        return replace(self, **rows)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over every array, name and class."""
        digest = hashlib.sha256()
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray) and value.dtype != object:
                digest.update(f"{field.name} {value.dtype} {value.shape}".encode())
                digest.update(np.ascontiguousarray(value).data)
            else:
                told = value if isinstance(value, str) else list(value)
                digest.update(f"{field.name} {json.dumps(told)}".encode())
        return digest.hexdigest()


_ROW_FIELDS = ("x", "mask", "times_s", "t", "ids", "groups", "splits")


def build_dprime(samples: pd.DataFrame, index: pd.DataFrame, store: Path) -> DPrime:
    """Gathers D' from the store; T is the most frames that a sample has there, shorter ones are padded and masked.

    Args:
        samples: The samples' table: id, kind, sha256, label, group, split.
        index: What ``extract`` gave for them.
        store: Root folder of the feature store.

    Raises:
        UserError: The index does not belong to these samples, or a shard is gone or damaged.
    """
    _check_index(samples, index)
    x, times_s, mask = _gathered(sample_keys(samples), index, store)
    class_names = tuple(sorted(set(samples["label"])))
    return DPrime(
        x=x,
        mask=mask,
        times_s=times_s,
        t=np.array([class_names.index(label) for label in samples["label"]], np.int64),
        ids=_strings(samples["id"]),
        groups=_strings(samples["group"]),
        splits=_strings(samples["split"]),
        class_names=class_names,
        fingerprint=str(index["fingerprint"].iloc[0]),
    )


def _strings(column: pd.Series) -> np.ndarray:
    return column.astype(str).to_numpy(dtype=object)


def _check_index(samples: pd.DataFrame, index: pd.DataFrame) -> None:
    if list(samples["id"]) != list(index["id"]) or list(samples["sha256"]) != list(index["sha256"]):
        raise UserError("The feature index does not belong to these samples: run again from `features`.")


def _gathered(keys: list[str], index: pd.DataFrame, store: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x (N, T, D), times (N, T) and mask (N, T) of these keys.

    A shard is read once, whatever the order of the samples, and let go before the next: memory holds x and one shard.
    """
    rows = pd.Series(range(len(keys))).groupby(pd.Series(keys)).indices
    shape = (len(keys), int(index["frames"].max()))
    x, times_s, mask = np.zeros((*shape, 0), np.float32), np.zeros(shape, np.float32), np.zeros(shape, bool)
    for name in sorted(set(index["shard"])):
        shard = _shard(store, name)
        if not x.size:
            size = next(iter(shard.values()))[1].shape[1]
            x = np.zeros((*shape, size), np.float32)
        for key in shard.keys() & rows.keys():
            times, values = shard[key]
            frames = (rows[key], slice(len(values)))
            x[frames], times_s[frames], mask[frames] = values, times, True
    if not mask.any(axis=1).all():
        raise UserError("The feature store has no features of some samples any more: run again from `features`.")
    return x, times_s, mask


def _shard(store: Path, name: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    try:
        return read_shard(store / name)
    except (OSError, ValueError, KeyError, TypeError) as error:
        if is_damage(error):  # left there, its footer would go on telling `features` that nothing is missing
            (store / name).unlink(missing_ok=True)
        reason = " ".join(str(error).split())  # Arrow's take several lines
        raise UserError(f"The feature store's {name} cannot be read ({reason}): run again from `features`.") from error


def write_dprime(dprime: DPrime, path: Path) -> None:
    """Writes one Parquet file, a row a sample, that ``pandas.read_parquet`` reads as it lies.

    Columns: id, split, group, label, t, mask (T), times_s (T), x (T * D, frame after frame). T, D,
    class_names and fingerprint are in the file's metadata and in the ``attrs`` of the DataFrame that pandas
    reads. Equal D' give equal bytes.
    """
    schema = _schema(dprime)
    with (
        written_aside(path) as aside,
        pq.ParquetWriter(aside, schema, compression="zstd", use_dictionary=False) as writer,
    ):
        for start in range(0, max(len(dprime), 1), ROWS_A_GROUP):
            writer.write_table(_rows(dprime, slice(start, start + ROWS_A_GROUP), schema))


def _schema(dprime: DPrime) -> pa.Schema:
    _, frames, size = dprime.x.shape
    facts: dict[str, Any] = {
        "T": frames,
        "D": size,
        "class_names": list(dprime.class_names),
        "fingerprint": dprime.fingerprint,
        "digest": dprime.digest,
    }
    told = json.dumps(facts, sort_keys=True).encode()
    kinds = {name: pa.string() for name in ("id", "split", "group", "label")} | {"t": pa.int64()}
    for name, of in {"mask": pa.bool_(), "times_s": pa.float32(), "x": pa.float32()}.items():
        kinds[name] = pa.list_(never_null("element", of))
    columns = [never_null(name, kind) for name, kind in kinds.items()]
    return pa.schema(columns, metadata={METADATA: told, PANDAS_METADATA: told})


def _rows(dprime: DPrime, rows: slice, schema: pa.Schema) -> pa.Table:
    t = dprime.t[rows]
    columns = {
        "id": dprime.ids[rows],
        "split": dprime.splits[rows],
        "group": dprime.groups[rows],
        "label": [dprime.class_names[k] for k in t],
        "t": t,
        "mask": _lists(dprime.mask[rows], schema.field("mask").type),
        "times_s": _lists(dprime.times_s[rows], schema.field("times_s").type),
        "x": _lists(dprime.x[rows].reshape(len(t), dprime.x[0].size if len(dprime) else 0), schema.field("x").type),
    }
    return pa.table(columns, schema=schema)


def _lists(values: np.ndarray, kind: pa.DataType) -> pa.ListArray:
    offsets = np.arange(len(values) + 1, dtype=np.int32) * values.shape[1]
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values.reshape(-1)), type=kind)


def read_dprime(path: Path) -> DPrime:
    """Reads what ``write_dprime`` wrote.

    Raises:
        UserError: The file is missing or is no D'.
    """
    try:
        with pq.ParquetFile(path) as file:
            facts = json.loads(file.schema_arrow.metadata[METADATA])
            groups = [_arrays(file.read_row_group(i), facts["T"], facts["D"]) for i in range(file.num_row_groups)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        if is_damage(error):  # left there, its footer would go on telling that nothing has to be written
            path.unlink(missing_ok=True)
        raise UserError(f"{path} is no D' that can be read ({error}): run again from `build_dprime`.") from error
    arrays = {name: np.concatenate([group[name] for group in groups]) for name in _ROW_FIELDS}
    return DPrime(**arrays, class_names=tuple(facts["class_names"]), fingerprint=facts["fingerprint"])


def written_digest(path: Path) -> str | None:
    """The digest of the D' in this file, from its footer; None where there is no such file or it is no D'."""
    try:
        facts = json.loads(pq.read_schema(path).metadata[METADATA])
        return str(facts["digest"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _arrays(table: pa.Table, frames: int, size: int) -> dict[str, np.ndarray]:
    def flat(name: str) -> np.ndarray:
        return table[name].combine_chunks().flatten().to_numpy(zero_copy_only=False)

    strings = {"ids": "id", "groups": "group", "splits": "split"}
    return {
        "x": flat("x").reshape(-1, frames, size),
        "mask": flat("mask").reshape(-1, frames),
        "times_s": flat("times_s").reshape(-1, frames),
        "t": table["t"].to_numpy(),
        **{name: np.array(table[column].to_pylist(), dtype=object) for name, column in strings.items()},
    }
