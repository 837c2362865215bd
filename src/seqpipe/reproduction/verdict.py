"""Whether two runs have made the same, stage by stage; and if not, where they part, by how much, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqpipe.evaluation.predictions import PROBABILITY
from seqpipe.reproduction.differences import Difference
from seqpipe.reproduction.samples import changed_samples
from seqpipe.reproduction.stages import IN_ORDER, StageDigest

SAME, DIFFERS, LACKING = "same bits", "differs", "not made"
COLUMNS = ("stage", "entry", "verdict", "how much", "before", "now")

DECIDED_BY: Mapping[str, frozenset[str]] = {
    "samples": frozenset({"data", "code", "package"}),
    "features": frozenset({"data", "code", "package", "machine", "variable", "weights"}),
}
"""By the kind of a stage, the kinds of differences that can reach it; all others any can reach."""
OF_SAMPLES = ("corpus.", "runtime.seed", "moving_digits.", "digits_and_shapes.", "action_sequences.")
OF_FEATURES = (*OF_SAMPLES, "runtime.", "backbone.", "source.", "features.", "clip.")
GROUPS: Mapping[str, tuple[str, ...]] = {"samples": OF_SAMPLES, "features": OF_FEATURES}
"""The same of parameters, by how their names begin."""


@dataclass(frozen=True)
class Made:
    """What a run has made, as far as it can still be looked into.

    Attributes:
        stages: In the order in which they were made.
        samples: The table of samples; None: it is not on record.
        features: What ``features_table`` gave; None: it is not on record.
        predictions, models: By the name of the model, where they lie.
    """

    stages: Sequence[StageDigest]
    samples: pd.DataFrame | None = None
    features: pd.DataFrame | None = None
    predictions: Mapping[str, Path] = field(default_factory=dict)
    models: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What two runs have in common.

    Attributes:
        table: A row a stage (``COLUMNS``), in the order in which they were made.
        first: The first stage that differs, in words; empty: none.
        explained: What explains it: differences that can reach that stage.
    """

    table: pd.DataFrame
    first: str
    explained: Sequence[Difference]

    @property
    def same(self) -> bool:
        """Whether all bits are the same."""
        return not self.first

    def __str__(self) -> str:
        if self.same:
            return f"Same bits: {len(self.table)} stages of the run are what they were."
        why = "; ".join(map(str, self.explained))
        told = f"It is explained by: {why}." if why else "Nothing on record explains it."
        return f"Not the same: {self.first}. {told}"


def verdict(before: Made, now: Made, differences: Sequence[Difference]) -> Verdict:
    """Compares what two runs have made.

    Args:
        before, now: The run on record, and the one that repeats it.
        differences: What is known to differ between them.
    """
    made = {(stage.kind, stage.entry): stage for stage in now.stages}
    ordered = sorted(before.stages, key=lambda stage: IN_ORDER.index(stage.kind))
    rows = [_row(stage, made.get((stage.kind, stage.entry)), before, now) for stage in ordered]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    differing = table[table["verdict"] != SAME]
    if differing.empty:
        return Verdict(table, "", ())
    row = differing.iloc[0]
    much = f" ({row['how much']})" if row["how much"] else ""
    first = f"{row['stage']} of `{row['entry']}` {row['verdict']}{much}, the first of {len(differing)} of {len(table)}"
    explained = _explaining(str(row["stage"]), differences)
    return Verdict(table, first, explained)


def _explaining(kind: str, differences: Sequence[Difference]) -> list[Difference]:
    """Those that can reach a stage, the likeliest first; where none can, all that there are."""
    reaching = [one for one in differences if _reaches(one, kind)]
    return sorted(reaching or differences, key=lambda one: LIKELIEST.index(one.kind))


LIKELIEST = ("parameter", "data", "weights", "code", "machine", "variable", "package")
"""Kinds of differences, the likeliest to explain something first."""


def _reaches(difference: Difference, kind: str) -> bool:
    if difference.kind == "parameter":
        return kind not in GROUPS or difference.what.startswith(GROUPS[kind])
    return kind not in DECIDED_BY or difference.kind in DECIDED_BY[kind]


class _Parted(NamedTuple):
    """A stage that differs: as it was and is, and all that the two runs have made."""

    before: StageDigest
    now: StageDigest
    was: Made
    made: Made


