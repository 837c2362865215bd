"""What is checked before ``transfer``."""

from __future__ import annotations

from seqpipe.config import BackboneConfig, FeaturesConfig, FinetuneConfig, SourceConfig, TransferConfig
from seqpipe.pipelines.features.checks import check_clip
from seqpipe.pipelines.ingest.checks import check_pictures


def check_study(
    transfer: TransferConfig,
    backbone: BackboneConfig,
    features: FeaturesConfig,
    source: SourceConfig,
    finetune: FinetuneConfig,
) -> None:
    """Raises a UserError for a solution that does not exist, or a backbone, layer or freeze depth that does not."""
    from seqpipe.study.checks import check_transfer

    check_transfer(transfer, backbone, features, source, finetune)


CHECKS = (check_pictures, check_study, check_clip)
