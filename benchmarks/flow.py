"""Optical flow through the stream of extraction against a plain loop of OpenCV, on the same videos, in one run.

    python -m benchmarks.flow [--videos FOLDER] [--clips N] [--rounds N]

Both read the same frames, compute DIS of the same preset at the same size, and encode it as the same picture; once for
16 pairs of every clip, and once for all of them. They take turns, so that another process on the machine disturbs both;
medians are told, of the clock's seconds and of the processor's, which others' work hardly touches. Writes
``benchmarks/results/flow.json``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from benchmarks.clips import samples_table, write_clips
from benchmarks.common import CLIP, RESULTS, RUNTIME, machine
from seqpipe.config import ClipConfig
from seqpipe.extraction.stream import readable_frames
from seqpipe.media.decoding.flow import PIXEL, STILL
from seqpipe.media.sampling import clip_times
from seqpipe.runtime.devices import usable_cores
from seqpipe.runtime.parallel import ordered_map

SIXTEEN = CLIP.model_copy(update={"stream": "flow"})
EVERY = SIXTEEN.model_copy(update={"sampling": "stride", "frames": 10**6})
JOBS = {"16 pairs a clip": SIXTEEN, "every pair": EVERY}


def main() -> None:
    """Measures, tells and writes."""
    parser = argparse.ArgumentParser(description="Optical flow against a plain loop of OpenCV.")
    parser.add_argument("--videos", type=Path, help="folder of real videos instead of rendered clips")
    parser.add_argument("--clips", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = _videos(given.videos, given.clips) if given.videos else write_clips(Path(folder), given.clips)
        samples = samples_table(paths)
        jobs = {name: measured(samples, clip, given.rounds) for name, clip in JOBS.items()}
    result = {"machine": machine(), "opencv": cv2.__version__, "clips": len(samples), "jobs": jobs}
    (RESULTS / "flow.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(result["machine"], f"OpenCV {result['opencv']}, {result['clips']} clips", sep="\n")
    for name, job in jobs.items():
        _tell(name, job)


def _tell(name: str, job: dict[str, Any]) -> None:
    print(
        f"{name}: {job['pairs']} pairs, {job['stream']:.0f} a second through the stream, {job['plain']:.0f} in a plain "
        f"loop: {job['ratio']:.2f} times as many, {job['cpu_ratio']:.2f} a second of the processor; the pictures "
        f"differ by {job['difference']:.2f} grey values"
    )


def _videos(folder: Path, count: int) -> list[Path]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".mp4", ".avi", ".mkv"))
    return paths[:: max(1, len(paths) // count)][:count]


def measured(samples: pd.DataFrame, clip: ClipConfig, rounds: int) -> dict[str, Any]:
    """Pairs a second of both, and how far their pictures are from each other in the mean."""
    times = [clip_times(row["length"], row["rate"], row["duration_s"], clip) for row in samples.to_dict("records")]
    ways: dict[str, Callable[..., list[np.ndarray]]] = {"stream": through_the_stream, "plain": plain_loop}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    cpu: dict[str, list[float]] = {name: [] for name in ways}
    pictures: dict[str, list[np.ndarray]] = {}
    for _ in range(rounds):
        for name, way in ways.items():
            started = (time.perf_counter(), time.process_time())
            pictures[name] = way(samples, times, clip)
            seconds[name].append(time.perf_counter() - started[0])
            cpu[name].append(time.process_time() - started[1])
    pairs = sum(map(len, times))
    rates = {name: pairs / statistics.median(taken) for name, taken in seconds.items()}
    rates |= {f"{name}_a_cpu_second": pairs / statistics.median(taken) for name, taken in cpu.items()}
    apart = [np.abs(a - b).mean() for a, b in zip(pictures["stream"], pictures["plain"], strict=True)]
    return {
        "pairs": pairs,
        **rates,
        "ratio": rates["stream"] / rates["plain"],
        "cpu_ratio": rates["stream_a_cpu_second"] / rates["plain_a_cpu_second"],
        "difference": float(np.mean(apart)),
    }


def through_the_stream(samples: pd.DataFrame, times: list[list[float]], clip: ClipConfig) -> list[np.ndarray]:
    """The mean picture of each clip, float64; read as extraction and the frame cache do, a thread a core."""
    cores, work = usable_cores(RUNTIME), list(zip(samples.to_dict("records"), times, strict=True))
    with closing(ordered_map(partial(_read, clip), work, cores, 2 * cores)) as means:
        return list(means)


def _read(clip: ClipConfig, work: tuple[dict[str, Any], list[float]]) -> np.ndarray:
    row, times_s = work
    return _mean(list(readable_frames(row["path"], row["kind"], times_s, row["length"], clip)))


def _mean(pictures: list[np.ndarray]) -> np.ndarray:
    total = np.zeros(pictures[0].shape)
    for picture in pictures:
        total += picture
    return total / len(pictures)


def plain_loop(samples: pd.DataFrame, times: list[list[float]], clip: ClipConfig) -> list[np.ndarray]:
    """The same as one would write it: file by file, ``cv2.VideoCapture``, OpenCV on as many threads as it takes."""
    opencv: Any = cv2  # whose types know no DIS
    opencv.setNumThreads(-1)
    dis = opencv.DISOpticalFlow_create(opencv.DISOPTICAL_FLOW_PRESET_MEDIUM)
    means = []
    for row, times_s in zip(samples.to_dict("records"), times, strict=True):
        wanted = {min(int(time_s * row["rate"]), row["length"] - 2) for time_s in times_s}
        pictures = _plain_pictures(row["path"], wanted, dis, clip.flow_side)
        last = times_s and int(times_s[-1] * row["rate"]) == row["length"] - 1 and len(pictures) < len(times_s)
        means.append(_mean([*pictures, pictures[-1]] if last else pictures))
    return means


def _plain_pictures(path: str, wanted: set[int], dis: Any, side: int) -> list[np.ndarray]:
    capture, pictures, number, before = cv2.VideoCapture(path), [], 0, None
    while number <= max(wanted) + 1:
        there, frame = capture.read()
        if not there:
            break
        needed = number in wanted or number - 1 in wanted
        grey = _plain_grey(frame, side) if needed else None
        if number - 1 in wanted:
            pictures.append(_plain_encoded(dis.calc(before, grey, None)))
        before, number = grey, number + 1
    capture.release()
    return pictures


def _plain_grey(frame: np.ndarray, side: int) -> np.ndarray:
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    scale = min(1.0, side / min(grey.shape))
    return cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1.0 else grey


def _plain_encoded(flow: np.ndarray) -> np.ndarray:
    u, v = cv2.split(flow)
    return cv2.merge([cv2.convertScaleAbs(x * PIXEL + STILL) for x in (u, v, cv2.magnitude(u, v))])


if __name__ == "__main__":
    main()
