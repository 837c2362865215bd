"""A D' larger than memory should hold: built from the store and trained on, with time and peak memory. On Linux.

    python -m benchmarks.large_dataset [--samples N] [--features D]

Writes a synthetic store of flattened features (float16, one frame a sample), builds D' of it, and trains the linear
classifier and the ANN, each in a fresh process. Memory is the process's own (anonymous) at its peak: pages of mapped
files do not count, the system takes them back when it likes. 100000 samples of 25088 features (VGG's last map) take
5 GB of store, 5 GB of D' and 5 GB of its Parquet file. Writes ``benchmarks/results/large_dataset.json``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.common import RESULTS, RUNTIME, machine
from seqpipe.config import AnnConfig, LinearConfig, TrainingConfig
from seqpipe.core.progress import progress
from seqpipe.data.dataset import build_dataset
from seqpipe.data.dataset_file import read_dataset, write_dataset
from seqpipe.data.gather import MemmapPolicy
from seqpipe.extraction.index import sample_keys
from seqpipe.extraction.store import FeatureStore
from seqpipe.models.registry import model_entry
from seqpipe.runtime.devices import computing

CLASSES = 10
SHARD_SAMPLES = 64
IN_MEMORY_BYTES = 5 * 10**8
"""As conf/base/parameters/dataset.yml has it."""
SHARED = {"pooling": "mean", "standardize": True, "pca": None, "refit": False, "grid": {}}
CONFIGS = {
    "linear": LinearConfig(**SHARED, C=0.001, solver="auto", ngrams=1, max_iter=1000),
    "ann": AnnConfig(
        **SHARED,
        hidden=[256],
        dropout=0.3,
        training=TrainingConfig(
            learning_rate=0.001,
            warm_up=0.1,
            weight_decay=0.01,
            batch_size=64,
            accumulate=1,
            epochs=2,
            clip_norm=1.0,
            patience=None,
            keep="last",
        ),
    ),
}


def main() -> None:
    arguments = _arguments()
    if arguments.child:
        _child(arguments.child, arguments.folder)
        return
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        samples = _samples(arguments.samples)
        samples.to_parquet(Path(folder) / "samples.parquet")
        _write_store(samples, arguments.features, Path(folder))
        stages = {stage: _measured(stage, Path(folder)) for stage in ("build", *CONFIGS)}
    numbers = arguments.samples * arguments.features
    result = {
        "samples": arguments.samples,
        "features": arguments.features,
        "stages": stages,
        "mib_of_x_in_float32": 4 * numbers / 2**20,
        "mib_with_the_float64_vectors_of_scikit_learn": 12 * numbers / 2**20,
        "machine": machine(),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "large_dataset.json").write_text(json.dumps(result, indent=2) + "\n")
    _print(result)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Building and training on a D' larger than memory should hold.")
    parser.add_argument("--samples", type=int, default=20_000)
    parser.add_argument("--features", type=int, default=25_088)
    parser.add_argument("--folder", type=Path, help="where to put 15 GB for a while; the system's own by default")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    return parser.parse_args()


def _samples(count: int) -> pd.DataFrame:
    """The samples' table: 70 % train, 10 % val, 20 % test, every class in each."""
    names = [f"{n:06d}" for n in range(count)]
    splits = np.array(["train"] * 7 + ["val"] + ["test"] * 2)
    return pd.DataFrame(
        {
            "id": names,
            "kind": "image",
            "sha256": [hashlib.sha256(name.encode()).hexdigest() for name in names],
            "label": [f"class {n // 10 % CLASSES}" for n in range(count)],
            "group": names,
            "split": splits[np.arange(count) % 10],
        }
    )


