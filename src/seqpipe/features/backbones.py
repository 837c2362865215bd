"""The backbone: a CNN with its weights and its transforms, as one record."""

from __future__ import annotations

import json
import logging
import socket
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn
from torchvision.models import WeightsEnum

from seqpipe.config import BackboneConfig, FeaturesConfig, SourceConfig, View
from seqpipe.errors import UserError, unknown_name
from seqpipe.features import architectures, layers
from seqpipe.files import written_aside
from seqpipe.fingerprint import Digest
from seqpipe.lineage import Lineage

log = logging.getLogger(__name__)

FILE_SUFFIXES = (".pth", ".pt", ".safetensors")
DOWNLOAD_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True)
class Transforms:
    """From an RGB frame to what the backbone reads: resize, centre crop, scale to [0, 1], normalise."""

    resize: int
    """Length of the frame's shorter side after resizing, pixels; only the view ``centre`` reads it."""
    crop: int
    """Side of the square that the backbone reads, pixels."""
    mean: tuple[float, float, float]
    """Of R, G, B in [0, 1]."""
    std: tuple[float, float, float]
    interpolation: str = "bilinear"
    """A value of torchvision's ``InterpolationMode``."""
    view: View = "centre"
    """``centre``: the centre crop of the resized frame; ``whole``: the whole frame, squeezed into the square."""

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
        num_classes: K of the source task.
        transforms: What the weights were trained to read.
        state_dict: Its tensors, on the CPU.
    """

    name: str
    weights: str
    source: str
    num_classes: int
    transforms: Transforms
    state_dict: dict[str, Tensor]

    @cached_property
    def fingerprint(self) -> str:
        """Of name, transforms and tensors: equal for equal backbones, wherever they came from."""
        digest = Digest([self.name, self.transforms.facts()])
        for key, tensor in sorted(self.state_dict.items()):
            numbers = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
            digest.add_array(key, tensor.dtype, tensor.shape, [numbers])
        return digest.hexdigest()

    @property
    def lineage(self) -> Lineage:
        """What is handed down of it with the features that it reads."""
        return _lineage(self.name, self.weights, self.source, self.transforms.view, self.fingerprint)

    def viewing(self, view: View) -> Backbone:
        """The same backbone, reading this of a frame."""
        return replace(self, transforms=replace(self.transforms, view=view))

    def module(self) -> nn.Module:
        """The CNN with its weights, in evaluation mode, on the CPU: (B, 3, crop, crop) to (B, K)."""
        build = partial(architectures.build_module, self.name, self.num_classes, self.transforms.crop)
        module = build("meta")  # spares the random weights, which take longer than the rest
        tensors = {
            k: torch.empty_like(v, device="cpu").copy_(self.state_dict[k]) for k, v in module.state_dict().items()
        }
        module.load_state_dict(tensors, assign=True)
        if any(buffer.is_meta for buffer in module.buffers()):  # what a model keeps beside its state dict
            module = build("cpu")
            module.load_state_dict(self.state_dict)
        return module


def check_backbone(config: BackboneConfig, features: FeaturesConfig | None, source: SourceConfig) -> None:
    """Raises a UserError for whatever of the backbone is known to be wrong before the run.

    ``features`` names the layer where its features are read; None: they are not.
    """
    architectures.check_architecture(config.name)
    size = crop_of(config, source)
    if features is not None:
        layers.resolve(config.name, size, features.layer)


def crop_of(config: BackboneConfig, source: SourceConfig) -> int:
    """The side of the images that the backbone will read, pixels."""
    if config.weights == "source":
        return source.size
    if _is_file(config.weights):
        return _transforms_of(_record_of_file(config.name, _existing_file(config))).crop
    return _transforms_of(_published(config)).crop


def load_backbone(config: BackboneConfig) -> Backbone:
    """Loads torchvision's weights by name or a local ``.pth`` or ``.safetensors`` file.

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
    view, fingerprint = facts["transforms"].get("view", "centre"), facts["fingerprint"]
    return _lineage(facts["name"], facts["weights"], facts["source"], view, fingerprint)


def _lineage(name: str, weights: str, source: str, view: View, fingerprint: str) -> Lineage:
    where = {"name": name, "weights": Path(weights).name, "source": source}
    return {"backbone": {**where, "view": view, "fingerprint": fingerprint}}


def read_backbone(folder: Path) -> Backbone:
    """Reads what ``save_backbone`` wrote.

    Raises:
        UserError: The folder does not hold a whole backbone.
    """
    try:
        facts = json.loads((folder / "backbone.json").read_text())
        tensors = safetensors.torch.load_file(folder / "backbone.safetensors")
        told = facts.pop("fingerprint")
        given: dict[str, Any] = facts.pop("transforms")
        transforms = Transforms(**{**given, "mean": tuple(given["mean"]), "std": tuple(given["std"])})
        backbone = Backbone(**facts, transforms=transforms, state_dict=tensors)
    except (OSError, ValueError, KeyError, TypeError, safetensors.SafetensorError) as error:
        raise UserError(f"{folder} holds no readable backbone ({error}): run again from `backbone`.") from error
    if backbone.fingerprint != told:
        raise UserError(f"The two files of the backbone in {folder} do not belong together: run again from `backbone`.")
    return backbone


