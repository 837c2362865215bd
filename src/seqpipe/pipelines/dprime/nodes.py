"""Nodes of ``dprime``."""

from __future__ import annotations

from pathlib import Path

from seqpipe.config import DPrimeConfig
from seqpipe.pipelines.types import FeatureDataset, Table


def build_dprime(
    samples: Table, feature_index: Table, store: Path, config: DPrimeConfig, x_folder: Path
) -> FeatureDataset:
    """D' = {(x'_1, t_1), ..., (x'_N, t_N)} with its split and masks; one too large for memory is left on disk."""
    from seqpipe.features.dprime import build_dprime as build
    from seqpipe.features.gather import Spill

    return build(samples, feature_index, store, Spill(x_folder, config.in_memory_mb * 10**6))
