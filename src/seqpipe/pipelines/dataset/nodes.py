"""Nodes of ``dataset``."""

from __future__ import annotations

from pathlib import Path

from seqpipe.config import DatasetConfig
from seqpipe.pipelines.types import BackboneRecord, FeatureDataset, Table


def build_dataset(
    samples: Table,
    feature_index: Table,
    backbone: BackboneRecord,
    feature_store: Path,
    dataset: DatasetConfig,
    dataset_x: Path,
) -> FeatureDataset:
    """D' = {(x'_1, t_1), ..., (x'_N, t_N)} with its split and masks; one too large for memory is left on disk.

    Whether x' are vectors or tokens, ``backbone`` says: what has made them.
    """
    from seqpipe.data.dataset import build_dataset as build
    from seqpipe.data.gather import MemmapPolicy
    from seqpipe.encoders.base import tokens_of

    policy = MemmapPolicy(dataset_x, dataset.in_memory_mb * 10**6)
    return build(samples, feature_index, feature_store, policy, tokens=tokens_of(backbone))
