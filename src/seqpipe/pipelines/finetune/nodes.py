"""Nodes of ``finetune``."""

from __future__ import annotations

from pathlib import Path

from seqpipe.config import ClipConfig, RuntimeConfig
from seqpipe.pipelines.types import BackboneRecord, Samples, Table


def cache_frames(
    samples: Table, backbone: BackboneRecord, clip: ClipConfig, runtime: RuntimeConfig, frame_cache: Path
) -> Samples:
    """The frames of all samples with their labels; what the cache lacks is decoded."""
    from seqpipe.data.frame_dataset import build_frame_dataset

    return build_frame_dataset(samples, backbone, clip, runtime, frame_cache)
