"""D' in one Parquet file, which pandas reads as it lies."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seqpipe.core.errors import UserError
from seqpipe.core.files import written_aside
from seqpipe.core.lineage import ATTRIBUTE, PANDAS_METADATA
from seqpipe.data.dataset import ROW_FIELDS, FeatureDataset
from seqpipe.data.memmap import MemmapArray, find_rows, new_rows
from seqpipe.extraction.store import is_damage, never_null
from seqpipe.targets.base import Columns
from seqpipe.targets.classes import ClassTargets
from seqpipe.targets.registry import targets_of

ROWS_A_GROUP = 64
METADATA = b"seqpipe.dataset"
_COLUMNS = {"ids": "id", "groups": "group", "splits": "split"}
"""Fields of strings, whose columns have another name."""


def write_dataset(dataset: FeatureDataset, path: Path) -> None:
    """Writes one Parquet file, a row a sample, that ``pandas.read_parquet`` reads as it lies.

    Columns: id, split, group, those of the targets (label, t; t; references), mask (T), times_s (T), x (T * D, frame
    after frame). T, D, what the targets tell of all, fingerprint, lineage and tokens are in the file's metadata and in
    the ``attrs`` of the DataFrame that pandas reads. Equal D' give equal bytes. Of an x that is left on disk it is
    told where, and its column is in the type it is stored in.
    """
    targets = dataset.targets.columns()
    schema = _schema(dataset, path, targets)
    with (
        written_aside(path) as aside,
        pq.ParquetWriter(aside, schema, compression="zstd", use_dictionary=False) as writer,
    ):
        for start in range(0, max(len(dataset), 1), ROWS_A_GROUP):
            writer.write_table(_rows(dataset, targets, slice(start, start + ROWS_A_GROUP), schema))


def is_written(dataset: FeatureDataset, path: Path) -> bool:
    """Whether this file holds this D', by its footer: then it need not be written again."""
    return _facts_in(path) == _facts(dataset, path)


def x_file_of(path: Path) -> Path | None:
    """Where the D' in this file has its x, if it left it on disk."""
    x_file = _facts_in(path).get("x_file")
    return None if x_file is None else path.parent / x_file


def remove_stale_x(dataset: FeatureDataset, before: Path | None) -> None:
    """Removes the x that was there ``before``, and whatever lies beside the one that ``dataset`` has on disk."""
    kept = dataset.x.path.resolve() if isinstance(dataset.x, MemmapArray) else None
    beside = kept.parent.glob("*.npy") if kept else ()
    for x_file in {*beside, *([before.resolve()] if before else [])} - {kept}:
        x_file.unlink(missing_ok=True)


def _facts_in(path: Path) -> dict[str, Any]:
    """What the footer tells; nothing where there is no such file or it is no D'."""
    try:
        facts: dict[str, Any] = json.loads(pq.read_schema(path).metadata[METADATA])
        return facts
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _facts(dataset: FeatureDataset, path: Path) -> dict[str, Any]:
    _, frames, size = dataset.x.shape
    facts: dict[str, Any] = {
        "T": frames,
        "D": size,
        "targets": dataset.targets.kind,
        **dataset.targets.facts(),
        "fingerprint": dataset.fingerprint,
        "digest": dataset.digest,
        ATTRIBUTE: dataset.lineage,
        **({"tokens": list(dataset.tokens)} if dataset.tokens else {}),
    }
    if isinstance(dataset.x, MemmapArray) and dataset.x.is_whole:
        facts |= {"x_file": os.path.relpath(dataset.x.path, path.parent), "in_memory_bytes": dataset.x.in_memory_bytes}
    return facts


def _schema(dataset: FeatureDataset, path: Path, targets: Columns) -> pa.Schema:
    told = json.dumps(_facts(dataset, path), sort_keys=True).encode()
    kinds = {name: pa.string() for name in ("id", "split", "group")}
    kinds |= {name: _type_of(values) for name, values in targets.items()}
    stored = dataset.x.stored_dtype if isinstance(dataset.x, MemmapArray) else np.float32
    for name, of in {"mask": pa.bool_(), "times_s": pa.float32(), "x": pa.from_numpy_dtype(stored)}.items():
        kinds[name] = pa.list_(never_null("element", of))
    columns = [never_null(name, kind) for name, kind in kinds.items()]
    return pa.schema(columns, metadata={METADATA: told, PANDAS_METADATA: told})


def _rows(dataset: FeatureDataset, targets: Columns, rows: slice, schema: pa.Schema) -> pa.Table:
    x = dataset.x.stored(rows) if isinstance(dataset.x, MemmapArray) else dataset.x[rows]
    columns = {
        "id": dataset.ids[rows],
        "split": dataset.splits[rows],
        "group": dataset.groups[rows],
        "mask": _lists(dataset.mask[rows], schema.field("mask").type),
        "times_s": _lists(dataset.times_s[rows], schema.field("times_s").type),
        "x": _lists(x.reshape(len(x), x[0].size if len(x) else 0), schema.field("x").type),
    }
    of_targets = {name: _column(values[rows], schema.field(name)) for name, values in targets.items()}
    return pa.table(columns | of_targets, schema=schema)


