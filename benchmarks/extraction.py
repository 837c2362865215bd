"""Extraction against the plain reference, on the same videos, frames and backbone, in one run.

    python -m benchmarks.extraction [--videos FOLDER] [--backbone NAME] [--weights FILE]

Both take turns for a few rounds, so that another process on the machine disturbs both; medians are told.
Writes ``benchmarks/results/extraction.json``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torchvision.transforms._presets import ImageClassification

from benchmarks.clips import samples_table, write_clips
from benchmarks.common import CLIP, FEATURES, RESULTS, RUNTIME, backbone_of, machine
from benchmarks.reference_extraction import reference_features, without_head
from seqpipe.encoders import layers
from seqpipe.encoders.backbones import Backbone
from seqpipe.extraction import speed
from seqpipe.extraction.engine import BATCH_SIZE, extract
from seqpipe.extraction.extractor import Extractor
from seqpipe.extraction.index import sample_keys
from seqpipe.extraction.input import to_input
from seqpipe.extraction.store import read_shard
from seqpipe.media.decoding.decode import read_clip
from seqpipe.media.sampling import clip_times
from seqpipe.runtime.devices import intra_op_threads, resolve_device, usable_cores
from seqpipe.runtime.parallel import ordered_map


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.videos:
            paths = sorted(p for p in arguments.videos.rglob("*") if p.suffix in (".mp4", ".avi", ".mkv"))
            paths = paths[:: max(1, len(paths) // arguments.clips)][: arguments.clips]
        else:
            print(f"Rendering {arguments.clips} clips ...", flush=True)
            paths = write_clips(Path(folder), arguments.clips)
        samples = samples_table(paths)
        backbone = backbone_of(arguments.backbone, arguments.weights)
        result = measure(samples, backbone, arguments.rounds, Path(folder))
    _write(result)
    _print(result)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Extraction against a plain reference.")
    parser.add_argument("--videos", type=Path, help="folder of real videos instead of rendered clips")
    parser.add_argument("--clips", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--backbone", default="resnet18")
    parser.add_argument("--weights", help="a weights file; without one, seeded random weights")
    return parser.parse_args()


def measure(samples: pd.DataFrame, backbone: Backbone, rounds: int, folder: Path) -> dict[str, Any]:
    """Runs both in turns; every round of ours starts from an empty store."""
    times = {
        row["id"]: clip_times(row["length"], row["rate"], row["duration_s"], CLIP) for row in samples.to_dict("records")
    }
    frames = sum(map(len, times.values()))
    device = resolve_device(RUNTIME)
    precision = speed.choose_precision(FEATURES.precision, backbone, device)  # once a machine, not once a run
    ours, theirs = [], []
    for round_ in range(rounds):
        started = time.perf_counter()
        index = extract(samples, backbone, CLIP, FEATURES, RUNTIME, folder / f"store{round_}")
        ours.append(frames / (time.perf_counter() - started))
        started = time.perf_counter()
        reference = _reference(samples, times, backbone)
        theirs.append(frames / (time.perf_counter() - started))
        print(f"  round {round_ + 1}: {ours[-1]:.1f} against {theirs[-1]:.1f} frames/s", flush=True)
    got = _features(samples, index, folder / f"store{rounds - 1}")
    wanted = np.concatenate([reference[id_] for id_ in samples["id"]])
    decode = _decode_only(samples, times, backbone)
    arithmetic = _arithmetic_only(backbone, precision, device)
    return {
        "ratio": statistics.median(a / b for a, b in zip(ours, theirs, strict=True)),
        "cosine_min": float(_cosine(got, wanted).min()),
        "cosine_min_centred": float(_cosine(got - wanted.mean(0), wanted - wanted.mean(0)).min()),
        "frames_per_second": statistics.median(ours),
        "reference_frames_per_second": statistics.median(theirs),
        "decode_only_frames_per_second": decode,
        "arithmetic_only_frames_per_second": arithmetic,
        "both_on_the_same_cores_frames_per_second": 1 / (1 / decode + 1 / arithmetic),
        "precision": precision,
        "backbone": f"{backbone.name} ({backbone.source}) at {backbone.transforms.crop} px",
        "clips": len(samples),
        "frames_per_clip": CLIP.frames,
        "kilobits_per_second": float((samples["bytes"] * 8e-3 / samples["duration_s"]).mean()),
        "rounds": {"ours": ours, "reference": theirs},
        "machine": machine(),
    }


def _reference(samples: pd.DataFrame, times: dict[str, list[float]], backbone: Backbone) -> dict[str, np.ndarray]:
    transforms = backbone.transforms
    preprocess = ImageClassification(
        crop_size=transforms.crop, resize_size=transforms.resize, mean=transforms.mean, std=transforms.std
    )
    cnn = without_head(backbone.module())
    return {
        id_: reference_features(path, times[id_], cnn, preprocess)
        for id_, path in zip(samples["id"], samples["path"], strict=True)
    }


def _features(samples: pd.DataFrame, index: pd.DataFrame, store: Path) -> np.ndarray:
    shards = {shard: read_shard(store / shard) for shard in set(index["shard"])}
    keys = sample_keys(samples)
    return np.concatenate([shards[s][key][1] for s, key in zip(index["shard"], keys, strict=True)])


def _cosine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a, b = a.astype(np.float64), b.astype(np.float64)
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def _decode_only(samples: pd.DataFrame, times: dict[str, list[float]], backbone: Backbone) -> float:
    """Sampled frames a second of decoding, resizing and cropping alone, on every core."""

    def decode(row: dict[Hashable, Any]) -> int:
        clip = read_clip(row["path"], row["kind"], times[row["id"]])
        return len(to_input(clip, backbone.transforms))

    cores = usable_cores(RUNTIME)
    started = time.perf_counter()
    with intra_op_threads(1):
        frames = sum(ordered_map(decode, samples.to_dict("records"), cores, 2 * cores))
    return frames / (time.perf_counter() - started)


def _arithmetic_only(backbone: Backbone, precision: str, device: torch.device) -> float:
    """Frames a second of the network alone, frames already decoded, on every core."""
    pooled_node = layers.PooledNode(
        layers.resolve(backbone.name, backbone.transforms.crop, FEATURES.layer), FEATURES.pool
    )
    compute_workers = usable_cores(RUNTIME) if device.type == "cpu" else 1
    with intra_op_threads(1):
        extractor = Extractor(backbone, [pooled_node], precision, device)
        batch = extractor.empty_batch(FEATURES.batch_size or BATCH_SIZE[device.type])
        batches = [batch] * (32 * compute_workers)
        extractor.features(batch)[0].cpu()
        started = time.perf_counter()
        for output in ordered_map(extractor.features, batches, compute_workers, compute_workers + 2):
            output[0].cpu()
    return len(batches) * len(batch) / (time.perf_counter() - started)


def _write(result: dict[str, Any]) -> None:
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "extraction.json").write_text(json.dumps(result, indent=2) + "\n")


def _print(result: dict[str, Any]) -> None:
    print(f"\n{result['machine']}")
    print(
        f"{result['backbone']}, {result['clips']} clips of {result['kilobits_per_second']:.0f} kbit/s, ",
        end="",
    )
    print(f"{result['frames_per_clip']} frames each\n")
    rows = [
        (f"seqpipe ({result['precision']})", result["frames_per_second"]),
        ("plain reference", result["reference_frames_per_second"]),
        ("limit: decoding alone", result["decode_only_frames_per_second"]),
        ("limit: arithmetic alone", result["arithmetic_only_frames_per_second"]),
        ("limit: both on the same cores", result["both_on_the_same_cores_frames_per_second"]),
    ]
    for name, rate in rows:
        print(f"  {name:<32}{rate:>9.1f} frames/s")
    print(
        f"\n  ratio {result['ratio']:.2f}, smallest cosine to the reference {result['cosine_min']:.5f} ",
        end="",
    )
    print(f"({result['cosine_min_centred']:.5f} about the mean feature)")


if __name__ == "__main__":
    main()
