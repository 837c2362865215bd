"""Nodes of ``backbone``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seqpipe.config import (
    BackboneConfig,
    ClipConfig,
    DPrimeConfig,
    FeaturesConfig,
    LinearConfig,
    RuntimeConfig,
    SourceConfig,
)
from seqpipe.pipelines.types import BackboneRecord, Table


def load_backbone(
    backbone: BackboneConfig, source: SourceConfig, runtime: RuntimeConfig, source_cache: Path
) -> BackboneRecord:
    """The backbone with its weights: from torchvision or a file, or trained here on the source domain."""
    if backbone.weights == "source":
        from seqpipe.models.source import source_backbone

        return source_backbone(backbone, source, runtime, source_cache)
    from seqpipe.encoders.backbones import load_backbone as load

    return load(backbone)


def choose_view(
    loaded_backbone: BackboneRecord,
    samples: Table,
    backbone: BackboneConfig,
    clip: ClipConfig,
    features: FeaturesConfig,
    linear: LinearConfig,
    dprime: DPrimeConfig,
    runtime: RuntimeConfig,
    feature_store: Path,
    dprime_x: Path,
) -> BackboneRecord:
    """The backbone, reading of a frame what `backbone.view` says, or for `auto` what train and val say."""
    from seqpipe.encoders import layers
    from seqpipe.extraction.engine import Read

    # A fine-tuning reads no layer: what `features.layer` means may not be there.
    there = layers.exists(loaded_backbone.name, loaded_backbone.transforms.crop, features.layer)
    reads = [Read(features.layer if there else layers.PENULTIMATE, features.pool)]
    given = (samples, clip, features, linear, dprime, runtime, feature_store, dprime_x)
    return by_clip(loaded_backbone, reads, *given).viewing(backbone.view)


def by_clip(
    loaded: BackboneRecord,
    reads: list[Any],
    samples: Table,
    clip: ClipConfig,
    features: FeaturesConfig,
    linear: LinearConfig,
    dprime: DPrimeConfig,
    runtime: RuntimeConfig,
    store: Path,
    x_folder: Path,
) -> Any:
    """What tries views on val (``OnVal``) where a clip has a class, at the first of the layers that will be read."""
    from seqpipe.data.dataset import build_dprime
    from seqpipe.data.gather import Spill
    from seqpipe.models.view_choice import OnVal
    from seqpipe.tasks.registry import CLASSIFICATION

    return OnVal(
        backbone=loaded,
        samples=samples,
        clip=clip,
        features=features,
        reads=reads,
        linear=linear,
        runtime=runtime,
        store=store,
        spill=Spill(x_folder, dprime.in_memory_mb * 10**6),
        make_dprime=build_dprime,
        task_of=lambda _: CLASSIFICATION,
    )
