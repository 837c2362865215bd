"""The backbone: a CNN with its weights and its transforms, as one record."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from seqpipe.config import View
from seqpipe.core.errors import UserError
from seqpipe.core.files import written_aside
from seqpipe.core.fingerprint import Digest
from seqpipe.core.lineage import Lineage
from seqpipe.encoders import architectures
from seqpipe.encoders.transforms import Transforms


@dataclass(frozen=True, eq=False)
class Backbone:
    """A CNN trained on a source domain.

    Attributes:
        name: The torchvision model.
        weights: What the user gave for the weights.
        source: The source domain and task in one phrase.
        num_classes: K of the source task; 0 where the weights have no head (its tensors are then zeros, for one class).
        transforms: What the weights were trained to read.
        state_dict: Its tensors, on the CPU.
        view_reason: Why it reads this of a frame, in a phrase; it decides nothing.
    """

    name: str
    weights: str
    source: str
    num_classes: int
    transforms: Transforms
    state_dict: dict[str, Tensor]
    view_reason: str = "as the weights were tested"

    @cached_property
    def fingerprint(self) -> str:
        """Of name, transforms and tensors: equal for equal backbones, wherever they came from."""
        digest = Digest([self.name, self.transforms.facts()])
        for key, tensor in sorted(self.state_dict.items()):
            numbers = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
            digest.add_array(key, tensor.dtype, tensor.shape, [numbers])
        return digest.hexdigest()

    def check_readable(self, node: str) -> None:
        """Raises a UserError where features at this graph node would come of a head that the weights do not have."""
        from seqpipe.encoders import layers

        size = self.transforms.size
        if not self.num_classes and layers.needs_head(self.name, size, node):
            raise UserError(
                f"The weights {self.weights} of {self.name} have no head, so features.layer={node} cannot be read: "
                f"give features.layer=penultimate, or weights with a head."
            )

    @property
    def lineage(self) -> Lineage:
        """What is handed down of it with the features that it reads."""
        return _lineage(self.name, self.weights, self.source, self.transforms, self.view_reason, self.fingerprint)

    @property
    def view_told(self) -> str:
        """What it reads of a frame and why, in a phrase for the reports."""
        return f"{self.transforms.view}, {self.view_reason}"

    def with_view(self, view: View, reason: str = "") -> Backbone:
        """The same backbone, reading this of a frame, for this ``reason``."""
        return replace(self, transforms=replace(self.transforms, view=view), view_reason=reason)

    def module(self) -> nn.Module:
        """The CNN with its weights, in evaluation mode, on the CPU: (B, 3, crop, crop) to (B, K).

        Of video it reads (B, 3, L, crop, crop), L the frames of a snippet.
        """
        build = partial(architectures.build_module, self.name, max(1, self.num_classes), self.transforms.size)
        module = build("meta")  # spares the random weights, which take longer than the rest
        tensors = {
            k: torch.empty_like(v, device="cpu").copy_(self.state_dict[k]) for k, v in module.state_dict().items()
        }
        module.load_state_dict(tensors, assign=True)
        if any(buffer.is_meta for buffer in module.buffers()):  # what a model keeps beside its state dict
            module = build("cpu")
            module.load_state_dict(self.state_dict)
        return module


def save_backbone(backbone: Backbone, folder: Path) -> None:
    """Writes ``backbone.safetensors`` and ``backbone.json`` into ``folder``."""
    facts = {
        "name": backbone.name,
        "weights": backbone.weights,
        "source": backbone.source,
        "num_classes": backbone.num_classes,
        "transforms": backbone.transforms.facts(),
        "view_reason": backbone.view_reason,
        "fingerprint": backbone.fingerprint,
    }
    tensors = {key: tensor.detach().cpu().contiguous() for key, tensor in backbone.state_dict.items()}
    with written_aside(folder / "backbone.safetensors") as aside:
        safetensors.torch.save_file(tensors, aside)
    with written_aside(folder / "backbone.json") as aside:
        aside.write_text(json.dumps(facts, indent=2) + "\n")


def backbone_lineage(folder: Path) -> Lineage:
    """The lineage of the backbone in ``folder``, without its tensors."""
    facts = json.loads((folder / "backbone.json").read_text())
    transforms, reason = Transforms.again(facts["transforms"]), facts.get("view_reason", "")
    return _lineage(facts["name"], facts["weights"], facts["source"], transforms, reason, facts["fingerprint"])


def _lineage(
    name: str, weights: str, source: str, transforms: Transforms, view_reason: str, fingerprint: str
) -> Lineage:
    where = {"name": name, "weights": Path(weights).name, "source": source}
    resize = transforms.resize if isinstance(transforms.resize, int) else list(transforms.resize)
    read = {"view": transforms.view, "view_reason": view_reason, "resize": resize, "crop": transforms.crop}
    return {"backbone": {**where, **read, "fingerprint": fingerprint}}


def read_backbone(folder: Path) -> Backbone:
    """Reads what ``save_backbone`` wrote.

    Raises:
        UserError: The folder does not hold a whole backbone.
    """
    try:
        facts = json.loads((folder / "backbone.json").read_text())
        tensors = safetensors.torch.load_file(folder / "backbone.safetensors")
        fingerprint = facts.pop("fingerprint")
        transforms = Transforms.again(facts.pop("transforms"))
        backbone = Backbone(**facts, transforms=transforms, state_dict=tensors)
    except (OSError, ValueError, KeyError, TypeError, safetensors.SafetensorError) as error:
        raise UserError(f"{folder} holds no readable backbone ({error}): run again from `backbone`.") from error
    if backbone.fingerprint != fingerprint:
        raise UserError(f"The two files of the backbone in {folder} do not belong together: run again from `backbone`.")
    return backbone
