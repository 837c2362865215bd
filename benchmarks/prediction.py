"""``predict`` beside extraction alone, on the same files and backbone; and how long a bundle takes to be loaded.

    python -m benchmarks.prediction [--corpus FOLDER] [--clips N] [--backbone NAME] [--weights FILE]

**Throughput**: files never seen before are asked about (found, measured from end to end, extracted, answered), and the
features of the same files, measured before, are extracted; both take turns for a few rounds, each from an empty
store. The ratio is the median of the rounds'; measuring alone is told as well. **Loading**: in a process that has
imported torch, until a bundle can be asked. Writes ``benchmarks/results/prediction.json``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.clips import write_clips
from benchmarks.common import CLIP, FEATURES, RESULTS, RUNTIME, backbone_of, machine
from seqpipe.commands.asked import project_parameters
from seqpipe.config import SvmConfig
from seqpipe.data.dataset import FeatureDataset
from seqpipe.encoders.backbones import Backbone, save_backbone
from seqpipe.extraction.engine import extract
from seqpipe.models.linear.vector import Svm
from seqpipe.models.persist import save_model
from seqpipe.targets.classes import ClassTargets
from seqpipe.use.bundle import Bundle, read_bundle, write_bundle
from seqpipe.use.novelty import reference_of, vectors
from seqpipe.use.predictor import Predictor
from seqpipe.use.reference_file import write_reference
from seqpipe.use.sources import listing_of_paths

REPOSITORY = Path(__file__).parents[1]
TRAINED, CLASSES = 300, 4
LOADING = """
import sys, time
import torch
began = time.perf_counter()
from pathlib import Path
from seqpipe.config import RuntimeConfig
from seqpipe.use.bundle import read_bundle
from seqpipe.use.predictor import Predictor
runtime = RuntimeConfig(seed=0, device="auto", threads=None, deterministic=True)
predictor = Predictor(read_bundle(Path(sys.argv[1])), runtime, Path(sys.argv[2]), Path(sys.argv[2]))
predictor.reference
print(time.perf_counter() - began)
"""


def main() -> None:
    given = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        paths = [given.corpus] if given.corpus else _rendered(home, given.clips)
        write_bundle(_bundle(home, backbone_of(given.backbone, given.weights)), home / "bundle")
        result = measure(read_bundle(home / "bundle"), paths, given.rounds, home)
        result["loading_seconds"] = _loading(home, given.rounds)
    result |= {"backbone": given.backbone, "machine": machine()}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "prediction.json").write_text(json.dumps(result, indent=2) + "\n")
    _print(result)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Prediction beside extraction alone.")
    parser.add_argument("--corpus", type=Path, help="folder of real videos instead of rendered clips")
    parser.add_argument("--clips", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--backbone", default="resnet18")
    parser.add_argument("--weights", help="a weights file; without one, seeded random weights")
    return parser.parse_args()


def _rendered(home: Path, count: int) -> list[Path]:
    print(f"Rendering {count} clips ...", flush=True)
    (home / "clips").mkdir()
    return write_clips(home / "clips", count)


def _bundle(home: Path, backbone: Backbone) -> Bundle:
    """A classifier of features that no clip has: what it answers is not what is measured."""
    size = 512
    rng = np.random.default_rng(0)
    names = np.array([str(n) for n in range(TRAINED)], object)
    splits = np.where(np.arange(TRAINED) % 4 == 0, "val", "train").astype(object)
    t = rng.integers(0, CLASSES, TRAINED)
    dataset = FeatureDataset(
        x=rng.random((TRAINED, CLIP.frames, size), dtype=np.float32),
        mask=np.ones((TRAINED, CLIP.frames), bool),
        times_s=np.zeros((TRAINED, CLIP.frames), np.float32),
        targets=ClassTargets(t, tuple("abcd")),
        ids=names,
        groups=names,
        splits=splits,
        fingerprint="random",
    )
    parameters = project_parameters(REPOSITORY, "base")
    model = Svm(SvmConfig.model_validate(parameters["svm"] | {"grid": {}}), RUNTIME)
    train, val = dataset.part("train"), dataset.part("val")
    model.fit(train, val)
    save_model(model, home / "made/model")
    (home / "made/encoder").mkdir()
    save_backbone(backbone, home / "made/encoder")
    write_reference(reference_of(vectors(train.x[:], train.mask), vectors(val.x[:], val.mask)), home / "made/novelty")
    settings = {"corpus": parameters["corpus"], "clip": CLIP.model_dump(), "features": FEATURES.model_dump()}
    trained = {"corpus": "random", "samples": "", "fit": {"sure_from": 0.5}}
    return Bundle(
        model=home / "made/model",
        encoder=home / "made/encoder",
        modality="pictures",
        kinds=("video",),
        frames=CLIP.frames,
        settings=settings,
        trained=trained,
        novelty=home / "made/novelty",
    )


def measure(bundle: Bundle, paths: list[Path], rounds: int, home: Path) -> dict[str, Any]:
    """Runs both in turns, each from an empty store, after one that is not counted."""

    def asked(where: str) -> tuple[Predictor, pd.DataFrame]:
        listing = listing_of_paths([str(path) for path in paths], None, images=False)
        return Predictor(bundle, RUNTIME, home / where / "store", home / where / "probes"), listing

    predictor, listing = asked("first")
    samples, quarantine = predictor.probed(listing)
    predictor.predict(listing)  # speeds are measured, kernels chosen
    taken: dict[str, list[tuple[float, float]]] = {"extraction": [], "measuring": [], "prediction": []}
    for round_ in range(rounds):
        extracting = (samples, predictor.encoder, CLIP, FEATURES, RUNTIME, home / f"extracted{round_}")
        works: dict[str, Callable[[], object]] = {
            "extraction": partial(extract, *extracting),
            "measuring": partial(asked(f"probed{round_}")[0].probed, listing),
            "prediction": partial(asked(f"asked{round_}")[0].predict, listing),
        }
        for name, work in works.items():
            taken[name].append(_seconds(work))
        print(", ".join(f"{name} {wall:.2f} s ({cpu:.2f} s of CPU)" for name, (wall, cpu) in _last(taken)), flush=True)
    ratios = np.array(taken["prediction"]) / np.array(taken["extraction"])
    wall, cpu = (float(np.median(ratios[:, n])) for n in range(2))
    return {
        "ratio": wall,
        "ratio_of_cpu": cpu,
        "medians": {name: np.median(seconds, axis=0).tolist() for name, seconds in taken.items()},
        "rounds": taken,
        "clips": len(samples),
        "left_out": len(quarantine),
        "bundle_mib": bundle.mib,
    }


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    """How long it took, and for how long cores were at it: the second hardly depends on who else computes."""
    began, worked = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - worked


def _last(taken: dict[str, list[tuple[float, float]]]) -> list[tuple[str, tuple[float, float]]]:
    return [(name, seconds[-1]) for name, seconds in taken.items()]


def _loading(home: Path, rounds: int) -> float:
    command = [sys.executable, "-c", LOADING, str(home / "bundle"), str(home / "nothing")]
    return statistics.median(
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(rounds)
    )


def _print(result: dict[str, Any]) -> None:
    print(f"\n{result['machine']}\n{result['backbone']}, {result['clips']} clips, {result['left_out']} left out")
    for name, (wall, cpu) in result["medians"].items():
        print(f"  {name:<12}{wall:>8.2f} s, {result['clips'] / wall:.1f} clips/s ({cpu:.2f} s of CPU)")
    print(f"  prediction takes {result['ratio']:.2f} times as long as extraction alone, ", end="")
    print(f"{result['ratio_of_cpu']:.2f} times as much of the CPU")
    print(f"  a bundle of {result['bundle_mib']:.1f} MiB is loaded in {result['loading_seconds']:.2f} s beside torch")


if __name__ == "__main__":
    main()
