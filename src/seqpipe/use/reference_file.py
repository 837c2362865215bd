"""The reference of a D', in a file beside it: made once, whichever of its models is asked, and copied with each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from seqpipe.core.files import written_aside
from seqpipe.data.dataset_file import digest_in, holds_tokens, read_parts
from seqpipe.models.arrays import load_arrays, save_arrays
from seqpipe.use.novelty import MOST_SAMPLES, Reference, reference_of, vectors

FOLDER, SUFFIX = "novelty", ".safetensors"
VERSION = 1
"""Raised when another reference is made of the same D'."""


def reference_beside(dataset: Path) -> Path | None:
    """The file of a D's reference, made if it is not there; None where D' has no samples of train or none of val.

    Nor is there one of tokens, which have no place that a distance could be measured from.

    D' is read a few samples at a time.

    Raises:
        UserError: The file of D' cannot be read.
    """
    if holds_tokens(dataset):
        return None
    file = dataset.parent / FOLDER / f"{digest_in(dataset)}-{VERSION}{SUFFIX}"
    if not file.exists():
        reference = _reference_in(dataset)
        if reference is None:
            return None
        write_reference(reference, file)
        for former in set(file.parent.glob(f"*{SUFFIX}")) - {file}:
            former.unlink(missing_ok=True)
    return file


def _reference_in(dataset: Path) -> Reference | None:
    splits = np.concatenate([part["splits"] for part in read_parts(dataset, ("splits",))])
    chosen = {split: _spread(np.flatnonzero(splits == split)) for split in ("train", "val")}
    if not all(map(len, chosen.values())):
        return None
    wanted = np.concatenate(list(chosen.values()))
    rows: dict[int, np.ndarray] = {}
    start = 0
    for part in read_parts(dataset, ("x", "mask")):
        here = wanted[(wanted >= start) & (wanted < start + len(part["x"]))]
        rows |= dict(zip(here, vectors(part["x"][here - start], part["mask"][here - start]), strict=True))
        start += len(part["x"])
    train, val = (np.stack([rows[n] for n in chosen[split]]) for split in ("train", "val"))
    return reference_of(train, val)


def _spread(samples: np.ndarray) -> np.ndarray:
    """At most so many of them as a reference takes, from the first to the last."""
    count = min(len(samples), MOST_SAMPLES)
    return samples[np.linspace(0, len(samples) - 1, count).round().astype(int)] if count else samples


def write_reference(reference: Reference, file: Path) -> None:
    """Writes it whole or not at all."""
    arrays = {**vars(reference), "threshold": np.array([reference.threshold])}
    with written_aside(file) as aside:
        save_arrays(arrays, aside)


def read_reference(file: Path) -> Reference:
    """What ``write_reference`` wrote."""
    arrays: dict[str, Any] = load_arrays(file)
    return Reference(**{**arrays, "threshold": float(arrays["threshold"][0])})
