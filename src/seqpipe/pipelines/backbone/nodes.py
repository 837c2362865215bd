"""Nodes of ``backbone``."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache as once
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
    WeightsConfig,
)
from seqpipe.errors import UserError
from seqpipe.pipelines.types import BackboneRecord, Table


def choose_view(
    samples: Table,
    backbone: BackboneConfig,
    source: SourceConfig,
    clip: ClipConfig,
    features: FeaturesConfig,
    linear: LinearConfig,
    dprime: DPrimeConfig,
    runtime: RuntimeConfig,
    source_cache: Path,
    feature_store: Path,
    dprime_x: Path,
) -> dict[str, Any]:
    """What of a frame the backbone reads, and why: given, or told by train and val alone."""
    from seqpipe.features.extraction import Read

    reads = [Read(features.layer, features.pool)]
    told = (clip, features, linear, dprime, runtime, source_cache, feature_store, dprime_x)
    return chosen_view(reads, samples, backbone, source, *told)


def chosen_view(
    reads: list[Any],
    samples: Table,
    backbone: BackboneConfig,
    source: SourceConfig,
    clip: ClipConfig,
    features: FeaturesConfig,
    linear: LinearConfig,
    dprime: DPrimeConfig,
    runtime: RuntimeConfig,
    cache: Path,
    store: Path,
    x_folder: Path,
) -> dict[str, Any]:
    """The same where these layers will be read (``Read``); the first is judged where val is asked."""
    from seqpipe.models.view_choice import OnVal
    from seqpipe.models.view_choice import choose_view as choose

    on_val = OnVal(
        load=once(lambda: weights_of(backbone, source, runtime, cache)),
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
    return asdict(choose(backbone.view, samples, on_val))


def load_backbone(
    view: dict[str, Any], backbone: BackboneConfig, source: SourceConfig, runtime: RuntimeConfig, source_cache: Path
) -> BackboneRecord:
    """The backbone with its weights, reading of a frame what was chosen.

    Raises:
        UserError: `backbone.view` asks for another view than the one that was chosen before.
    """
    if backbone.view not in ("auto", view["view"]):
        raise UserError(
            f"backbone.view is {backbone.view}, but the view on disk is {view['view']}, {view['reason']}: "
            "begin the run with `choose_view`."
        )
    return weights_of(backbone, source, runtime, source_cache).viewing(view["view"], view["reason"])


def weights_of(
    config: WeightsConfig, source: SourceConfig, runtime: RuntimeConfig, source_cache: Path
) -> BackboneRecord:
    """The backbone from torchvision or a file, or trained here on the source domain; it reads a frame's centre."""
    if config.weights == "source":
        from seqpipe.training.source import source_backbone

        return source_backbone(config, source, runtime, source_cache)
    from seqpipe.features.backbones import load_backbone as load

    return load(config)
