"""What the benchmarks share: the backbone, the configurations, the machine's name."""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from seqpipe.config import BackboneConfig, ClipConfig, FeaturesConfig, RuntimeConfig, SnippetConfig
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.weights import RANDOM, load_backbone
from seqpipe.extraction.speed import processor
from seqpipe.runtime.devices import usable_cores

RESULTS = Path(__file__).parent / "results"
CLIP = ClipConfig(stream="rgb", flow_side=256, sampling="uniform", frames=16, fps=1.0, stride=1)
RUNTIME = RuntimeConfig(seed=0, device="auto", threads=None, deterministic=True)
FEATURES = FeaturesConfig(
    layer="last_conv",
    pool="avg",
    precision="auto",
    dtype="float32",
    batch_size=None,
    compile="auto",
    workers=None,
    shard_samples=64,
)


def backbone_of(name: str, weights: str | None) -> Backbone:
    """A backbone from a weights file, or with seeded random weights (no network is needed to time it)."""
    snippet = SnippetConfig(frames=16, stride=1)
    config = BackboneConfig(name=name, weights=weights or RANDOM, view="centre", snippet=snippet)
    return load_backbone(config, seed=0)


def files_a_second(ways: Mapping[str, Callable[[str], Any]], paths: Sequence[str], rounds: int) -> dict[str, float]:
    """Of each way, by the processor's time, so that other processes do not count: they take turns; medians."""
    for way in ways.values():  # what libraries do once is done here
        way(paths[0])
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            started = time.process_time()
            for path in paths:
                way(path)
            seconds[name].append(time.process_time() - started)
    return {name: round(len(paths) / statistics.median(taken), 1) for name, taken in seconds.items()}


def machine() -> str:
    """Processor, cores, GPU if any, and the versions that matter."""
    gpu = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    versions = f"Python {platform.python_version()}, torch {torch.__version__}"
    return f"{processor()}, {usable_cores(RUNTIME)} cores{gpu}, {versions}"
