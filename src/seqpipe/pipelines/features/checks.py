"""What is checked before ``features``."""

from __future__ import annotations

from seqpipe.config import BackboneConfig, ClipConfig, FeaturesConfig, SourceConfig


def check_layer(backbone: BackboneConfig, features: FeaturesConfig, source: SourceConfig) -> None:
    """Raises a UserError where the backbone has no such layer."""
    from seqpipe.encoders.backbones import check_backbone

    check_backbone(backbone, features, source)


def check_clip(clip: ClipConfig) -> None:
    """Raises a UserError where what is to be read of a clip takes a package that is not there."""
    from seqpipe.media.decoding.flow import check_stream

    check_stream(clip)


CHECKS = (check_layer, check_clip)
