"""What is checked before ``backbone``."""

from __future__ import annotations

from seqpipe.config import BackboneConfig, SourceConfig


def check_backbone(backbone: BackboneConfig, source: SourceConfig) -> None:
    """Raises a UserError where there is no such backbone, or no such weights."""
    from seqpipe.encoders.weights import check_backbone

    check_backbone(backbone, None, source)


CHECKS = (check_backbone,)
