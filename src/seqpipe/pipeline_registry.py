"""The pipelines ``kedro run`` knows."""

from __future__ import annotations

from kedro.pipeline import Pipeline

from seqpipe.models.registry import KINDS
from seqpipe.pipelines.backbone.pipeline import create_pipeline as backbone
from seqpipe.pipelines.classify.pipeline import create_pipeline as classify
from seqpipe.pipelines.compare.pipeline import create_pipeline as compare
from seqpipe.pipelines.dprime.pipeline import create_pipeline as dprime
from seqpipe.pipelines.features.pipeline import create_pipeline as features
from seqpipe.pipelines.ingest.pipeline import create_pipeline as ingest


def register_pipelines() -> dict[str, Pipeline]:
    """One pipeline a stage, one a kind of classifier, and all of them by default."""
    stages = {"ingest": ingest(), "backbone": backbone(), "features": features(), "dprime": dprime()}
    models = {kind: classify(kind) for kind in KINDS}
    parts = {**stages, **models, "compare": compare(list(KINDS))}
    return {"__default__": sum(parts.values(), Pipeline([])), **parts}
