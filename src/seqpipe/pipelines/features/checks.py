"""What is checked before ``features``."""

from __future__ import annotations

from seqpipe.config import BackboneConfig, FeaturesConfig, SourceConfig


def check_layer(backbone: BackboneConfig, features: FeaturesConfig, source: SourceConfig) -> None:
    """Raises a UserError where the backbone has no such layer."""
    from seqpipe.encoders.weights import check_backbone

    check_backbone(backbone, features, source)


CHECKS = (check_layer,)