def _type_of(values: Any) -> pa.DataType:
    """Of a column of targets: numbers, words, or lists of either."""
    if not isinstance(values, np.ndarray):
        return pa.list_(never_null("element", pa.string()))
    if values.dtype == object:
        return pa.string()
    number = pa.from_numpy_dtype(values.dtype)
    return number if values.ndim == 1 else pa.list_(never_null("element", number))


def _column(values: Any, of: pa.Field) -> Any:
    if isinstance(values, np.ndarray):
        return values if values.ndim == 1 else _lists(values, of.type)
    return pa.array(values, of.type)


def _lists(values: np.ndarray, kind: pa.DataType) -> pa.ListArray:
    offsets = np.arange(len(values) + 1, dtype=np.int32) * values.shape[1]
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values.reshape(-1)), type=kind)


def read_parts(path: Path, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Fields of the D' in a file by their names, x as it is stored, a few samples at a time: it need not fit in memory.

    Raises:
        UserError: The file is missing or is no D'.
    """
    columns = [_COLUMNS.get(name, name) for name in names]
    try:
        with pq.ParquetFile(path) as file:
            facts = json.loads(file.schema_arrow.metadata[METADATA])
            for n in range(file.num_row_groups):
                yield _arrays(file.read_row_group(n, columns), facts, names)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is no D' that can be read ({error}): run again from `build_dataset`.") from error


def digest_in(path: Path) -> str | None:
    """The digest of the D' in this file, by its footer; None where there is none."""
    return _facts_in(path).get("digest")


def holds_tokens(path: Path) -> bool:
    """Whether the D' in this file is of tokens, by its footer."""
    return bool(_facts_in(path).get("tokens"))


def read_dataset(path: Path) -> FeatureDataset:
    """Reads what ``write_dataset`` wrote; an x that was left on disk stays there.

    Raises:
        UserError: The file is missing or is no D'.
    """
    try:
        with pq.ParquetFile(path) as file:
            facts = json.loads(file.schema_arrow.metadata[METADATA])
            x = _mapped_x(file, facts, path) if "x_file" in facts else None
            of_targets = _target_columns(file.schema_arrow)
            arrays = _all_rows(file, facts, [*(ROW_FIELDS if x is None else ROW_FIELDS[1:]), *of_targets])
    except (OSError, ValueError, KeyError, TypeError) as error:
        if is_damage(error):  # left there, its footer would go on telling that nothing has to be written
            path.unlink(missing_ok=True)
        raise UserError(f"{path} is no D' that can be read ({error}): run again from `build_dataset`.") from error
    if x is not None:
        arrays["x"] = x
    targets = targets_of(
        facts.get("targets", ClassTargets.kind), {name: arrays.pop(name) for name in of_targets}, facts
    )
    return FeatureDataset(
        **arrays,
        targets=targets,
        fingerprint=facts["fingerprint"],
        lineage=facts.get(ATTRIBUTE, {}),
        tokens=tuple(facts.get("tokens", ())),
    )


def _target_columns(schema: pa.Schema) -> list[str]:
    """The columns that are of the targets."""
    own = {_COLUMNS.get(name, name) for name in ROW_FIELDS}
    return [name for name in schema.names if name not in own]


def _mapped_x(file: pq.ParquetFile, facts: dict[str, Any], path: Path) -> MemmapArray:
    """The file of x, written again from the Parquet file if it is gone."""
    x_file, in_memory_bytes = path.parent / facts["x_file"], facts["in_memory_bytes"]
    found = find_rows(x_file, in_memory_bytes)
    if found is not None:
        return found
    shape = (file.metadata.num_rows, facts["T"], facts["D"])
    of = np.dtype(file.schema_arrow.field("x").type.value_type.to_pandas_dtype())
    with new_rows(x_file, shape, of) as put:
        for group in range(file.num_row_groups):
            for n, values in enumerate(_arrays(file.read_row_group(group, ["x"]), facts, ["x"])["x"]):
                put(np.array([group * ROWS_A_GROUP + n]), values)
    return MemmapArray(x_file, in_memory_bytes)


def _all_rows(file: pq.ParquetFile, facts: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    columns = [_COLUMNS.get(name, name) for name in names]
    groups = [_arrays(file.read_row_group(n, columns), facts, names) for n in range(file.num_row_groups)]
    arrays = {name: _together([group[name] for group in groups]) for name in names}
    if "x" in arrays:
        arrays["x"] = arrays["x"].astype(np.float32, copy=False)  # a part of an x on disk is written as it is stored
    return arrays


def _together(parts: list[Any]) -> Any:
    return [row for part in parts for row in part] if isinstance(parts[0], list) else np.concatenate(parts)


def _arrays(table: pa.Table, facts: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    shapes = {"x": (-1, facts["T"], facts["D"])}
    return {name: _array(table[_COLUMNS.get(name, name)], shapes.get(name, (-1, facts["T"]))) for name in names}


def _array(column: pa.ChunkedArray, shape: tuple[int, ...]) -> Any:
    """A column of numbers, (n,), or of lists of them, by their shape; of words; or of lists of words, as lists."""
    of = column.type
    if pa.types.is_list(of) and not pa.types.is_string(of.value_type):
        return column.combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(shape)
    if pa.types.is_list(of):
        return column.to_pylist()
    return np.array(column.to_pylist(), dtype=object) if pa.types.is_string(of) else column.to_numpy()
