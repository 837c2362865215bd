"""What can be known to be wrong before anything is read or trained."""

from __future__ import annotations

from typing import get_args

from seqpipe.config import BackboneConfig, FeaturesConfig, FinetuneConfig, SourceConfig, Strategy, TransferConfig
from seqpipe.core.errors import UserError, unknown_name
from seqpipe.encoders.architectures import check_reads_frames
from seqpipe.encoders.layers import exists
from seqpipe.encoders.stages import check_freeze
from seqpipe.encoders.weights import check_backbone, size_of
from seqpipe.models.registry import kinds_reading


def check_finetune(backbone: BackboneConfig, source: SourceConfig, finetune: FinetuneConfig) -> None:
    """Raises a UserError where this backbone reads no single frames, or cannot be frozen that far."""
    check_reads_frames(backbone.name, "Fine-tuning")
    if finetune.strategy == "freeze_first":
        check_freeze(backbone.name, size_of(backbone, source), finetune.freeze)


def check_transfer(
    transfer: TransferConfig,
    backbone: BackboneConfig,
    features: FeaturesConfig,
    source: SourceConfig,
    finetune: FinetuneConfig,
) -> None:
    """Raises a UserError for a solution that does not exist, or a backbone, layer or freeze depth that does not."""
    classifiers = kinds_reading("features", "clip")
    for kind in transfer.classifiers:
        if kind not in classifiers:
            raise unknown_name("classifier in transfer.classifiers", kind, list(classifiers))
    solutions = [*transfer.classifiers, *transfer.strategies]
    if not solutions:
        raise UserError("transfer: there is nothing to compare; name transfer.classifiers or transfer.strategies.")
    known = [*classifiers, *get_args(Strategy)]
    for name in transfer.curve_solutions:  # those that are not compared today are left out of the figure
        if name not in known:
            raise unknown_name("solution in transfer.curve_solutions", name, known)
    for one in transfer.compared(backbone):
        if transfer.strategies:
            check_reads_frames(one.name, "Fine-tuning (transfer.strategies)")
        _check_layers(one, transfer, features, source)
        if "freeze_first" in transfer.strategies:
            check_freeze(one.name, size_of(one, source), finetune.freeze)


def _check_layers(
    backbone: BackboneConfig, transfer: TransferConfig, features: FeaturesConfig, source: SourceConfig
) -> None:
    check_backbone(backbone, None, source)
    size = size_of(backbone, source)
    there = [place.layer for place in transfer.layers if exists(backbone.name, size, place.layer)]
    for layer in there:
        check_backbone(backbone, features.model_copy(update={"layer": layer}), source)
    if not there:
        raise UserError(
            f"transfer.layers names nothing but last_conv, and {backbone.name} has no convolution maps: "
            "add {layer: penultimate, pool: avg}, or take a CNN like resnet18."
        )
