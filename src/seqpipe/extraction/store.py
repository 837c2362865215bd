"""The feature store: Parquet shards of features, keyed by the content they were computed from.

    <root>/<fingerprint>/meta.json          what the features are: backbone, layer, sampling, precision
    <root>/<fingerprint>/shards/*.parquet   a row a frame: key, frame, time_s, x

Another layer or backbone has another fingerprint, hence another folder beside the first. Shards appear whole
(written aside, then renamed) and are never changed, so several processes may write and read at once.
"""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seqpipe.core.files import remove_leftovers, write_first, written_aside
from seqpipe.core.fingerprint import fingerprint

log = logging.getLogger(__name__)

FLUSH_SECONDS = 5.0
"""A shard is written at least this often while samples arrive: what a kill loses at most."""
FLUSH_BYTES = 64 * 2**20
"""... and whenever this much waits in memory."""
SHARD_METADATA = b"seqpipe.keys"


class Stored(NamedTuple):
    """Where a sample's features lie."""

    shard: str
    """Path relative to the store's root."""
    frames: int


class FeatureStore:
    """The shards of one fingerprint under ``root``.

    Args:
        root: Holds the folders of all fingerprints.
        facts: What decides the features, as JSON; kept in ``meta.json`` for people to read.
    """

    def __init__(self, root: Path, facts: dict[str, Any]) -> None:
        self.root = root
        self.fingerprint = fingerprint(facts)
        self.folder = root / self.fingerprint
        self.shards = self.folder / "shards"
        self.shards.mkdir(parents=True, exist_ok=True)
        self._facts = facts
        if remove_leftovers(self.shards) + remove_leftovers(self.folder):
            log.info("Removed what an interrupted run had left half written in the feature store.")

    def remembered(self, **decisions: Any) -> dict[str, Any]:
        """Decisions taken when the store was first opened; a later run abides by them, not by its own."""
        meta = self.folder / "meta.json"
        if not meta.exists():
            content = {"fingerprint": self.fingerprint, "facts": self._facts, "decisions": decisions}
            write_first(meta, json.dumps(content, indent=2) + "\n")
        return json.loads(meta.read_text())["decisions"]

    def scan(self) -> dict[str, Stored]:
        """Every key in the store, read from the shards' footers alone; a damaged shard counts as missing."""
        found: dict[str, Stored] = {}
        for path in sorted(self.shards.glob("*.parquet")):
            relative = path.relative_to(self.root).as_posix()
            for key, frames in _keys_in(path):
                found.setdefault(key, Stored(relative, frames))
        return found

    def writer(self, dtype: str, shard_samples: int) -> ShardWriter:
        """Collects samples into shards of at most ``shard_samples``."""
        return ShardWriter(self.shards, dtype, shard_samples)


class ShardWriter:
    """Buffers samples and writes them as shards; use it as a context manager.

    Leaving the block writes the rest, also when it is left by an error: what is finished is finished.
    """

    def __init__(self, folder: Path, dtype: str, shard_samples: int) -> None:
        self._folder = folder
        self._dtype = np.dtype(dtype)
        self._shard_samples = shard_samples
        self._samples: list[tuple[str, np.ndarray, np.ndarray]] = []
        self._bytes = 0
        self._last_flush = time.monotonic()

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()

    def add(self, key: str, times_s: list[float], x: np.ndarray) -> None:
        """One finished sample: times (n,) in seconds and features (n, D)."""
        self._samples.append((key, np.asarray(times_s, np.float32), x.astype(self._dtype)))
        self._bytes += self._samples[-1][2].nbytes
        waited = time.monotonic() - self._last_flush
        if len(self._samples) >= self._shard_samples or self._bytes >= FLUSH_BYTES or waited >= FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Writes what is buffered as one shard, named by the keys in it."""
        if self._samples:
            name = fingerprint([key for key, _, _ in self._samples])
            with written_aside(self._folder / f"{name}.parquet") as aside:
                pq.write_table(_shard_table(self._samples), aside, compression="zstd", use_dictionary=["key"])
        self._samples, self._bytes, self._last_flush = [], 0, time.monotonic()


def _shard_table(samples: list[tuple[str, np.ndarray, np.ndarray]]) -> pa.Table:
    x = np.concatenate([features for _, _, features in samples])
    frames = [len(features) for _, _, features in samples]
    values = pa.array(x.reshape(-1))
    columns = {
        "key": pa.array(np.repeat([key for key, _, _ in samples], frames)),
        "frame": pa.array(np.concatenate([np.arange(n, dtype=np.int32) for n in frames])),
        "time_s": pa.array(np.concatenate([times for _, times, _ in samples])),
        "x": pa.FixedSizeListArray.from_arrays(values, type=pa.list_(never_null("element", values.type), x.shape[1])),
    }
    keys = json.dumps([[key, n] for (key, _, _), n in zip(samples, frames, strict=True)])
    schema = pa.schema([never_null(name, column.type) for name, column in columns.items()])
    return pa.table(columns, schema=schema.with_metadata({SHARD_METADATA: keys.encode()}))


def never_null(name: str, kind: pa.DataType) -> pa.Field:
    """A column without nulls: a list's is read three times as fast, with no marks for those that might be."""
    return pa.field(name, kind, nullable=False)


def _keys_in(shard: Path) -> list[tuple[str, int]]:
    try:
        return json.loads(pq.read_metadata(shard).metadata[SHARD_METADATA])
    except FileNotFoundError:  # another process has found it damaged
        return []
    except (OSError, KeyError, TypeError, ValueError) as error:
        if not is_damage(error):
            raise
        log.warning("The shard %s of the feature store is damaged (%s): its samples are done again.", shard, error)
        shard.unlink(missing_ok=True)
        return []


def is_damage(error: Exception) -> bool:
    """Whether a shard's content is at fault, not the way to it: a full disk or a lost mount damages nothing.

    Arrow tells bytes that it cannot parse as ValueError, or as OSError without the system's number.
    """
    return not isinstance(error, OSError) or error.errno is None


def read_shard(path: Path, features: bool = True) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """A shard's samples: key to times (n,) float32 in seconds and features (n, D); (n, 0) where none are wanted."""
    with pq.ParquetFile(path) as file:
        table = file.read(None if features else ["key", "time_s"]).combine_chunks()
    keys = table["key"].to_numpy(zero_copy_only=False)
    x = np.empty((len(keys), 0), np.float32)
    if features:
        x = table["x"].chunk(0).flatten().to_numpy(zero_copy_only=False).reshape(len(keys), -1)
    times_s = table["time_s"].to_numpy()
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    ends = np.r_[starts[1:], len(keys)]
    return {keys[a]: (times_s[a:b], x[a:b]) for a, b in zip(starts, ends, strict=True)}


def shard_layout(path: Path) -> tuple[int, np.dtype[Any]]:
    """D and the features' type in a shard, from its footer."""
    kind = pq.read_schema(path).field("x").type
    return kind.list_size, np.dtype(kind.value_type.to_pandas_dtype())
