"""How fast this machine runs a backbone in each precision: measured once, recorded, and decided from."""

from __future__ import annotations

import json
import logging
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import torch

from seqpipe.core.files import write_first
from seqpipe.core.fingerprint import fingerprint
from seqpipe.encoders import layers
from seqpipe.encoders.backbones import Backbone
from seqpipe.extraction.extractor import Extractor
from seqpipe.runtime.arithmetic import exact_float32
from seqpipe.runtime.devices import intra_op_threads

log = logging.getLogger(__name__)

WORTH_IT = 1.2
"""How many times faster bfloat16 must be to be taken: its features differ in the third digit."""
ROUNDS = 4
FRAMES = {"cpu": 8, "cuda": 64}
ENOUGH_SECONDS = 4.0


def choose_precision(wanted: str, backbone: Backbone, device: torch.device) -> str:
    """``float32`` or ``bfloat16``: what was wanted, or for ``auto`` what this machine's record says."""
    return wanted if wanted != "auto" else faster(frames_per_second(backbone, device), backbone.name)


def faster(rates: dict[str, float], name: str) -> Literal["float32", "bfloat16"]:
    """What to compute in by the speed in each precision; bfloat16 must be worth its lost digits."""
    if "bfloat16" not in rates:
        log.info("Precision float32: this machine has no native bfloat16.")
        return "float32"
    ratio = rates["bfloat16"] / rates["float32"]
    chosen: Literal["float32", "bfloat16"] = "bfloat16" if ratio >= WORTH_IT else "float32"
    log.info("Computing in %s: bfloat16 reads %.1f times as many frames a second here (%s).", chosen, ratio, name)
    return chosen


def frames_per_second(backbone: Backbone, device: torch.device) -> dict[str, float]:
    """Frames a second of one lane, by precision; of a video backbone snippets."""
    return recorded(_facts(backbone, device), lambda: _measured(backbone, device))


def recorded(facts: dict[str, str | int], measure: Callable[[], dict[str, float]]) -> dict[str, float]:
    """What ``measure`` gave, in frames a second, the first time that someone with these facts asked.

    Measured once a machine, torch version, model, input size and whatever else is in ``facts``, so that two
    projects on one machine decide alike; recorded in the user's cache folder. The first of two writers at once
    wins. Where nothing can be recorded, this run's measurement counts.
    """
    record = cache_folder() / "speed" / f"{facts['model']}-{facts['size']}-{fingerprint(facts)}.json"
    known = _read(record)
    if known is not None:
        return known
    measured = measure()
    try:
        text = json.dumps({**facts, "frames_per_second": measured}, indent=2) + "\n"
        write_first(record, text, is_whole=lambda path: _read(path) is not None)
    except OSError as error:
        log.warning("The speed measured cannot be recorded (%s): the next run will measure it again.", error)
    return _read(record) or measured


def cache_folder() -> Path:
    """``$SEQPIPE_CACHE``, else ``seqpipe`` in the user's cache folder."""
    given = os.environ.get("SEQPIPE_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(given) if given else Path(base) / "seqpipe"


def has_native_bfloat16(device: torch.device) -> bool:
    """Whether the hardware multiplies bfloat16 itself: emulation is slower than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    told = _cpu_capabilities()
    if told:
        return any(told.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))
    return bool(getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)())


def _cpu_capabilities() -> dict[str, Any]:
    return getattr(torch.cpu, "get_capabilities", dict)()  # not in every torch this runs with


def machine_facts(device: torch.device) -> dict[str, str | int]:
    """What a speed depends on whatever runs."""
    machine = processor() if device.type == "cpu" else torch.cuda.get_device_name(device)
    return {"machine": machine, "torch": torch.__version__}


def _facts(backbone: Backbone, device: torch.device) -> dict[str, str | int]:
    snippet = backbone.transforms.snippet
    frames = {} if snippet is None else {"frames": snippet.frames}
    return {**machine_facts(device), "model": backbone.name, "size": backbone.transforms.crop, **frames}


def processor() -> str:
    told = _cpu_capabilities()
    name = told.get("cpu_name") or platform.processor()
    return f"{platform.machine()} {name} {torch.backends.cpu.get_cpu_capability()}"


def _measured(backbone: Backbone, device: torch.device) -> dict[str, float]:
    """The best of a few rounds; the precisions take turns, so that another process disturbs both."""
    log.info("Measuring %s on this machine, once.", backbone.name)
    size = backbone.transforms.size
    pooled_node = layers.PooledNode(layers.resolve(backbone.name, size, layers.PENULTIMATE), "flatten")
    rows = FRAMES[device.type] if isinstance(size, int) else max(1, FRAMES[device.type] // size.frames)
    precisions = ["float32", "bfloat16"] if has_native_bfloat16(device) else ["float32"]
    with intra_op_threads(1):
        extractors = {p: Extractor(backbone, [pooled_node], p, device) for p in precisions}
        seconds: dict[str, list[float]] = {p: [] for p in precisions}
        started = time.perf_counter()
        for round_ in range(1 + ROUNDS):
            for precision, extractor in extractors.items():
                seconds[precision].append(_batch_seconds(extractor, rows))
            if round_ > 0 and time.perf_counter() - started > ENOUGH_SECONDS:
                break
    return {p: round(rows / min(taken), 2) for p, taken in seconds.items()}


def _batch_seconds(extractor: Extractor, rows: int) -> float:
    batch = extractor.empty_batch(rows)
    started = time.perf_counter()
    with exact_float32(extractor.precision):
        extractor.features(batch)[0].cpu()  # waits for CUDA as well
    return time.perf_counter() - started


def _read(record: Path) -> dict[str, float] | None:
    try:
        return json.loads(record.read_text())["frames_per_second"]
    except (OSError, ValueError, KeyError):
        return None
