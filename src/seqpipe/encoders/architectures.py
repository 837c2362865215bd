"""Torchvision's classification models by name, of images and of video: how they are built and what their weights say.

Any name that ``torchvision.models`` or ``torchvision.models.video`` lists works without an entry here. An entry is for
what a name alone does not tell. Torchvision is imported where it is needed: a run of a classifier on D' does not wait
for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import torch
from torch import nn

from seqpipe.core.errors import UserError, unknown_name

if TYPE_CHECKING:
    from torchvision.models import WeightsEnum


class SnippetSize(NamedTuple):
    """What a video model reads at once: so many frames of so many pixels a side."""

    frames: int
    side: int


Size: TypeAlias = int | SnippetSize
"""What a model reads: a frame of so many pixels a side, or of a video model a snippet."""


def input_shape(batch: int, size: Size) -> tuple[int, ...]:
    """Of a batch: (B, 3, S, S) of frames, or (B, 3, L, S, S) of snippets of L frames."""
    return (batch, 3, size, size) if isinstance(size, int) else (batch, 3, size.frames, size.side, size.side)


def size_told(size: Size) -> str:
    """What a model reads, in words."""
    frames, side = ("frames", size) if isinstance(size, int) else (f"snippets of {size.frames} frames", size.side)
    return f"{frames} of {side} x {side} pixels"


@dataclass(frozen=True)
class Entry:
    """What building a model takes beyond its name."""

    options: dict[str, Any] = field(default_factory=dict)
    """Keyword arguments of torchvision's builder."""
    size_option: str | None = None
    """The builder's argument for the side of the frames, where the weights depend on it (transformers)."""
    snippet_frames: int | None = None
    """The frames of a snippet, where torchvision's builder knows no other number."""
    has_maps: bool = True
    """Whether what looks like a convolution's map is one of the frame."""
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
    "mvit_v1_b": Entry(snippet_frames=16, has_maps=False),
    "mvit_v2_s": Entry(snippet_frames=16, has_maps=False),
    **{f"vit_{kind}": Entry(size_option="image_size") for kind in ("b_16", "b_32", "l_16", "l_32", "h_14")},
}


def entry_of(name: str) -> Entry:
    """The entry of a model, an empty one where none is needed."""
    return ENTRIES.get(name, Entry())


def known_architectures() -> list[str]:
    """Every classification model of this torchvision: those of images, then those of video, sorted each."""
    from torchvision import models

    return [*models.list_models(module=models), *video_architectures()]


def video_architectures() -> list[str]:
    """Those that read snippets of several frames, sorted."""
    from torchvision import models

    return models.list_models(module=models.video)


def reads_snippets(name: str) -> bool:
    """Whether the model is one of video: it reads snippets where others read single frames."""
    return name in video_architectures()


def check_reads_frames(name: str, what: str) -> None:
    """Raises a UserError where ``what`` asks for a backbone of single frames, and ``name`` reads snippets."""
    if reads_snippets(name):
        raise UserError(
            f"{what} needs a backbone that reads single frames, and {name} reads snippets of several: take one like "
            f"resnet18, or use {name} for features of videos (`kedro run`)."
        )


def check_architecture(name: str) -> None:
    """Raises a UserError with the near and the known names when ``name`` is none of torchvision's."""
    known = known_architectures()
    if name not in known:
        raise unknown_name("backbone", name, known)


def weights_records(name: str) -> dict[str, WeightsEnum]:
    """The weights that torchvision publishes for a model, by name, the first published first."""
    from torchvision.models import get_model_weights

    return dict(get_model_weights(name).__members__)


def build_module(name: str, num_classes: int, size: Size, device: str = "cpu", initialised: bool = False) -> nn.Module:
    """A model of that name in evaluation mode, its weights not yet loaded.

    Args:
        name: One of ``known_architectures()``.
        num_classes: Size of its head, K.
        size: What it will read.
        device: ``meta`` builds it without memory, to look at its layers and shapes.
        initialised: its weights are what torchvision begins a training from, also where its builder can spare that.
    """
    from torchvision.models import get_model

    entry = entry_of(name)
    options = dict(entry.options)
    if "init_weights" in options:
        options["init_weights"] = initialised
    side = size if isinstance(size, int) else size.side
    if entry.size_option is not None:
        options[entry.size_option] = side if entry.size_option == "image_size" else (side, side)
    with torch.device(device if not name.startswith("regnet") else "cpu"):
        # RegNet computes its widths with tensors while it is built, which the meta device cannot.
        module = get_model(name, weights=None, num_classes=num_classes, **options)
    return module.to(device).eval()