def _row(before: StageDigest, now: StageDigest | None, was: Made, made: Made) -> tuple[str, ...]:
    if now is None:
        return (before.kind, before.entry, LACKING, "", before.digest, "")
    if now.digest == before.digest:
        return (before.kind, before.entry, SAME, "", before.digest, now.digest)
    much = MEASURES[before.kind](_Parted(before, now, was, made)) if before.kind in MEASURES else ""
    return (before.kind, before.entry, DIFFERS, much, before.digest, now.digest)


def _of_samples(parted: _Parted) -> str:
    old, new = parted.was.samples, parted.made.samples
    return "" if old is None or new is None else changed_samples(old, new)


def _of_features(parted: _Parted) -> str:
    old, new = parted.was.features, parted.made.features
    if old is None or new is None:
        return ""
    both = old.merge(new, on="id", suffixes=("", "_now"))
    differing = both[both["digest"] != both["digest_now"]]
    if differing.empty:
        return f"{len(old)} samples then, {len(new)} now; those of both are the same"
    relative = (differing["norm_now"] - differing["norm"]).abs() / differing["norm"].clip(lower=1e-30)
    return f"of {len(differing)} of {len(both)} samples, their norms by up to {relative.max():.1e}"


def _of_model(parted: _Parted) -> str:
    name = model_of(parted.before.entry)
    if name not in parted.was.models or name not in parted.made.models:
        return ""
    old, new = (_arrays(of.models[name]) for of in (parted.was, parted.made))
    if {k: v.shape for k, v in old.items()} != {k: v.shape for k, v in new.items()}:
        return "it has other arrays"
    return f"its numbers by up to {max((_furthest(value, new[key]) for key, value in old.items()), default=0.0):.1e}"


def _arrays(model: Path) -> dict[str, np.ndarray]:
    from safetensors.numpy import load_file

    return {f"{file.name}/{k}": v for file in sorted(model.glob("*.safetensors")) for k, v in load_file(file).items()}


def _of_predictions(parted: _Parted) -> str:
    name = model_of(parted.before.entry)
    if name not in parted.was.predictions or name not in parted.made.predictions:
        return ""
    old, new = (pd.read_parquet(of.predictions[name]) for of in (parted.was, parted.made))
    both = old.merge(new, on=["id", "step"] if "step" in old and "step" in new else ["id"], suffixes=("", "_now"))
    columns = [name for name in old if str(name).startswith(PROBABILITY) and f"{name}_now" in both]
    furthest = max((_furthest(both[c].to_numpy(), both[f"{c}_now"].to_numpy()) for c in columns), default=0.0)
    changed = int((both["predicted"] != both["predicted_now"]).sum()) if "predicted_now" in both else 0
    lost = f"; {len(old)} answers then, {len(new)} now" if len(both) < max(len(old), len(new)) else ""
    return f"{changed} of {len(both)} answers; probabilities by up to {furthest:.1e}{lost}"


def _of_metrics(parted: _Parted) -> str:
    new = parted.now.numbers
    told = [f"{k} {v:.4f} -> {new[k]:.4f}" for k, v in parted.before.numbers.items() if k in new and _moved(v, new[k])]
    return ", ".join(told[:2]) + (f" and {len(told) - 2} more" if len(told) > 2 else "")


def _moved(old: float, new: float) -> bool:
    return old != new and not (np.isnan(old) and np.isnan(new))


def _furthest(old: np.ndarray, new: np.ndarray) -> float:
    if not len(old.reshape(-1)) or old.dtype.kind not in "biuf":
        return 0.0
    return float(np.nanmax(np.abs(old.astype(np.float64) - new.astype(np.float64)), initial=0.0))


def model_of(entry: str) -> str:
    """The model that an entry is of: ``lstm`` of ``lstm.predictions`` and of ``frame_labels.lstm.model``."""
    parts = entry.split(".")
    return parts[-2] if len(parts) > 1 else entry


MEASURES: Mapping[str, Callable[[_Parted], str]] = {
    "samples": _of_samples,
    "features": _of_features,
    "model": _of_model,
    "predictions": _of_predictions,
    "metrics": _of_metrics,
}
"""By the kind of a stage: by how much it differs, in words."""
