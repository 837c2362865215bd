"""Peak memory of extraction at 50 and at 500 clips, each in a fresh process: it must not grow with them.

    python -m benchmarks.memory

Writes ``benchmarks/results/memory.json``. The 500 are the 50 read ten times over, under different digests.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

from benchmarks.clips import samples_table, write_clips
from benchmarks.common import CLIP, FEATURES, RESULTS, RUNTIME, backbone_of, machine

FEW, MANY = 50, 500


def main() -> None:
    parser = argparse.ArgumentParser(description="Peak memory of extraction.")
    parser.add_argument("--backbone", default="resnet18")
    parser.add_argument("--child", nargs=2, metavar=("FOLDER", "COUNT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        _child(arguments.backbone, Path(arguments.child[0]), int(arguments.child[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        print(f"Rendering {FEW} clips ...", flush=True)
        samples_table(write_clips(Path(folder), FEW)).to_parquet(Path(folder) / "samples.parquet")
        peaks = {count: _peak_mib(arguments.backbone, Path(folder), count) for count in (FEW, MANY)}
    growth = peaks[MANY] / peaks[FEW] - 1
    result = {
        **{f"peak_mib_at_{count}": peak for count, peak in peaks.items()},
        "growth": growth,
        "backbone": arguments.backbone,
        "machine": machine(),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "memory.json").write_text(json.dumps(result, indent=2) + "\n")
    for count, peak in peaks.items():
        print(f"  {count:>4} clips: peak {peak:.0f} MiB")
    print(f"  growth {100 * growth:+.1f} %")


def _peak_mib(backbone: str, folder: Path, count: int) -> float:
    command = [
        sys.executable,
        "-m",
        "benchmarks.memory",
        "--backbone",
        backbone,
        "--child",
        str(folder),
        str(count),
    ]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()[-1])


def _child(backbone: str, folder: Path, count: int) -> None:
    from seqpipe.extraction.engine import extract

    few = pd.read_parquet(folder / "samples.parquet")
    samples = pd.concat([few] * (count // len(few)), ignore_index=True)
    samples["id"] = samples["sha256"] = [f"{n:064d}" for n in range(count)]
    extract(samples, backbone_of(backbone, None), CLIP, FEATURES, RUNTIME, folder / f"store{count}")
    kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(kibibytes / (1024.0 if sys.platform != "darwin" else 1024.0**2))


if __name__ == "__main__":
    main()
