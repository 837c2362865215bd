"""Nodes of ``dprime``."""

from __future__ import annotations

from pathlib import Path

from seqpipe.config import DPrimeConfig
from seqpipe.pipelines.types import FeatureDataset, Table


def build_dprime(
    samples: Table, feature_index: Table, feature_store: Path, dprime: DPrimeConfig, dprime_x: Path
) -> FeatureDataset:
    """D' = {(x'_1, t_1), ..., (x'_N, t_N)} with its split and masks; one too large for memory is left on disk."""
    from seqpipe.data.dataset import build_dprime as build
    from seqpipe.data.gather import Spill

    return build(samples, feature_index, feature_store, Spill(dprime_x, dprime.in_memory_mb * 10**6))
