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
    Stage,
)
from seqpipe.pipelines.ingest.nodes import modality_of
from seqpipe.pipelines.types import BackboneRecord, Table


def load_encoder(
    samples: Table,
    backbone: BackboneConfig,
    source: SourceConfig,
    runtime: RuntimeConfig,
    source_cache: Path,
    **modalities: Stage,
) -> BackboneRecord:
    """What makes features of these samples: of pictures the backbone, of others what their modality has for it."""
    from seqpipe.modalities.registry import modality

    encoder = modality(modality_of(samples), modalities).encoder
    return load_backbone(backbone, source, runtime, source_cache) if encoder is None else encoder


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
    """The backbone, reading of a frame what `backbone.view` says, or for `auto` what train and val say.

    What is no backbone has no view.
    """
    from seqpipe.encoders import layers
    from seqpipe.encoders.backbones import Backbone
    from seqpipe.extraction.engine import Read

    if not isinstance(loaded_backbone, Backbone):
        return loaded_backbone
    # A fine-tuning reads no layer: what `features.layer` means may not be there.
    there = layers.exists(loaded_backbone.name, loaded_backbone.transforms.crop, features.layer)
    reads = [Read(features.layer if there else layers.PENULTIMATE, features.pool)]
    given = (samples, backbone, clip, features, linear, dprime, runtime, feature_store, dprime_x)
    return viewing(loaded_backbone, reads, *given)


def viewing(
    loaded: BackboneRecord,
    reads: list[Any],
    samples: Table,
    backbone: BackboneConfig,
    clip: ClipConfig,
    features: FeaturesConfig,
    linear: LinearConfig,
    dprime: DPrimeConfig,
    runtime: RuntimeConfig,
    store: Path,
    x_folder: Path,
) -> BackboneRecord:
    """The same where these layers will be read (``Read``); the first is judged where val is asked."""
    from seqpipe.models.view_choice import OnVal
    from seqpipe.models.view_choice import choose_view as choose

    on_val = OnVal(
        backbone=loaded,
        samples=samples,
        clip=clip,
        features=features,
        reads=reads,
        linear=linear,
        runtime=runtime,
        store=store,
        x_folder=x_folder,
        in_memory_bytes=dprime.in_memory_mb * 10**6,
    )
    chosen = choose(backbone.view, samples, on_val)
    return loaded.viewing(chosen.view, chosen.reason)
