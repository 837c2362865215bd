"""What is checked before ``lrcn``."""

from __future__ import annotations

from seqpipe.config import BackboneConfig, LrcnConfig, SourceConfig
from seqpipe.pipelines.ingest.checks import check_pictures


def check_lrcn(backbone: BackboneConfig, source: SourceConfig, lrcn: LrcnConfig) -> None:
    """Raises a UserError where the backbone has no such layer, or cannot be frozen that far."""
    from seqpipe.encoders.backbones import crop_of
    from seqpipe.encoders.layers import resolve
    from seqpipe.encoders.stages import check_freeze

    size = crop_of(backbone, source)
    resolve(backbone.name, size, lrcn.layer)
    if lrcn.cnn.strategy == "freeze_first":
        check_freeze(backbone.name, size, lrcn.cnn.freeze)


CHECKS = (check_pictures, check_lrcn)
