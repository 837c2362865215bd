"""What is checked before a CNN is trained together with a decoder."""

from __future__ import annotations

from seqpipe.config import (
    BackboneConfig,
    CaptionConfig,
    ImageCaptioningConfig,
    SourceConfig,
    VideoCaptioningConfig,
)
from seqpipe.core.errors import UserError
from seqpipe.media.embedded.registry import AUTO
from seqpipe.modalities.registry import PICTURES
from seqpipe.tasks.registry import FINETUNED


def check_pictures(modality: str) -> None:
    """Raises a UserError where samples are no pictures."""
    if modality not in (PICTURES, AUTO):
        raise UserError(
            f"The captioner trains a CNN, which reads pictures, and corpus.modality is {modality}: run the pipeline "
            f"without {FINETUNED} before its name, whose models read features of any modality."
        )


def check_single_frames(backbone: BackboneConfig) -> None:
    """Raises a UserError where the backbone reads snippets of several frames."""
    from seqpipe.encoders.architectures import check_reads_frames

    check_reads_frames(backbone.name, "The captioner")


def check_of_images(backbone: BackboneConfig, source: SourceConfig, image_captioning: ImageCaptioningConfig) -> None:
    """Raises a UserError where the backbone cannot be frozen that far."""
    _check_freeze(backbone, source, image_captioning, "image_captioning")


def check_of_videos(backbone: BackboneConfig, source: SourceConfig, video_captioning: VideoCaptioningConfig) -> None:
    """The same of clips."""
    _check_freeze(backbone, source, video_captioning, "video_captioning")


def _check_freeze(backbone: BackboneConfig, source: SourceConfig, task: CaptionConfig, name: str) -> None:
    from seqpipe.encoders.stages import check_freeze
    from seqpipe.encoders.weights import size_of

    cnn = task.captioner.cnn
    if cnn.strategy != "freeze_first":
        return
    try:
        check_freeze(backbone.name, size_of(backbone, source), cnn.freeze)
    except UserError as error:
        raise UserError(f"{name}.captioner.cnn.{error}") from error


CHECKS = (check_pictures, check_single_frames, check_of_images, check_of_videos)
