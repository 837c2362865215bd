"""A model's tensors out of a weights file, however they were wrapped when they were saved."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import safetensors.torch
import torch
from torch import Tensor

from seqpipe.core.errors import UserError

log = logging.getLogger(__name__)

UNSUPPORTED = re.compile(r"Unsupported global: GLOBAL (\S+)")
FITTING_SHARE = 0.5
"""Of a model's tensors that a set must name to be taken for the model's."""


class _Set(NamedTuple):
    """A dict of tensors in a file that names the model's under one prefix."""

    where: str
    """Keys on the way to it and the prefix of its names, as a person would write them."""
    prefix: str
    matched: int
    tensors: dict[str, Tensor]


def read_weights(path: Path, names: Collection[str]) -> dict[str, Tensor]:
    """The tensors of a ``.safetensors`` file or of one that ``torch.save`` wrote, without running code from it.

    They may lie in any dict of the file (``state_dict``, ``model``, ...) and have a prefix in common
    (``module.``, ``_orig_mod.``, ``backbone.``, ...), which is taken off; tensors beside that prefix are left out
    and counted on the screen.

    Args:
        names: Of the tensors that the model has: they tell its set from an optimiser's, and the prefix.

    Raises:
        UserError: Not readable without running code, no tensors, or several sets that fit equally well.
    """
    loaded = _loaded(path)
    dicts = dict(_dicts_of_tensors(loaded))
    if not dicts:
        keys = f"; its keys: {', '.join(map(str, list(loaded)[:8]))}" if isinstance(loaded, dict) and loaded else ""
        raise UserError(
            f"backbone.weights: {path} holds no state dict (names and tensors){keys}; save `model.state_dict()`."
        )
    sets = sorted((s for item in dicts.items() for s in _sets(*item, names)), key=lambda s: -s.matched)
    best = [s for s in sets if s.matched == sets[0].matched]
    if sets[0].matched < FITTING_SHARE * len(names):  # of another model: say how it differs
        return max(dicts.values(), key=len)
    if len(best) > 1:
        listed = ", ".join(s.where for s in best)
        raise UserError(
            f"backbone.weights: {path} holds {len(best)} sets of weights that fit ({listed}); "
            f"save the one that is meant to a file of its own with torch.save."
        )
    return _without_prefix(path, best[0])


def _loaded(path: Path) -> Any:
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load raises whatever the bytes lead it to
        raise UserError(f"backbone.weights: {path} holds no tensors that can be read safely{_why(error)}") from error


def _why(error: Exception) -> str:
    message = str(error).strip() or type(error).__name__
    if unsupported := UNSUPPORTED.search(message):
        return (
            f": beside them it holds {unsupported[1]}, which only running code from the file could make. Where it was "
            "made, save the tensors alone: torch.save(model.state_dict(), 'weights.pth')."
        )
    if "TorchScript" in message:
        return ": it is a TorchScript program; save torch.jit.load(...).state_dict() instead."
    return f" ({message.splitlines()[0][:200]})."


def _dicts_of_tensors(loaded: Any, where: str = "") -> Iterator[tuple[str, dict[str, Tensor]]]:
    if not isinstance(loaded, dict):
        return
    tensors = {key: value for key, value in loaded.items() if isinstance(key, str) and isinstance(value, Tensor)}
    if tensors:
        yield where, tensors
    for key, value in loaded.items():
        yield from _dicts_of_tensors(value, f"{where}.{key}" if where else str(key))


def _sets(where: str, tensors: dict[str, Tensor], names: Collection[str]) -> Iterator[_Set]:
    """The dict under every prefix that some of the model's names have in it."""
    known, matched = frozenset(names), Counter[str]()
    for name in tensors:
        parts = name.split(".")
        matched.update(
            "".join(f"{part}." for part in parts[:n]) for n in range(len(parts)) if ".".join(parts[n:]) in known
        )
    for prefix, count in (matched or {"": 0}).items():
        written = " ".join(filter(None, [where, f"{prefix}*" if prefix else ""])) or "the names without a prefix"
        yield _Set(written, prefix, count, tensors)


def _without_prefix(path: Path, weights: _Set) -> dict[str, Tensor]:
    inside = {k.removeprefix(weights.prefix): v for k, v in weights.tensors.items() if k.startswith(weights.prefix)}
    beside = [key for key in weights.tensors if not key.startswith(weights.prefix)]
    if beside:
        log.info("%s: %d tensors beside %s are not read (%s).", path.name, len(beside), weights.where, beside[0])
    return inside
