"""A frame dataset that a test can read: clips of one colour; and a CNN of random weights to begin from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from seqpipe.data.frame_cache import Frames
from seqpipe.data.frame_dataset import FrameDataset, arrays_of
from seqpipe.data.frame_shards import ShardWriter, scan
from seqpipe.encoders.architectures import build_module
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.transforms import Transforms
from seqpipe.targets.classes import ClassTargets

NAME, SIZE = "shufflenet_v2_x0_5", 32
CLASSES = ("blue", "green", "red")


def make_backbone(name: str, size: int) -> Backbone:
    """Random weights, but statistics as if they had been trained: without them nothing of a frame reaches the end."""
    torch.manual_seed(7)
    transforms = Transforms(resize=size, crop=size, mean=(0.5, 0.4, 0.3), std=(0.2, 0.25, 0.3))
    module = build_module(name, 10, size)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = 1.0
    with torch.no_grad():
        module.train()(torch.randn(16, 3, size, size))
    return Backbone(name, "random", "nothing", 10, transforms, module.state_dict())


def frames_of(folder: Path, pictures: list[np.ndarray]) -> Frames:
    """The cache of samples given as (n, H, W, 3) uint8."""
    keys = [f"video-{i:03d}" for i in range(len(pictures))]
    with ShardWriter(folder) as writer:
        for key, frames in zip(keys, pictures, strict=True):
            writer.add(key, list(frames))
    shards, found = scan(folder)
    return Frames(keys, shards, np.concatenate([found[k] for k in keys]), np.cumsum([0, *map(len, pictures)]), "rgb")


def frame_dataset(frames: Frames, t: np.ndarray, class_names: tuple[str, ...] = CLASSES) -> FrameDataset:
    """All samples of a cache; of every four two are of train, one of val and one of test."""
    names = np.array([f"s{i:03d}" for i in range(len(t))], object)
    return FrameDataset(
        frames=frames,
        rows=np.arange(len(t)),
        targets=ClassTargets(t.astype(np.int64), class_names),
        ids=names,
        groups=names,
        splits=np.array((["train", "train", "val", "test"] * len(t))[: len(t)], object),
        times_s=arrays_of(np.arange(frames.count(i)) / 2 for i in range(len(t))),
        fingerprint="test",
    )


def colours(folder: Path, n: int = 18) -> FrameDataset:
    """Clips of 1 to 3 slightly noisy frames of one colour, which is their class."""
    rng = np.random.default_rng(0)
    t = np.arange(n) % 3
    pictures = []
    for i, colour in enumerate(t):
        frames = rng.integers(0, 40, (1 + i // 3 % 3, SIZE, SIZE, 3))
        frames[..., 2 - colour] += 150
        pictures.append(frames.astype(np.uint8))
    return frame_dataset(frames_of(folder, pictures), t)
