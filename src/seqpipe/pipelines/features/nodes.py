"""Nodes of ``features``."""

from __future__ import annotations

from pathlib import Path

from seqpipe.config import ClipConfig, FeaturesConfig, RuntimeConfig
from seqpipe.pipelines.types import BackboneRecord, Table


def extract_features(
    samples: Table,
    backbone: BackboneRecord,
    clip: ClipConfig,
    features: FeaturesConfig,
    runtime: RuntimeConfig,
    feature_store: Path,
) -> Table:
    """Extracts what the store does not hold yet; the index says where each sample's features are."""
    from seqpipe.encoders.backbones import Backbone
    from seqpipe.extraction.computed import extract_computed
    from seqpipe.extraction.engine import extract

    by = extract if isinstance(backbone, Backbone) else extract_computed
    return by(samples, backbone, clip, features, runtime, feature_store)
