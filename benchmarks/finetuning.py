"""Fine-tuning against a plain loop, on the same JPEG files, network, augmentation and batch size, in one run.

    python -m benchmarks.finetuning [--images N] [--rounds N] [--backbone NAME] [--weights FILE]

Both take turns, an epoch each, so that another process on the machine disturbs both; medians are told. Ours is the
product's own `FineTuned`; its frames are decoded once, before the first epoch, which is told apart.
Writes ``benchmarks/results/finetuning.json``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

from benchmarks.common import CLIP, RESULTS, RUNTIME, backbone_of, machine
from benchmarks.pictures import CLASSES, write_pictures
from benchmarks.reference_finetuning import JpegFiles, train_epoch, training_transform
from seqpipe.config import CnnTrainingConfig, FinetuneConfig
from seqpipe.data.frame_augmentation import Normalise
from seqpipe.data.frame_cache import cached_frames
from seqpipe.data.frame_dataset import FrameDataset, arrays_of
from seqpipe.encoders.architectures import build_module
from seqpipe.encoders.backbones import Backbone
from seqpipe.models.finetune.finetuned import FineTuned
from seqpipe.runtime.devices import computing, resolve_device
from seqpipe.runtime.heap import tuned_malloc
from seqpipe.targets.classes import ClassTargets
from seqpipe.training.precision import choose_training_precision

CONFIG = FinetuneConfig(
    strategy="all",
    freeze=0,
    frames=None,
    head_rate=1.0,
    layer_decay=1.0,
    training=CnnTrainingConfig(
        learning_rate=1e-4,
        warm_up=0.1,
        weight_decay=0.01,
        batch_size=32,
        accumulate=1,
        epochs=1,
        clip_norm=1.0,
        patience=None,
        keep="last",
        precision="auto",
    ),
    class_weights="none",
    label_smoothing=0.0,
    mixup=0.0,
    min_crop_scale=0.35,
    horizontal_flip=True,
    color_jitter=0.2,
)
WORKERS = (0, 2)
"""The reference's DataLoader: its default, and one process a core; the faster one is measured."""
WARM_UP_BATCHES = 2


def main() -> None:
    parser = argparse.ArgumentParser(description="Fine-tuning against a plain loop.")
    parser.add_argument("--images", type=int, default=192)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--backbone", default="resnet18")
    parser.add_argument("--weights", help="a weights file; without one, seeded random weights")
    arguments = parser.parse_args()
    backbone = backbone_of(arguments.backbone, arguments.weights)
    with tempfile.TemporaryDirectory() as folder, computing(RUNTIME):
        print(f"Drawing {arguments.images} pictures ...", flush=True)
        samples = write_pictures(Path(folder) / "pictures", arguments.images)
        result = measure(samples, backbone, arguments.rounds, Path(folder))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "finetuning.json").write_text(json.dumps(result, indent=2) + "\n")
    _print(result)


def measure(samples: pd.DataFrame, backbone: Backbone, rounds: int, folder: Path) -> dict[str, Any]:
    """Runs both in turns, an epoch each."""
    few = samples[: WARM_UP_BATCHES * CONFIG.training.batch_size]
    _our_epoch(few, backbone, folder / "warm-up")
    trials = {workers: _seconds(_reference_epoch(few, backbone, workers)) for workers in WORKERS}
    workers = min(trials, key=lambda count: trials[count])
    caching = _seconds(lambda: cached_frames(samples, backbone.transforms, CLIP, RUNTIME, folder / "frames"))
    theirs_epoch = _reference_epoch(samples, backbone, workers)
    ours, theirs = [], []
    for round_ in range(rounds):
        ours.append(len(samples) / _seconds(lambda: _our_epoch(samples, backbone, folder / "frames")))
        theirs.append(len(samples) / _seconds(theirs_epoch))
        print(f"  round {round_ + 1}: {ours[-1]:.1f} against {theirs[-1]:.1f} images/s", flush=True)
    rate, size = statistics.median(ours), backbone.transforms.crop
    net = nn.Sequential(Normalise(backbone.transforms), build_module(backbone.name, CLASSES, size))
    precision = choose_training_precision(  # what the trainings above have recorded
        CONFIG.training.precision, net, backbone.name, size, CONFIG.training.batch_size, resolve_device(RUNTIME)
    )
    return {
        "ratio": statistics.median(a / b for a, b in zip(ours, theirs, strict=True)),
        "images_per_second": rate,
        "reference_images_per_second": statistics.median(theirs),
        "first_epoch_images_per_second": len(samples) / (caching + len(samples) / rate),
        "caching_images_per_second": len(samples) / caching,
        "arithmetic_only_images_per_second": _arithmetic_only(net, size, precision),
        "precision": precision,
        "reference_workers": workers,
        "backbone": f"{backbone.name} ({backbone.source}) at {backbone.transforms.crop} px",
        "batch_size": CONFIG.training.batch_size,
        "images": len(samples),
        "kilobytes_per_image": float(samples["bytes"].mean() / 1000),
        "rounds": {"ours": ours, "reference": theirs},
        "machine": machine(),
    }