def _write_store(samples: pd.DataFrame, features: int, folder: Path) -> None:
    """Features as ReLUs give them: half are zeros; a class shifts each by a little."""
    rng = np.random.default_rng(0)
    shifts = rng.normal(0, 0.02, (CLASSES, features)).astype(np.float32)
    store = FeatureStore(folder / "store", {"synthetic": True, "features": features})
    keys = sample_keys(samples)
    with store.writer("float16", SHARD_SAMPLES) as writer, progress(len(keys), "store", "sample") as bar:
        for n, key in enumerate(keys):
            x = rng.standard_normal((1, features), np.float32) + shifts[n // 10 % CLASSES]
            writer.add(key, [0.0], np.maximum(x, 0))
            bar.update()
    known = store.scan()
    index = pd.DataFrame(
        {
            "id": samples["id"],
            "sha256": samples["sha256"],
            "shard": [known[key].shard for key in keys],
            "frames": 1,
            "fingerprint": store.fingerprint,
        }
    )
    index.to_parquet(folder / "index.parquet")


def _measured(stage: str, folder: Path) -> dict[str, Any]:
    print(f"  {stage} ...", flush=True)
    command = [sys.executable, "-m", "benchmarks.large_dataset", "--child", stage, "--folder", str(folder)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    measured: dict[str, Any] = json.loads(told.splitlines()[-1])
    return measured


def _child(stage: str, folder: Path) -> None:
    """One stage in this process; its figures as a line of JSON."""
    with _peak_mib() as peak, computing(RUNTIME):
        facts = _build(folder) if stage == "build" else _train(stage, folder)
    print(json.dumps(facts | {"peak_mib": peak[0]}))


def _build(folder: Path) -> dict[str, float]:
    samples, index = (pd.read_parquet(folder / f"{name}.parquet") for name in ("samples", "index"))
    started = time.perf_counter()
    dataset = build_dataset(samples, index, folder / "store", MemmapPolicy(folder / "dataset_x", IN_MEMORY_BYTES))
    gathered = time.perf_counter() - started
    write_dataset(dataset, folder / "dataset.parquet")
    return {"gather_seconds": gathered, "write_seconds": time.perf_counter() - started - gathered}


def _train(name: str, folder: Path) -> dict[str, float]:
    started = time.perf_counter()
    dataset = read_dataset(folder / "dataset.parquet")
    read = time.perf_counter() - started
    model = model_entry(name).build(CONFIGS[name], RUNTIME)
    model.fit(dataset.part("train"), dataset.part("val"))
    fitted = time.perf_counter() - started - read
    test = dataset.part("test")
    accuracy = (model.predict_proba(test).argmax(axis=1) == test.t).mean()
    answered = time.perf_counter() - started - read - fitted
    return {
        "read_seconds": read,
        "fit_seconds": fitted,
        "answer_seconds": answered,
        "test_accuracy": float(accuracy),
    }


@contextmanager
def _peak_mib() -> Iterator[list[float]]:
    """The most anonymous memory of this process inside the block, looked at fifty times a second."""
    peak, done = [_anonymous_mib()], threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            peak[0] = max(peak[0], _anonymous_mib())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def _anonymous_mib() -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) / 1024


def _print(result: dict[str, Any]) -> None:
    print(f"\n{result['machine']}\n{result['samples']} samples x {result['features']} features, float16 in the store\n")
    for stage, measured in result["stages"].items():
        seconds = ", ".join(f"{k.removesuffix('_seconds')} {v:.0f} s" for k, v in measured.items() if "seconds" in k)
        accuracy = f", test accuracy {measured['test_accuracy']:.3f}" if "test_accuracy" in measured else ""
        print(f"  {stage:<8}peak {measured['peak_mib']:>6.0f} MiB   {seconds}{accuracy}")
    print(f"\n  whole in memory, x in float32 would be {result['mib_of_x_in_float32']:.0f} MiB, ", end="")
    print(f"{result['mib_with_the_float64_vectors_of_scikit_learn']:.0f} MiB with scikit-learn's float64 vectors")


if __name__ == "__main__":
    main()