def _is_file(weights: str) -> bool:
    return weights.endswith(FILE_SUFFIXES) or "/" in weights or Path(weights).is_file()


def _existing_file(config: BackboneConfig) -> Path:
    path = Path(config.weights).expanduser()
    if not path.is_file():
        raise UserError(
            f"backbone.weights: there is no file {config.weights}; give an existing .pth or .safetensors "
            f"file, `source`, or one of {', '.join(_published_names(config.name))}."
        )
    if path.suffix not in FILE_SUFFIXES:
        raise UserError(f"backbone.weights: {path} must end in {', '.join(FILE_SUFFIXES)}.")
    return path


def _published_names(name: str) -> list[str]:
    return list(dict.fromkeys(["DEFAULT", *architectures.weights_records(name)]))


def _published(config: BackboneConfig) -> WeightsEnum:
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


def _from_file(config: BackboneConfig) -> Backbone:
    path = _existing_file(config)
    state_dict = _state_dict_in(path)
    record = _record_of_file(config.name, path)
    log.info("Weights from %s, transforms of %s.", path.name, record)
    return _assembled(config, record, f"weights file {path.name}", state_dict)


def _state_dict_in(path: Path) -> dict[str, Tensor]:
    """The tensors of a file: also those nested under ``state_dict`` or ``model``, or named ``module.*``."""
    loaded: Any
    try:
        if path.suffix == ".safetensors":
            loaded = safetensors.torch.load_file(path)
        else:
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load raises whatever the bytes lead it to
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise UserError(f"backbone.weights: {path} holds no tensors that can be read safely ({reason}).") from error
    for nested in ("state_dict", "model"):
        if isinstance(loaded, dict) and isinstance(loaded.get(nested), dict):
            loaded = loaded[nested]
    tensors = {k: v for k, v in loaded.items() if isinstance(v, Tensor)} if isinstance(loaded, dict) else {}
    if not tensors:
        raise UserError(f"backbone.weights: {path} holds no state dict (names and tensors); save `model.state_dict()`.")
    while all(key.startswith("module.") for key in tensors):  # what DataParallel leaves
        tensors = {key.removeprefix("module."): value for key, value in tensors.items()}
    return tensors


@contextmanager
def _impatient() -> Iterator[None]:
    """A network that swallows packets must not hang a run for minutes."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _downloaded(config: BackboneConfig, record: WeightsEnum) -> dict[str, Tensor]:
    log.info("Weights %s (downloaded unless they are in torch's cache).", record)
    try:
        with _impatient():
            return dict(record.get_state_dict(progress=False, check_hash=True, weights_only=True))
    except (urllib.error.URLError, OSError, RuntimeError) as error:
        raise UserError(
            f"The weights {config.weights} of {config.name} could not be downloaded from {record.url} "
            f"({error}): put that file on this machine and give backbone.weights=<the file>, or use "
            f"backbone.weights=source."
        ) from error


def _assembled(config: BackboneConfig, record: WeightsEnum, source: str, tensors: dict[str, Tensor]) -> Backbone:
    transforms = replace(_transforms_of(record), view=config.view)
    ignored = architectures.entry_of(config.name).ignored_weights
    tensors = {key: value for key, value in tensors.items() if not key.startswith(ignored or ("\0",))}
    num_classes = _classes_in(config, transforms.crop, tensors)
    expected = architectures.build_module(config.name, num_classes, transforms.crop, "meta").state_dict()
    _check_fit(config, expected, tensors)
    _check_finite(config, tensors)
    phrase = source if "classes" in source else f"{source}, {num_classes} classes"
    return Backbone(config.name, config.weights, phrase, num_classes, transforms, tensors)


def _classes_in(config: BackboneConfig, crop: int, tensors: dict[str, Tensor]) -> int:
    """K as the head's tensor tells: a file may come from a task with any number of classes."""
    head = tensors.get(f"{layers.head_layer(config.name, crop)}.weight")
    return int(head.shape[0]) if head is not None and head.ndim >= 2 else layers.IMAGENET_CLASSES


def _check_finite(config: BackboneConfig, tensors: dict[str, Tensor]) -> None:
    broken = [key for key, tensor in tensors.items() if tensor.is_floating_point() and not tensor.isfinite().all()]
    if broken:
        raise UserError(
            f"backbone.weights: {config.weights} holds numbers that are not finite (NaN or infinite) in "
            f"{', '.join(broken[:3])}{f' and {len(broken) - 3} more' if len(broken) > 3 else ''}: its training broke "
            "down; take the weights of an earlier epoch, or others."
        )


def _check_fit(config: BackboneConfig, expected: dict[str, Tensor], got: dict[str, Tensor]) -> None:
    optional = {key for key in expected if key.endswith("num_batches_tracked")}
    for key in optional - got.keys():  # older files lack the counter, which evaluation does not read
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
        raise UserError(
            f"backbone.weights: {config.weights} does not fit {config.name}: {'; '.join(faults[:3])}{more}. "
            f"Give backbone.name the model these weights were trained for."
        )
