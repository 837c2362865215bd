"""What the benchmarks share: the backbone, the configurations, the machine's name."""

from __future__ import annotations

import platform
from pathlib import Path

import torch

from seqpipe.config import BackboneConfig, ClipConfig, FeaturesConfig, RuntimeConfig
from seqpipe.encoders.architectures import build_module
from seqpipe.encoders.backbones import Backbone, Transforms, load_backbone
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
    if weights:
        return load_backbone(BackboneConfig(name=name, weights=weights, view="centre"))
    torch.manual_seed(0)
    transforms = Transforms(resize=256, crop=224, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    state_dict = build_module(name, 1000, transforms.crop).state_dict()
    return Backbone(name, "random", "nothing: seeded random weights", 1000, transforms, state_dict)


def machine() -> str:
    """Processor, cores, GPU if any, and the versions that matter."""
    gpu = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    versions = f"Python {platform.python_version()}, torch {torch.__version__}"
    return f"{processor()}, {usable_cores(RUNTIME)} cores{gpu}, {versions}"
