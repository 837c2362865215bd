"""Steps of recordings of motion, beside pandas: the same files, the same steps, in seconds of the processor.

    python -m benchmarks.motion [--count N]

A recording is a CSV of ten seconds of six channels at 50 Hz with a column of times; both bring it to the configured
rate. **seqpipe** reads it as a run does, doubts included (units of times, gaps, what is no number); the plain way is
``pandas.read_csv`` and the mean of the rows in each step. They take turns for a few rounds; medians are told. Writes
``benchmarks/results/motion.json``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from benchmarks.common import RESULTS, files_a_second, machine
from seqpipe.config import MotionConfig
from seqpipe.modalities.motion.encoder import MotionEncoder

CONF = Path(__file__).parents[1] / "conf/base/parameters/motion.yml"
SECONDS, RATE, CHANNELS = 10.0, 50.0, ("ax", "ay", "az", "gx", "gy", "gz")


def main() -> None:
    parser = argparse.ArgumentParser(description="Steps of recordings of motion beside pandas.")
    parser.add_argument("--count", type=int, default=200, help="files")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    config = MotionConfig.model_validate(yaml.safe_load(CONF.read_text())["motion"])
    with tempfile.TemporaryDirectory() as folder:
        told = measure(_recordings(Path(folder), given.count), config, given.rounds)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "motion.json").write_text(json.dumps(told, indent=2) + "\n")
    print(json.dumps(told, indent=2))


def _recordings(folder: Path, count: int) -> list[str]:
    random = np.random.default_rng(0)
    times = np.arange(int(SECONDS * RATE)) / RATE
    for n in range(count):
        walk = random.normal(size=(len(times), len(CHANNELS))).cumsum(axis=0)
        table = pd.DataFrame(walk, columns=list(CHANNELS)).round(4)
        table.insert(0, "time", times.round(3))
        table.to_csv(folder / f"{n:04d}.csv", index=False)
    return sorted(str(path) for path in folder.iterdir())


def measure(paths: Sequence[str], config: MotionConfig, rounds: int) -> dict[str, Any]:
    """Files a second of both, of the processor's time, and how far their steps are apart."""
    encoder = MotionEncoder(config)
    times = np.arange(int((SECONDS - 1 / RATE) * config.rate) + 1) / config.rate
    ways: dict[str, Callable[[str], np.ndarray]] = {
        "seqpipe": lambda path: encoder.encode(path, "motion", (times + 0.5 / config.rate).tolist()),
        "plain": lambda path: plain(path, times),
    }
    first = {name: way(paths[0]) for name, way in ways.items()}
    rates = files_a_second(ways, paths, rounds)
    apart = float(np.abs(first["seqpipe"][:, : len(CHANNELS)] - first["plain"]).max())
    return {"files": len(paths), "files_a_second": rates, "largest_difference": apart, "on": machine()}


def plain(path: str, times: np.ndarray) -> np.ndarray:
    """(T, channels) as one would write it by hand: a step is the mean of the rows that lie in it."""
    table = pd.read_csv(path)
    step = np.searchsorted(times, table["time"] + 1e-9, side="right") - 1
    return table[list(CHANNELS)].groupby(step).mean().to_numpy()


if __name__ == "__main__":
    main()
