"""Tensors held against the model that they are to be of: what is missing, of another shape, or not finite."""

from __future__ import annotations

import logging

import torch
from torch import Tensor

from seqpipe.config import BackboneConfig
from seqpipe.core.errors import UserError
from seqpipe.encoders import architectures
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.transforms import Transforms

log = logging.getLogger(__name__)

COUNTER = "num_batches_tracked"
"""A tensor that older files lack and that evaluation does not read."""
DAMAGED_SHARE = 0.1
"""Where no more of a file's tensors than this share do not fit, it is of that model, and something happened to it."""


def assembled(config: BackboneConfig, transforms: Transforms, source: str, tensors: dict[str, Tensor]) -> Backbone:
    """The backbone of these tensors, once they are known to fit; where they have no head, it is zeros.

    Raises:
        UserError: Tensors that are missing, unknown, of other shapes, or not finite.
    """
    from seqpipe.encoders import layers

    ignored = architectures.entry_of(config.name).ignored_weights
    tensors = {key: value for key, value in tensors.items() if not key.startswith(ignored or ("\0",))}
    head = layers.head_layer(config.name, transforms.size)
    num_classes = _classes_in(f"{head}.weight", tensors)
    module = architectures.build_module(config.name, max(1, num_classes), transforms.size, "meta")
    expected = module.state_dict()
    if num_classes == 0:
        tensors = _with_zero_head(config, f"{head}.", expected, tensors)
    _check_fit(config, expected, tensors)
    _check_finite(config, tensors)
    if "classes" not in source:
        source = f"{source}, {num_classes} classes" if num_classes else f"{source}, without a head"
    return Backbone(config.name, config.weights, source, num_classes, transforms, tensors)


def _classes_in(head_weight: str, tensors: dict[str, Tensor]) -> int:
    """K as the head's tensor tells: a file may come from a task with any number of classes, or have no head."""
    from seqpipe.encoders import layers

    weight = tensors.get(head_weight)
    return 0 if weight is None else int(weight.shape[0]) if weight.ndim >= 2 else layers.IMAGENET_CLASSES


def _with_zero_head(
    config: BackboneConfig, prefix: str, expected: dict[str, Tensor], tensors: dict[str, Tensor]
) -> dict[str, Tensor]:
    log.info("The weights %s have no head %s: features can be read up to it.", config.weights, prefix.rstrip("."))
    body = {key: tensor for key, tensor in tensors.items() if not key.startswith(prefix)}
    return body | {key: torch.zeros(t.shape, dtype=t.dtype) for key, t in expected.items() if key.startswith(prefix)}


def _check_finite(config: BackboneConfig, tensors: dict[str, Tensor]) -> None:
    faulty = [key for key, t in tensors.items() if t.is_floating_point() and not bool(t.isfinite().all())]
    if faulty:
        more = f" and {len(faulty) - 1} more tensors" if len(faulty) > 1 else ""
        raise UserError(
            f"backbone.weights: {config.weights} holds numbers that are not finite, in {faulty[0]}{more}: the training "
            f"that wrote it had diverged, or the file is damaged; take an earlier checkpoint."
        )


def _check_fit(config: BackboneConfig, expected: dict[str, Tensor], got: dict[str, Tensor]) -> None:
    optional = {key for key in expected if key.endswith(COUNTER)}
    for key in optional - got.keys():
        got[key] = torch.zeros((), dtype=torch.int64)
    faults = [f"{key} is missing" for key in expected if key not in got]
    faults += [
        f"{key} is {tuple(got[key].shape)} instead of {tuple(tensor.shape)}"
        for key, tensor in expected.items()
        if key in got and got[key].shape != tensor.shape
    ]
    faults += [f"{key} is unknown" for key in got if key not in expected]
    if faults:
        more = f" and {len(faults) - 3} more" if len(faults) > 3 else ""
        damaged = len(faults) <= DAMAGED_SHARE * len(expected)
        advice = (
            "The rest fits: the file is incomplete or was changed; save it anew with `model.state_dict()`."
            if damaged
            else "Give backbone.name the model these weights were trained for."
        )
        raise UserError(
            f"backbone.weights: {config.weights} does not fit {config.name}: {'; '.join(faults[:3])}{more}. {advice}"
        )
