"""The backbone: a CNN with its weights and its transforms, as one record."""

from __future__ import annotations

import http.client
import json
import logging
import pickle
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from seqpipe.config import FeaturesConfig, SourceConfig, View, WeightsConfig
from seqpipe.core.errors import UserError, unknown_name
from seqpipe.core.files import written_aside
from seqpipe.core.fingerprint import Digest
from seqpipe.core.lineage import Lineage
from seqpipe.encoders import architectures
from seqpipe.encoders.weights_file import read_weights
from seqpipe.runtime.compat import default_socket_timeout

if TYPE_CHECKING:
    from torchvision.models import WeightsEnum

log = logging.getLogger(__name__)

FILE_SUFFIXES = (".pth", ".pt", ".safetensors", ".ckpt", ".bin", ".tar")
COUNTER = "num_batches_tracked"
"""A tensor that older files lack and that evaluation does not read."""
DOWNLOAD_TIMEOUT_SECONDS = 30.0
DAMAGED_SHARE = 0.1
"""Where no more of a file's tensors than this share do not fit, it is of that model, and something happened to it."""


@dataclass(frozen=True)
class Transforms:
    """From an RGB frame to what the backbone reads: resize, crop, scale to [0, 1], normalise."""

    resize: int
    """Length of the frame's shorter side after resizing, pixels; only the views ``centre`` and ``crops`` read it."""
    crop: int
    """Side of the square that the backbone reads, pixels."""
    mean: tuple[float, float, float]
    """Of R, G, B in [0, 1]."""
    std: tuple[float, float, float]
    interpolation: str = "bilinear"
    """A value of torchvision's ``InterpolationMode``."""
    view: View = "centre"
    """What of a frame is read: see ``seqpipe.extraction.input``."""

    def facts(self) -> dict[str, Any]:
        """What tells them from others; before there were views, all were of the centre and said nothing of it."""
        return {key: value for key, value in asdict(self).items() if (key, value) != ("view", "centre")}


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

        size = self.transforms.crop
        if not self.num_classes and layers.needs_head(self.name, size, node):
            raise UserError(
                f"The weights {self.weights} of {self.name} have no head, so features.layer={node} cannot be read: "
                f"give features.layer=penultimate, or weights with a head."
            )

    @property
    def lineage(self) -> Lineage:
        """What is handed down of it with the features that it reads."""
        return _lineage(self.name, self.weights, self.source, self.transforms.view, self.view_reason, self.fingerprint)

    @property
    def view_told(self) -> str:
        """What it reads of a frame and why, in a phrase for the reports."""
        return f"{self.transforms.view}, {self.view_reason}"

    def with_view(self, view: View, reason: str = "") -> Backbone:
        """The same backbone, reading this of a frame, for this ``reason``."""
        return replace(self, transforms=replace(self.transforms, view=view), view_reason=reason)

    def module(self) -> nn.Module:
        """The CNN with its weights, in evaluation mode, on the CPU: (B, 3, crop, crop) to (B, K)."""
        build = partial(architectures.build_module, self.name, max(1, self.num_classes), self.transforms.crop)
        module = build("meta")  # spares the random weights, which take longer than the rest
        tensors = {
            k: torch.empty_like(v, device="cpu").copy_(self.state_dict[k]) for k, v in module.state_dict().items()
        }
        module.load_state_dict(tensors, assign=True)
        if any(buffer.is_meta for buffer in module.buffers()):  # what a model keeps beside its state dict
            module = build("cpu")
            module.load_state_dict(self.state_dict)
        return module


def check_backbone(config: WeightsConfig, features: FeaturesConfig | None, source: SourceConfig) -> None:
    """Raises a UserError for whatever of the backbone is known to be wrong before the run.

    ``features`` names the layer where its features are read; None: they are not.
    """
    architectures.check_architecture(config.name)
    size = crop_of(config, source)
    if features is not None:
        from seqpipe.encoders import layers

        layers.resolve(config.name, size, features.layer)


def crop_of(config: WeightsConfig, source: SourceConfig) -> int:
    """The side of the images that the backbone will read, pixels."""
    if config.weights == "source":
        return source.size
    if _is_file(config.weights):
        return _transforms_of(_record_of_file(config.name, _existing_file(config))).crop
    return _transforms_of(_published(config)).crop


def load_backbone(config: WeightsConfig) -> Backbone:
    """Loads torchvision's weights by name or a local ``.pth`` or ``.safetensors`` file; it reads a frame's centre.

    Raises:
        UserError: Unknown name, missing or unreadable file, failed download, weights of another model.
    """
    architectures.check_architecture(config.name)
    if _is_file(config.weights):
        return _from_file(config)
    record = _published(config)
    categories = record.meta["categories"]
    return _assembled(config, record, f"ImageNet-1k, {len(categories)} classes", _downloaded(config, record))


