"""What is checked before ``task``."""

from __future__ import annotations

from seqpipe.config import FrameLabelsConfig
from seqpipe.pipelines.backbone.checks import check_backbone
from seqpipe.pipelines.features.checks import check_clip, check_stream_of
from seqpipe.pipelines.ingest.checks import check_corpus


def check_labelled_stream(frame_labels: FrameLabelsConfig, modality: str) -> None:
    """As ``check_clip`` of samples whose steps are labelled."""
    check_stream_of(frame_labels, "frame_labels", modality)


CHECKS = (check_corpus, check_backbone, check_clip, check_labelled_stream)
