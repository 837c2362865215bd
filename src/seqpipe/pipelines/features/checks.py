"""What is checked before ``features``."""

from __future__ import annotations

from seqpipe.config import BackboneConfig, ClipConfig, FeaturesConfig, SourceConfig, StreamConfig
from seqpipe.core.errors import UserError
from seqpipe.media.embedded.registry import AUTO
from seqpipe.modalities.registry import PICTURES


def check_layer(backbone: BackboneConfig, features: FeaturesConfig, source: SourceConfig) -> None:
    """Raises a UserError where the backbone has no such layer."""
    from seqpipe.encoders.weights import check_backbone

    check_backbone(backbone, features, source)


def check_made_pictures(backbone: BackboneConfig, modality: str, by_backbone: bool) -> None:
    """Raises a UserError where pictures are made of samples one by one, and the backbone reads snippets of several."""
    from seqpipe.encoders.architectures import check_reads_frames

    if by_backbone and modality not in (PICTURES, AUTO):
        check_reads_frames(backbone.name, f"A step of corpus.modality={modality}")


def check_clip(clip: ClipConfig, modality: str) -> None:
    """Raises a UserError where samples have no such stream, or it takes a package that is not there."""
    check_stream_of(clip, "clip", modality)


def check_stream_of(reads: StreamConfig, group: str, modality: str) -> None:
    """The same of any ``group`` of parameters that says what is read; ``modality`` is what the samples are."""
    from seqpipe.media.decoding.flow import check_stream

    if reads.stream == "flow" and modality not in (PICTURES, AUTO):
        raise UserError(
            f"{group}.stream is flow, which is read of videos, and corpus.modality is {modality}: give "
            f"{group}.stream=rgb, which says nothing of other samples than pictures."
        )
    check_stream(reads)


CHECKS = (check_layer, check_made_pictures, check_clip)