def save_backbone(backbone: Backbone, folder: Path) -> None:
    """Writes ``backbone.safetensors`` and ``backbone.json`` into ``folder``."""
    facts = {
        "name": backbone.name,
        "weights": backbone.weights,
        "source": backbone.source,
        "num_classes": backbone.num_classes,
        "transforms": asdict(backbone.transforms),
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
    view, reason = facts["transforms"].get("view", "centre"), facts.get("view_reason", "")
    return _lineage(facts["name"], facts["weights"], facts["source"], view, reason, facts["fingerprint"])


def _lineage(name: str, weights: str, source: str, view: View, view_reason: str, fingerprint: str) -> Lineage:
    where = {"name": name, "weights": Path(weights).name, "source": source}
    return {"backbone": {**where, "view": view, "view_reason": view_reason, "fingerprint": fingerprint}}


def read_backbone(folder: Path) -> Backbone:
    """Reads what ``save_backbone`` wrote.

    Raises:
        UserError: The folder does not hold a whole backbone.
    """
    try:
        facts = json.loads((folder / "backbone.json").read_text())
        tensors = safetensors.torch.load_file(folder / "backbone.safetensors")
        fingerprint = facts.pop("fingerprint")
        given: dict[str, Any] = facts.pop("transforms")
        transforms = Transforms(**{**given, "mean": tuple(given["mean"]), "std": tuple(given["std"])})
        backbone = Backbone(**facts, transforms=transforms, state_dict=tensors)
    except (OSError, ValueError, KeyError, TypeError, safetensors.SafetensorError) as error:
        raise UserError(f"{folder} holds no readable backbone ({error}): run again from `backbone`.") from error
    if backbone.fingerprint != fingerprint:
        raise UserError(f"The two files of the backbone in {folder} do not belong together: run again from `backbone`.")
    return backbone


def _is_file(weights: str) -> bool:
    return weights.endswith(FILE_SUFFIXES) or "/" in weights or Path(weights).is_file()


def _existing_file(config: WeightsConfig) -> Path:
    path = Path(config.weights).expanduser()
    if not path.is_file():
        raise UserError(
            f"backbone.weights: there is no file {config.weights}; give an existing .pth or .safetensors "
            f"file, `source`, or one of {', '.join(_published_names(config.name))}."
        )
    return path


def _published_names(name: str) -> list[str]:
    return list(dict.fromkeys(["DEFAULT", *architectures.weights_records(name)]))


def _published(config: WeightsConfig) -> WeightsEnum:
    wanted = config.weights.rsplit(".", 1)[-1]  # "ResNet18_Weights.DEFAULT" is understood as well
    records = architectures.weights_records(config.name)
    if wanted == "DEFAULT":
        return next(iter(records.values())).__class__["DEFAULT"]
    if wanted not in records:
        known = ["source", *_published_names(config.name), "<a .pth or .safetensors file>"]
        raise unknown_name(f"backbone.weights for {config.name}", config.weights, known)
    return records[wanted]


def _first_record(name: str) -> WeightsEnum:
    return next(iter(architectures.weights_records(name).values()))


def _record_of_file(name: str, path: Path) -> WeightsEnum:
    """The record whose download bears the file's name, else the model's first: the plain training recipe."""
    records = architectures.weights_records(name).values()
    return next((r for r in records if Path(r.url).name == path.name), _first_record(name))


def _transforms_of(record: WeightsEnum) -> Transforms:
    preset: Any = record.transforms()
    return Transforms(
        resize=preset.resize_size[0],
        crop=preset.crop_size[0],
        mean=tuple(preset.mean),
        std=tuple(preset.std),
        interpolation=preset.interpolation.value,
    )


def _from_file(config: WeightsConfig) -> Backbone:
    path = _existing_file(config)
    record = _record_of_file(config.name, path)
    expected = architectures.build_module(config.name, 1, _transforms_of(record).crop, "meta").state_dict()
    state_dict = read_weights(path, [key for key in expected if not key.endswith(COUNTER)])
    log.info("Weights from %s, transforms of %s.", path.name, record)
    return _assembled(config, record, f"weights file {path.name}", state_dict)


def _downloaded(config: WeightsConfig, record: WeightsEnum) -> dict[str, Tensor]:
    log.info("Weights %s (downloaded unless they are in torch's cache).", record)
    try:
        # A network that swallows packets must not hang a run for minutes.
        with default_socket_timeout(DOWNLOAD_TIMEOUT_SECONDS):
            return dict(record.get_state_dict(progress=False, check_hash=True, weights_only=True))
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, http.client.HTTPException) as error:
        raise UserError(
            f"The weights {config.weights} of {config.name} are not whole in torch's cache and could not be downloaded "
            f"from {record.url} ({error}): put that file on this machine and give backbone.weights=<the file>, or use "
            f"backbone.weights=source."
        ) from error


def _assembled(config: WeightsConfig, record: WeightsEnum, source: str, tensors: dict[str, Tensor]) -> Backbone:
    from seqpipe.encoders import layers

    transforms = _transforms_of(record)
    ignored = architectures.entry_of(config.name).ignored_weights
    tensors = {key: value for key, value in tensors.items() if not key.startswith(ignored or ("\0",))}
    head = layers.head_layer(config.name, transforms.crop)
    num_classes = _classes_in(f"{head}.weight", tensors)
    module = architectures.build_module(config.name, max(1, num_classes), transforms.crop, "meta")
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
    config: WeightsConfig, prefix: str, expected: dict[str, Tensor], tensors: dict[str, Tensor]
) -> dict[str, Tensor]:
    log.info("The weights %s have no head %s: features can be read up to it.", config.weights, prefix.rstrip("."))
    body = {key: tensor for key, tensor in tensors.items() if not key.startswith(prefix)}
    return body | {key: torch.zeros(t.shape, dtype=t.dtype) for key, t in expected.items() if key.startswith(prefix)}


def _check_finite(config: WeightsConfig, tensors: dict[str, Tensor]) -> None:
    faulty = [key for key, t in tensors.items() if t.is_floating_point() and not bool(t.isfinite().all())]
    if faulty:
        more = f" and {len(faulty) - 1} more tensors" if len(faulty) > 1 else ""
        raise UserError(
            f"backbone.weights: {config.weights} holds numbers that are not finite, in {faulty[0]}{more}: the training "
            f"that wrote it had diverged, or the file is damaged; take an earlier checkpoint."
        )


def _check_fit(config: WeightsConfig, expected: dict[str, Tensor], got: dict[str, Tensor]) -> None:
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
