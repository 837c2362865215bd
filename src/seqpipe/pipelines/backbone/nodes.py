"""Nodes of ``backbone``."""

from __future__ import annotations

from pathlib import Path

from seqpipe.config import BackboneConfig, RuntimeConfig, SourceConfig
from seqpipe.pipelines.types import BackboneRecord


def load_backbone(
    backbone: BackboneConfig, source: SourceConfig, runtime: RuntimeConfig, source_cache: Path
) -> BackboneRecord:
    """The backbone with its weights: from torchvision or a file, or trained here on the source domain."""
    if backbone.weights == "source":
        from seqpipe.training.source import source_backbone

        return source_backbone(backbone, source, runtime, source_cache)
    from seqpipe.features.backbones import load_backbone as load

    return load(backbone)
