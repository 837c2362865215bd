"""What is checked before models that read frames are trained."""

from __future__ import annotations

from seqpipe.config import BackboneConfig, FinetuneConfig, LrcnConfig, SourceConfig
from seqpipe.pipelines.features.checks import check_clip
from seqpipe.pipelines.ingest.checks import check_pictures


def check_freeze(backbone: BackboneConfig, source: SourceConfig, finetune: FinetuneConfig) -> None:
    """Raises a UserError where the backbone cannot be frozen that far."""
    from seqpipe.study.checks import check_finetune

    check_finetune(backbone, source, finetune)


def check_lrcn(backbone: BackboneConfig, source: SourceConfig, lrcn: LrcnConfig) -> None:
    """Raises a UserError where the backbone has no such layer, cannot be frozen that far, or clips leave frames out."""
    from seqpipe.core.errors import UserError
    from seqpipe.encoders.architectures import check_reads_frames
    from seqpipe.encoders.stages import check_freeze
    from seqpipe.encoders.weights import check_layer, size_of

    check_reads_frames(backbone.name, "LRCN")
    size = size_of(backbone, source)
    check_layer(backbone, size, lrcn.layer)
    if lrcn.cnn.strategy == "freeze_first":
        check_freeze(backbone.name, size, lrcn.cnn.freeze)
    if lrcn.stride > lrcn.frames:
        raise UserError(
            f"lrcn.stride: got {lrcn.stride}, which leaves frames out between clips of {lrcn.frames}; give "
            f"{lrcn.frames} at most, or more lrcn.frames."
        )
    if lrcn.window < lrcn.frames:
        raise UserError(
            f"lrcn.window: got {lrcn.window}, fewer than the {lrcn.frames} frames of a clip (lrcn.frames), so that the "
            f"nets would read less of it on D' than with the CNN: give {lrcn.frames} or more."
        )


CHECKS = (check_pictures, check_freeze, check_lrcn, check_clip)
