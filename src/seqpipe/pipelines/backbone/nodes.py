"""Nodes of ``backbone``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from seqpipe.config import (
    BackboneConfig,
    DatasetConfig,
    FeaturesConfig,
    RuntimeConfig,
    SourceConfig,
    Stage,
)
from seqpipe.pipelines.ingest.nodes import modality_of
from seqpipe.pipelines.types import BackboneRecord, Table
from seqpipe.tasks.registry import task_entry


def load_encoder(
    samples: Table,
    backbone: BackboneConfig,
    source: SourceConfig,
    runtime: RuntimeConfig,
    source_cache: Path,
    **modalities: Stage,
) -> BackboneRecord:
    """What makes features of these samples: of pictures the backbone, of others what their modality has for it.

    What an encoder learns, a vocabulary say, it learns of the samples of train; one that makes pictures of them has the
    backbone read these.
    """
    from seqpipe.encoders.base import BackboneEncoder, learned_from
    from seqpipe.modalities.registry import modality

    encoder = modality(modality_of(samples), modalities).encoder
    if encoder is None:
        return load_backbone(backbone, source, runtime, source_cache)
    if isinstance(encoder, BackboneEncoder):
        return encoder.with_backbone(load_backbone(backbone, source, runtime, source_cache))
    return learned_from(encoder, samples)


def load_backbone(
    backbone: BackboneConfig, source: SourceConfig, runtime: RuntimeConfig, source_cache: Path
) -> BackboneRecord:
    """The backbone with its weights: from torchvision or a file, drawn, or trained here on the source domain."""
    if backbone.weights == "source":
        from seqpipe.models.source import source_backbone

        return source_backbone(backbone, source, runtime, source_cache)
    from seqpipe.encoders.weights import load_backbone as load

    return load(backbone, runtime.seed)


def choose_view(
    loaded_backbone: BackboneRecord,
    samples: Table,
    backbone: BackboneConfig,
    features: FeaturesConfig,
    dataset: DatasetConfig,
    runtime: RuntimeConfig,
    feature_store: Path,
    dataset_x: Path,
    annotations: Table = None,
    *,
    task: str,
    **groups: Stage,
) -> BackboneRecord:
    """The backbone, reading of a frame what `backbone.view` says, or for `auto` what train and val say.

    What is no backbone has no view. ``groups`` are the parameters of the linear classifier that tries views on val, of
    the task that it is tried at, and of the clips where the task takes them; where a sentence is asked for, no
    classifier can try views, and there are none.
    """
    from seqpipe.encoders import layers
    from seqpipe.encoders.backbones import Backbone
    from seqpipe.extraction.engine import FeatureLayer
    from seqpipe.models import view_choice

    if not isinstance(loaded_backbone, Backbone):
        return loaded_backbone
    if task_entry(task).per == "sentence":
        chosen = view_choice.choose_view(backbone.view, samples, None, loaded_backbone.transforms.keeps_aspect)
        return loaded_backbone.with_view(chosen.view, chosen.reason)
    # A fine-tuning reads no layer: what `features.layer` means may not be there.
    there = layers.exists(loaded_backbone.name, loaded_backbone.transforms.size, features.layer)
    feature_layers = [FeatureLayer(features.layer if there else layers.PENULTIMATE, features.pool)]
    given = (samples, annotations, features, dataset, runtime, feature_store, dataset_x)
    return tried_on_val(loaded_backbone, feature_layers, task, groups, *given).with_view(backbone.view)


def tried_on_val(
    loaded: BackboneRecord,
    feature_layers: list[Any],
    task: str,
    groups: Mapping[str, Any],
    samples: Table,
    annotations: Table | None,
    features: FeaturesConfig,
    dataset: DatasetConfig,
    runtime: RuntimeConfig,
    store: Path,
    x_folder: Path,
) -> Any:
    """What tries views on val (``OnVal``) at a task, at the first of the layers that will be read."""
    from seqpipe.data.gather import MemmapPolicy
    from seqpipe.models.view_choice import OnVal, known
    from seqpipe.pipelines.model.nodes import model_config
    from seqpipe.tasks.datasets import build_task_dataset

    of, config, clip = task_entry(task).task_class(), groups.get(task), groups.get("clip")
    # Even the names of the classes are those of train and val.
    seen = annotations if annotations is None else annotations[annotations["id"].isin(known(samples)["id"])]
    return OnVal(
        backbone=loaded,
        samples=samples,
        clip=of.sampling(clip, config),
        features=features,
        feature_layers=feature_layers,
        linear=model_config("linear", task, groups),
        runtime=runtime,
        store=store,
        memmap_policy=MemmapPolicy(x_folder, dataset.in_memory_mb * 10**6),
        make_dataset=partial(build_task_dataset, of, config, annotations=seen),
        task_of=partial(of.on, config=config),
    )
