"""Motion: what sensors, skeletons and trajectories have recorded, as (T, D) at one rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from seqpipe.config import CorpusConfig, MotionConfig
from seqpipe.media.frames import InvalidSample
from seqpipe.media.medium import Facts, FileTypes
from seqpipe.media.row_times import RowTimes
from seqpipe.modalities.base import Drawing
from seqpipe.modalities.motion.curves import drawn_curves
from seqpipe.modalities.motion.encoder import MotionEncoder
from seqpipe.modalities.motion.recording import ARRAYS, read_recording
from seqpipe.modalities.motion.usable import duration_of, recorded_rate, steps_of, usable

BRIDGED = "Values missing for longer than motion.max_gap_s are its channels' medians."
INTERPOLATED = "Missing values are interpolated."
KIND = "recording"


@dataclass(frozen=True)
class MotionFacts(Facts):
    """Facts of a recording.

    Attributes:
        channels: Numbers a row.
        recorded_rate: Rows a second, before they became steps.
        missing: Share of its values that are missing.
    """

    channels: int
    recorded_rate: float
    missing: float


class Motion:
    """Files, arrays and tables of numbers, a row a time."""

    files: ClassVar[FileTypes] = FileTypes(
        dict.fromkeys([".csv", ".tsv", ".npz", ".npy", ".parquet"], KIND),
        "recordings",
        containers=frozenset([".npz", ".csv", ".tsv", ".parquet"]),
        arrays=ARRAYS,
        alike=("channels",),
    )
    columns: ClassVar[tuple[str, ...]] = ("channels", "recorded_rate", "missing")
    version: ClassVar[int] = 2

    def __init__(self, config: MotionConfig) -> None:
        self._config = config
        self.encoder = MotionEncoder(config)

    def measure(self, path: str, kind: str, config: CorpusConfig) -> MotionFacts:
        """Reads it as the encoder will; raises InvalidSample where it cannot be used."""
        recording = usable(read_recording(path, self._config), self._config)
        _check_length(duration_of(recording, self._config), config)  # steps of years would not fit into memory
        steps, rate = steps_of(recording, self._config), self._config.rate
        missing = np.isnan(recording.values)
        told = [recording.remark, BRIDGED if steps.in_gap.any() else INTERPOLATED if missing.any() else ""]
        return MotionFacts(
            length=len(steps.values),
            rate=rate,
            duration_s=len(steps.values) / rate,
            remark=" ".join(filter(None, told)),
            channels=recording.values.shape[1],
            recorded_rate=recorded_rate(recording, self._config),
            missing=float(missing.mean()),
        )

    def row_times(self, path: str) -> RowTimes:
        """When its rows begin, as it says itself, or by its rate."""
        recording = read_recording(path, self._config)
        period_s = 1.0 / recorded_rate(recording, self._config)
        if recording.times_s is None:
            return RowTimes(np.arange(len(recording.values)) * period_s, period_s)
        return RowTimes(recording.times_s - recording.times_s[0], period_s)

    def drawing(self, sample: Mapping[str, Any], times_s: Sequence[float]) -> Drawing:
        """Its channels as curves over seconds, each centred and scaled by its own deviation."""
        steps = steps_of(usable(read_recording(str(sample["path"]), self._config), self._config), self._config)
        return drawn_curves(steps, self._config.rate, times_s)


def _check_length(duration_s: float, config: CorpusConfig) -> None:
    if duration_s > config.max_seconds:
        raise InvalidSample(
            "too_large", f"It lasts {duration_s:.0f} s; corpus.max_seconds allows {config.max_seconds:g}."
        )
