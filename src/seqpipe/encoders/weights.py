"""Weights by what ``backbone.weights`` calls them: torchvision's names, a local file, or random ones."""

from __future__ import annotations

import http.client
import logging
import pickle
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from seqpipe.config import BackboneConfig, FeaturesConfig, SourceConfig
from seqpipe.core.errors import UserError, unknown_name
from seqpipe.encoders import architectures
from seqpipe.encoders.architectures import Size
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.fitting import COUNTER, assembled
from seqpipe.encoders.transforms import Snippet, Transforms, transforms_of
from seqpipe.encoders.weights_file import read_weights
from seqpipe.runtime.compat import default_socket_timeout

if TYPE_CHECKING:
    from torchvision.models import WeightsEnum

log = logging.getLogger(__name__)

SOURCE, RANDOM = "source", "random"
"""Weights that are made here: trained on the built-in source domain, or drawn."""
FILE_SUFFIXES = (".pth", ".pt", ".safetensors", ".ckpt", ".bin", ".tar")
DOWNLOAD_TIMEOUT_SECONDS = 30.0


def check_backbone(config: BackboneConfig, features: FeaturesConfig | None, source: SourceConfig) -> None:
    """Raises a UserError for whatever of the backbone is known to be wrong before the run.

    ``features`` names the layer where its features are read; None: they are not.
    """
    architectures.check_architecture(config.name)
    size = size_of(config, source)
    if features is not None:
        check_layer(config, size, features.layer)


def check_layer(config: BackboneConfig, size: Size, layer: str) -> None:
    """Raises a UserError where the backbone, reading this size, has no such layer, or its weights will not have it."""
    from seqpipe.encoders import layers

    node = layers.resolve(config.name, size, layer)
    if config.weights == RANDOM and layers.needs_head(config.name, size, node):
        raise UserError(
            f"backbone.weights=random draws no head, so {layer} of {config.name} cannot be read: give penultimate for "
            "the layer, or weights with a head."
        )


def size_of(config: BackboneConfig, source: SourceConfig) -> Size:
    """What the backbone will read.

    Raises:
        UserError: No such weights, or weights that read other snippets.
    """
    if config.weights != SOURCE:
        return transforms_for(config).size
    if architectures.reads_snippets(config.name):
        raise UserError(
            f"backbone.weights=source trains a backbone on single images, and {config.name} reads snippets of video: "
            f"give backbone.weights a file, one of {', '.join(_published_names(config.name))}, or random."
        )
    return source.size


def transforms_for(config: BackboneConfig) -> Transforms:
    """What the weights that the configuration names were tested with; of random ones, what the model's first were."""
    if config.weights == RANDOM:
        record = _first_record(config.name)
    elif _is_file(config.weights):
        record = _record_of_file(config.name, _existing_file(config))
    else:
        record = _published(config)
    return transforms_of(record, _snippet(config))


def _snippet(config: BackboneConfig) -> Snippet | None:
    if not architectures.reads_snippets(config.name):
        return None
    frames, wanted = architectures.entry_of(config.name).snippet_frames, config.snippet.frames
    if frames not in (None, wanted):
        raise UserError(
            f"{config.name} reads snippets of exactly {frames} frames, got {wanted}: give "
            f"backbone.snippet.frames={frames}."
        )
    return Snippet(wanted, config.snippet.stride)


def load_backbone(config: BackboneConfig, seed: int) -> Backbone:
    """Loads torchvision's weights by name or a local file, or draws them by ``seed``; it reads a frame's centre.

    Raises:
        UserError: Unknown name, missing or unreadable file, failed download, weights of another model.
    """
    architectures.check_architecture(config.name)
    if config.weights == RANDOM:
        return _drawn(config, seed)
    if _is_file(config.weights):
        return _from_file(config)
    record, transforms = _published(config), transforms_for(config)
    domain = "ImageNet-1k" if transforms.snippet is None else "Kinetics-400"
    source = f"{domain}, {len(record.meta['categories'])} classes"
    return assembled(config, transforms, source, _downloaded(config, record))


def _is_file(weights: str) -> bool:
    return weights.endswith(FILE_SUFFIXES) or "/" in weights or Path(weights).is_file()


def _existing_file(config: BackboneConfig) -> Path:
    path = Path(config.weights).expanduser()
    if not path.is_file():
        raise UserError(
            f"backbone.weights: there is no file {config.weights}; give an existing .pth or .safetensors "
            f"file, or one of {', '.join(_names_of_weights(config.name))}."
        )
    return path


def _published_names(name: str) -> list[str]:
    return list(dict.fromkeys(["DEFAULT", *architectures.weights_records(name)]))


def _names_of_weights(name: str) -> list[str]:
    made_here = [RANDOM] if architectures.reads_snippets(name) else [SOURCE, RANDOM]
    return [*made_here, *_published_names(name)]


def _published(config: BackboneConfig) -> WeightsEnum:
    wanted = config.weights.rsplit(".", 1)[-1]  # "ResNet18_Weights.DEFAULT" is understood as well
    records = architectures.weights_records(config.name)
    if wanted == "DEFAULT":
        return next(iter(records.values())).__class__["DEFAULT"]
    if wanted not in records:
        known = [*_names_of_weights(config.name), "<a .pth or .safetensors file>"]
        raise unknown_name(f"backbone.weights for {config.name}", config.weights, known)
    return records[wanted]


def _first_record(name: str) -> WeightsEnum:
    return next(iter(architectures.weights_records(name).values()))


def _record_of_file(name: str, path: Path) -> WeightsEnum:
    """The record whose download bears the file's name, else the model's first: the plain training recipe."""
    records = architectures.weights_records(name).values()
    return next((r for r in records if Path(r.url).name == path.name), _first_record(name))


def _from_file(config: BackboneConfig) -> Backbone:
    path, transforms = _existing_file(config), transforms_for(config)
    expected = architectures.build_module(config.name, 1, transforms.size, "meta").state_dict()
    state_dict = read_weights(path, [key for key in expected if not key.endswith(COUNTER)])
    log.info("Weights from %s, transforms of %s.", path.name, _record_of_file(config.name, path))
    return assembled(config, transforms, f"weights file {path.name}", state_dict)


def _drawn(config: BackboneConfig, seed: int) -> Backbone:
    """As torchvision begins a training, without a head: there is no source task that it would answer."""
    from seqpipe.encoders import layers

    transforms = transforms_for(config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = architectures.build_module(config.name, 1, transforms.size, initialised=True)
    head = f"{layers.head_layer(config.name, transforms.size)}."
    tensors = {key: tensor for key, tensor in module.state_dict().items() if not key.startswith(head)}
    log.warning("%s has random weights (seed %d): nothing was learned, its features are a baseline.", config.name, seed)
    return assembled(config, transforms, f"nothing (random weights of seed {seed})", tensors)


def _downloaded(config: BackboneConfig, record: WeightsEnum) -> dict[str, Tensor]:
    log.info("Weights %s (downloaded unless they are in torch's cache).", record)
    try:
        # A network that swallows packets must not hang a run for minutes.
        with default_socket_timeout(DOWNLOAD_TIMEOUT_SECONDS):
            return dict(record.get_state_dict(progress=False, check_hash=True, weights_only=True))
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, http.client.HTTPException) as error:
        instead = "random, of which nothing was learned" if architectures.reads_snippets(config.name) else SOURCE
        raise UserError(
            f"The weights {config.weights} of {config.name} are not whole in torch's cache and could not be downloaded "
            f"from {record.url} ({error}): put that file on this machine and give backbone.weights=<the file>, or use "
            f"backbone.weights={instead}."
        ) from error
