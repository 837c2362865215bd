"""Torchvision's classification models by name: how they are built and what their weights records say.

Any name that ``torchvision.models`` lists works without an entry here. An entry is for what a name alone
does not tell. Torchvision is imported where it is needed: a run of a classifier on D' does not wait for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from seqpipe.core.errors import unknown_name

if TYPE_CHECKING:
    from torchvision.models import WeightsEnum


@dataclass(frozen=True)
class Entry:
    """What building a model takes beyond its name."""

    options: dict[str, Any] = field(default_factory=dict)
    """Keyword arguments of torchvision's builder."""
    size_option: str | None = None
    """The builder's argument for the input size, where the weights depend on it (transformers)."""
    ignored_weights: tuple[str, ...] = ()
    """Prefixes of tensors in the weights files that serve training alone (auxiliary heads)."""


# transform_input: torchvision sets it wherever these two load their weights, which came from TensorFlow.
ENTRIES: dict[str, Entry] = {
    "googlenet": Entry(
        options={"aux_logits": False, "transform_input": True, "init_weights": False},
        ignored_weights=("aux1.", "aux2."),
    ),
    "inception_v3": Entry(
        options={"aux_logits": False, "transform_input": True, "init_weights": False},
        ignored_weights=("AuxLogits.",),
    ),
    "maxvit_t": Entry(size_option="input_size"),
    **{f"vit_{kind}": Entry(size_option="image_size") for kind in ("b_16", "b_32", "l_16", "l_32", "h_14")},
}


def entry_of(name: str) -> Entry:
    """The entry of a model, an empty one where none is needed."""
    return ENTRIES.get(name, Entry())


def known_architectures() -> list[str]:
    """Every classification model of this torchvision, sorted."""
    from torchvision import models

    return models.list_models(module=models)


def check_architecture(name: str) -> None:
    """Raises a UserError with the near and the known names when ``name`` is none of torchvision's."""
    known = known_architectures()
    if name not in known:
        raise unknown_name("backbone", name, known)


def weights_records(name: str) -> dict[str, WeightsEnum]:
    """The weights that torchvision publishes for a model, by name, the first published first."""
    from torchvision.models import get_model_weights

    return dict(get_model_weights(name).__members__)


def build_module(name: str, num_classes: int, size: int, device: str = "cpu", initialised: bool = False) -> nn.Module:
    """A model of that name in evaluation mode, its weights not yet loaded.

    Args:
        name: One of ``known_architectures()``.
        num_classes: Size of its head, K.
        size: Width and height in pixels of the frames it will read.
        device: ``meta`` builds it without memory, to look at its layers and shapes.
        initialised: its weights are what torchvision begins a training from, also where its builder can spare that.
    """
    from torchvision.models import get_model

    entry = entry_of(name)
    options = dict(entry.options)
    if "init_weights" in options:
        options["init_weights"] = initialised
    if entry.size_option == "image_size":
        options["image_size"] = size
    elif entry.size_option == "input_size":
        options["input_size"] = (size, size)
    with torch.device(device if not name.startswith("regnet") else "cpu"):
        # RegNet computes its widths with tensors while it is built, which the meta device cannot.
        module = get_model(name, weights=None, num_classes=num_classes, **options)
    return module.to(device).eval()
