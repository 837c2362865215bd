"""Nodes of ``dprime``."""

from __future__ import annotations

from pathlib import Path

from seqpipe.pipelines.types import FeatureDataset, Table


def build_dprime(samples: Table, feature_index: Table, store: Path) -> FeatureDataset:
    """D' = {(x'_1, t_1), ..., (x'_N, t_N)} with its split and masks."""
    from seqpipe.features.dprime import build_dprime as build

    return build(samples, feature_index, store)
