"""What is checked before ``task``."""

from __future__ import annotations

from seqpipe.config import FrameLabelsConfig
from seqpipe.pipelines.backbone.checks import check_backbone
from seqpipe.pipelines.features.checks import check_clip
from seqpipe.pipelines.ingest.checks import check_corpus


def check_labelled_stream(frame_labels: FrameLabelsConfig) -> None:
    """Raises a UserError where what is to be read of a video takes a package that is not there."""
    from seqpipe.media.decoding.flow import check_stream

    check_stream(frame_labels)


CHECKS = (check_corpus, check_backbone, check_clip, check_labelled_stream)
