"""What is checked before ``finetune``."""

from __future__ import annotations

from seqpipe.config import BackboneConfig, FinetuneConfig, SourceConfig
from seqpipe.pipelines.features.checks import check_clip
from seqpipe.pipelines.ingest.checks import check_pictures


def check_freeze(backbone: BackboneConfig, source: SourceConfig, finetune: FinetuneConfig) -> None:
    """Raises a UserError where the backbone cannot be frozen that far."""
    from seqpipe.study.checks import check_finetune

    check_finetune(backbone, source, finetune)


CHECKS = (check_pictures, check_freeze, check_clip)
