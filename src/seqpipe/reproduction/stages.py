"""What a run has made, stage by stage, in digests: of two runs the first that differ tell where they part."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seqpipe.core.fingerprint import Digest, fingerprint
from seqpipe.core.lineage import samples_digest
from seqpipe.data.dataset import FeatureDataset
from seqpipe.evaluation.results import Results
from seqpipe.reproduction.record import path_digest

STAGES, FEATURES = "stages.json", "features.parquet"
COSTS = ("_seconds", "_mib", "_mb", "_per_second")
"""How the names of columns and numbers end that a clock or the system's memory decides, and no result."""
IN_ORDER = ("samples", "features", "D'", "model", "predictions", "metrics", "table")
"""The kinds of stages, as a run makes them."""


@dataclass(frozen=True)
class StageDigest:
    """What a stage has made.

    Attributes:
        kind: One of ``IN_ORDER``.
        entry: The name of the catalog's entry.
        digest: Of what it holds.
        numbers: The metrics, where it is these.
    """

    kind: str
    entry: str
    digest: str
    numbers: Mapping[str, float]


def stages_of(entry: str, data: Any, path: Path) -> list[StageDigest]:
    """What is told of an output: several stages of D', and none of what no result rests on (figures, pages).

    Args:
        entry: The name of the catalog's entry.
        data: What was saved.
        path: Where it lies.
    """
    if isinstance(data, FeatureDataset):
        features = features_table(data)
        kept = StageDigest("features", entry, table_digest(features), {})
        return [kept, StageDigest("D'", entry, data.digest, {})]
    if isinstance(data, Results):
        numbers = {name: value for name, value in data.metrics.items() if not name.endswith(COSTS)}
        return [StageDigest("metrics", entry, fingerprint(_told(numbers)), numbers)]
    last = entry.rpartition(".")[2]
    if isinstance(data, pd.DataFrame):
        return _of_table(entry, last, data)
    return [StageDigest("model", entry, path_digest(path), {})] if last == "model" else []


def _of_table(entry: str, last: str, data: pd.DataFrame) -> list[StageDigest]:
    if last == "samples":
        return [StageDigest("samples", entry, samples_digest(data), {})]
    if last in NOT_JUDGED:
        return []
    kind = "predictions" if last == "predictions" else "table"
    return [StageDigest(kind, entry, table_digest(data, TIMED.get(last, "")), {})]


NOT_JUDGED = {"listing", "feature_index", "quarantine", "annotations", "marks", "history", "trials", "leaderboard"}
"""Tables that say where things lie, or again what another stage has said."""


def features_table(dataset: FeatureDataset) -> pd.DataFrame:
    """id, digest and norm of the features of each sample, by which two runs tell how many differ, and by how much."""
    rows = []
    for n, id_ in enumerate(dataset.ids):
        x = np.asarray(dataset.x[n : n + 1], np.float32)[0][dataset.mask[n]]
        digest = Digest([])
        digest.add_array("x", x.dtype, x.shape, [x])
        rows.append((str(id_), digest.hexdigest(), float(np.linalg.norm(x.astype(np.float64)))))
    return pd.DataFrame(rows, columns=["id", "digest", "norm"])


TIMED = {"truncation": "seconds", "exams": "seconds"}
"""Tables of which a column of this name is a clock's; in others it is a time of the samples."""


def table_digest(table: pd.DataFrame, clock: str = "") -> str:
    """Of the columns of a table and all that they hold, but for what things cost, and for the column ``clock``."""
    digest = Digest([len(table)])
    for name in table:
        if str(name).endswith(COSTS) or name == clock:
            continue
        values = table[name].to_numpy()
        if values.dtype.kind in "biuf":
            digest.add_array(str(name), values.dtype, values.shape, [values])
        else:
            digest.add([str(name), [_told(value) for value in values]])
    return digest.hexdigest()


def _told(value: Any) -> Any:
    """As JSON can hold it, the same for the same bits."""
    if isinstance(value, np.ndarray | list | tuple):
        return [_told(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): _told(one) for name, one in value.items()}
    if isinstance(value, float | np.floating):
        return float(value).hex()
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def write_stages(stages: Sequence[StageDigest], folder: Path) -> Path:
    """Writes ``stages.json``; returns the file."""
    file = folder / STAGES
    file.write_text(json.dumps([asdict(stage) for stage in stages], indent=2, default=float) + "\n", encoding="utf-8")
    return file


def read_stages(folder: Path) -> list[StageDigest]:
    """Reads what ``write_stages`` wrote."""
    return [StageDigest(**told) for told in json.loads((folder / STAGES).read_text(encoding="utf-8"))]