def _our_epoch(samples: pd.DataFrame, backbone: Backbone, folder: Path) -> None:
    """A training of one epoch, from opening the cache to the fitted model."""
    frames = cached_frames(samples, backbone.transforms, CLIP, RUNTIME, folder)
    names = np.array([str(n) for n in range(len(samples))], object)
    data = FrameDataset(
        frames=frames,
        rows=np.arange(len(samples)),
        targets=ClassTargets(samples["t"].to_numpy(np.int64), tuple(f"class {n}" for n in range(CLASSES))),
        ids=names,
        groups=names,
        splits=np.full(len(samples), "train", object),
        times_s=arrays_of([0.0] for _ in names),
        fingerprint="benchmark",
    )
    FineTuned(CONFIG, RUNTIME, backbone=backbone).fit(data, None)


def _reference_epoch(samples: pd.DataFrame, backbone: Backbone, workers: int) -> Callable[[], float]:
    transforms = backbone.transforms
    augment = training_transform(
        transforms.crop, CONFIG.min_crop_scale, CONFIG.color_jitter, list(transforms.mean), list(transforms.std)
    )
    files = JpegFiles(samples["path"].tolist(), samples["t"].tolist(), augment)
    loader = DataLoader(
        files, CONFIG.training.batch_size, shuffle=True, num_workers=workers, persistent_workers=workers > 0
    )
    model = build_module(backbone.name, CLASSES, transforms.crop)
    optimizer = torch.optim.AdamW(model.parameters(), lr=CONFIG.training.learning_rate)
    return lambda: train_epoch(model, loader, optimizer)


def _seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _arithmetic_only(net: nn.Module, size: int, precision: str) -> float:
    """Images a second of bare steps on one batch: what no way of feeding the network could exceed."""
    net = net.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), lr=CONFIG.training.learning_rate, fused=True)
    x = torch.zeros(CONFIG.training.batch_size, 3, size, size, dtype=torch.uint8)
    t = torch.arange(CONFIG.training.batch_size) % CLASSES

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            loss = cross_entropy(net(x), t)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    with tuned_malloc():
        seconds = [_seconds(step) for _ in range(6)]
    return CONFIG.training.batch_size / statistics.median(seconds)


def _print(result: dict[str, Any]) -> None:
    print(f"\n{result['machine']}\n{result['backbone']}, batches of {result['batch_size']}, ", end="")
    print(f"{result['images']} JPEG files of {result['kilobytes_per_image']:.0f} KB\n")
    rows = [
        (f"seqpipe ({result['precision']})", result["images_per_second"]),
        ("  its first epoch, with decoding", result["first_epoch_images_per_second"]),
        (f"plain loop ({result['reference_workers']} workers)", result["reference_images_per_second"]),
        ("bare steps, nothing to feed", result["arithmetic_only_images_per_second"]),
        ("decoding into the cache alone", result["caching_images_per_second"]),
    ]
    for name, rate in rows:
        print(f"  {name:<36}{rate:>8.1f} images/s")
    print(f"\n  ratio {result['ratio']:.2f}")


if __name__ == "__main__":
    main()
