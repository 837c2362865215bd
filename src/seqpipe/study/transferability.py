"""How compatible source and target are at each feature spec, told from D' alone: nothing is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy.special import softmax

from seqpipe.config import FeaturesConfig, RuntimeConfig, SourceConfig
from seqpipe.data.dataset import FeatureDataset
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.layers import PooledNode
from seqpipe.extraction import speed
from seqpipe.extraction.extractor import Extractor
from seqpipe.media.embedded.moving_digits import render_source_batch
from seqpipe.metrics.domains import mmd2
from seqpipe.metrics.transferability import leep, logme
from seqpipe.models.source import QUESTIONS
from seqpipe.runtime.devices import computing, resolve_device
from seqpipe.study.feature_specs import FeatureDatasets, FeatureSpec, clip_vectors

# Enough for a distance between two clouds of points; more would only take longer.
SOURCE_IMAGES = 512


def score_all(
    datasets: FeatureDatasets,
    backbones: Sequence[Backbone],
    features: FeaturesConfig,
    source: SourceConfig,
    runtime: RuntimeConfig,
) -> pd.DataFrame:
    """A row a feature spec: backbone, layer, pool, feature_size, logme, leep, mmd2.

    ``leep`` is of the backbone's own head, the same at all its layers, and NaN where it has none. ``mmd2`` is there
    where the source domain's images are: for backbones trained here.
    """
    answers = datasets.source_answers()
    rows = []
    for spec, dataset in datasets:
        backbone = backbones[spec.number]
        vectors, train = clip_vectors(dataset.part("train"))
        with computing(runtime):
            rows.append(
                {
                    "backbone": spec.backbone,
                    "layer": spec.layer,
                    "pool": spec.pool,
                    "feature_size": vectors.shape[1],
                    "logme": logme(vectors, train.t, len(train.class_names)),
                    "leep": _leep(backbone, answers.get(spec.number)),
                    "mmd2": _distance_to_source(backbone, spec, vectors, features, source, runtime),
                }
            )
    return pd.DataFrame(rows)


def _leep(backbone: Backbone, answered: FeatureDataset | None) -> float:
    """The source task's probabilities are averaged over a sample's frames."""
    if answered is None:
        return float("nan")
    outputs = answered.part("train")
    answers: Any = np.asarray(outputs.x, np.float64)
    if backbone.weights == "source":  # its head answers three questions; the digit is its classes
        answers = answers[..., : QUESTIONS["digit"]]
    real = outputs.mask[..., None]
    proba = (softmax(answers, axis=-1) * real).sum(1) / real.sum(1)
    return leep(proba, outputs.t)


def _distance_to_source(
    backbone: Backbone,
    spec: FeatureSpec,
    vectors: np.ndarray,
    features: FeaturesConfig,
    source: SourceConfig,
    runtime: RuntimeConfig,
) -> float:
    if backbone.weights != "source":
        return float("nan")
    device = resolve_device(runtime)
    precision = speed.choose_precision(features.precision, backbone, device)
    extractor = Extractor(backbone, [PooledNode(spec.node, spec.pool)], precision, device)
    images = render_source_batch(np.random.default_rng([runtime.seed, 1]), SOURCE_IMAGES, source.size).images
    frames = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
    read = torch.cat([extractor.features(part)[0] for part in frames.split(64)])
    return mmd2(read.cpu().numpy(), vectors, seed=runtime.seed).mmd2
