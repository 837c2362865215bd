"""A frame dataset in one Parquet file: who the samples are, and where in the cache each of their frames lies."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.core.lineage import ATTRIBUTE
from seqpipe.data.frame_cache import Frames
from seqpipe.data.frame_dataset import FrameDataset, arrays_of
from seqpipe.data.frame_shards import Place
from seqpipe.targets.base import Targets
from seqpipe.targets.registry import targets_of

SHARDS, TARGETS, FINGERPRINT, STREAM = "shards", "targets", "fingerprint", "stream"
OWN = ("id", "group", "split", "content", "times_s", "places")
"""The columns that are not of the targets."""
WIDTH = len(Place._fields)


def write_frame_dataset(dataset: FrameDataset, path: Path) -> None:
    """A row a sample: id, group, split, content, times_s, places (a `Place` a frame, one after another), and targets.

    The shards of the cache, by their paths from this file, what the targets tell of all, fingerprint, stream and
    lineage are in the ``attrs`` of the table that pandas reads.
    """
    frames = dataset.frames
    rows = dataset.rows.tolist()
    table = pd.DataFrame(
        {
            "id": dataset.ids,
            "group": dataset.groups,
            "split": dataset.splits,
            "content": [frames.keys[row] for row in rows],
            "times_s": list(dataset.times_s),
            "places": [frames.places[frames.starts[row] : frames.starts[row + 1]].reshape(-1) for row in rows],
            **{name: list(values) for name, values in dataset.targets.columns().items()},
        }
    )
    table.attrs = {
        SHARDS: [os.path.relpath(shard, path.parent) for shard in frames.shards],
        TARGETS: {"kind": dataset.targets.kind, **dataset.targets.facts()},
        FINGERPRINT: dataset.fingerprint,
        STREAM: frames.stream,
        ATTRIBUTE: dataset.lineage,
    }
    table.to_parquet(path, index=False)


def read_frame_dataset(path: Path) -> FrameDataset:
    """Reads what `write_frame_dataset` wrote; the frames stay where they are.

    Raises:
        UserError: The file is no frame dataset.
    """
    try:
        table = pd.read_parquet(path)
        strings = {name: table[name].to_numpy(dtype=object) for name in ("id", "group", "split")}
        return FrameDataset(
            frames=_frames(table, path.parent),
            rows=np.arange(len(table)),
            targets=_targets(table),
            ids=strings["id"],
            groups=strings["group"],
            splits=strings["split"],
            times_s=arrays_of(table["times_s"]),
            fingerprint=table.attrs[FINGERPRINT],
            lineage=table.attrs.get(ATTRIBUTE, {}),
        )
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            f"{path} is no frame dataset that can be read ({error}): run again from `cache_frames`."
        ) from error


def _targets(table: pd.DataFrame) -> Targets:
    facts = dict(table.attrs[TARGETS])
    return targets_of(
        facts.pop("kind"), {str(name): table[name].to_numpy() for name in table if name not in OWN}, facts
    )


def _frames(table: pd.DataFrame, folder: Path) -> Frames:
    places = [np.asarray(flat, np.int64).reshape(-1, WIDTH) for flat in table["places"]]
    return Frames(
        keys=list(table["content"]),
        shards=[(folder / shard).resolve() for shard in table.attrs[SHARDS]],
        places=np.concatenate(places) if places else np.empty((0, WIDTH), np.int64),
        starts=np.cumsum([0, *map(len, places)]),
        stream=table.attrs.get(STREAM, "rgb"),  # versions of before knew no other
    )
