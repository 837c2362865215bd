"""Motion: what sensors, skeletons and trajectories have recorded, as (T, D) at one rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from seqpipe.config import CorpusConfig
from seqpipe.config.motion import MotionConfig
from seqpipe.media.frames import InvalidSample
from seqpipe.media.medium import Facts, FileTypes
from seqpipe.modalities.motion.recording import ARRAYS, Recording, read_recording
from seqpipe.modalities.motion.steps import Steps, at_rate, rows_rate

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


class MotionEncoder:
    """The channels at the steps' times, as they were recorded."""

    modality = "motion"
    version = 1

    def __init__(self, config: MotionConfig) -> None:
        self.parameters: dict[str, Any] = config.model_dump(mode="json")
        self._config = config

    @property
    def name(self) -> str:
        """What reports call it."""
        return f"channels at {self._config.rate:g} Hz"

    def encode(self, path: str, kind: str, times_s: Sequence[float]) -> np.ndarray:
        """(n, D), one more number where ``motion.gap_flag`` asks for it."""
        steps = steps_of(checked(read_recording(path, self._config), self._config), self._config)
        flag = steps.in_gap.any(axis=1, keepdims=True)
        vectors = np.hstack([steps.values, flag]) if self._config.gap_flag else steps.values
        places = np.asarray(np.asarray(times_s) * self._config.rate, np.int64)
        taken: np.ndarray = vectors[np.clip(places, 0, len(vectors) - 1)].astype(np.float32)
        return taken


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
    version: ClassVar[int] = 1

    def __init__(self, config: MotionConfig) -> None:
        self._config = config
        self.encoder = MotionEncoder(config)

    def measure(self, path: str, kind: str, config: CorpusConfig) -> MotionFacts:
        """Reads it as the encoder will; raises InvalidSample where it cannot be used."""
        recording = checked(read_recording(path, self._config), self._config)
        steps, rate = steps_of(recording, self._config), self._config.rate
        missing = np.isnan(recording.values)
        _check_length(len(steps.values) / rate, config)
        told = [recording.remark, BRIDGED if steps.in_gap.any() else INTERPOLATED if missing.any() else ""]
        return MotionFacts(
            length=len(steps.values),
            rate=rate,
            duration_s=len(steps.values) / rate,
            remark=" ".join(filter(None, told)),
            channels=recording.values.shape[1],
            recorded_rate=_recorded_rate(recording, self._config),
            missing=float(missing.mean()),
        )


def checked(recording: Recording, config: MotionConfig) -> Recording:
    """The recording, what is not finite in it missing; rows at one time are one.

    Raises:
        InvalidSample: It has no rows, too little in a channel, as many times as it does not have rows, or times that run
            backwards.
    """
    values = np.where(np.isfinite(recording.values), recording.values, np.nan)
    if not len(values):
        raise InvalidSample("no_steps", "It holds no row of numbers.")
    missing = np.isnan(values).mean(axis=0)
    worst = int(np.argmax(missing))
    if missing[worst] > config.max_missing_share or missing[worst] == 1.0:
        raise InvalidSample(
            "missing_values",
            f"{missing[worst]:.0%} of the values of channel {worst + 1} of {len(missing)} are missing; "
            f"motion.max_missing_share allows {config.max_missing_share:.0%}.",
        )
    return _at_one_time(recording._replace(values=values))


def _at_one_time(recording: Recording) -> Recording:
    """Of rows with the same time the first stays; raises InvalidSample where the times are none."""
    if recording.rate is not None and not recording.rate > 0:
        raise InvalidSample("times_invalid", f"Its rate is {recording.rate}; expected rows a second, above 0.")
    if recording.times_s is None:
        return recording
    if len(recording.times_s) != len(recording.values):
        raise InvalidSample(
            "times_invalid",
            f"It has {len(recording.values)} rows and {len(recording.times_s)} times; give each a time.",
        )
    rows_rate(recording.times_s)
    first = np.concatenate([[True], np.diff(recording.times_s) > 0])
    return recording._replace(values=recording.values[first], times_s=recording.times_s[first])


def _recorded_rate(recording: Recording, config: MotionConfig) -> float:
    if recording.times_s is not None:
        return rows_rate(recording.times_s)
    return recording.rate or config.recorded_rate or config.rate


def steps_of(recording: Recording, config: MotionConfig) -> Steps:
    """The steps of a recording that was ``checked``, at ``config.rate``."""
    recorded_rate = _recorded_rate(recording, config)
    middles_s = 0.5 / recorded_rate
    if recording.times_s is None:
        times_s = np.arange(len(recording.values)) / recorded_rate + middles_s
    else:
        times_s = recording.times_s - recording.times_s[0] + middles_s
    return at_rate(recording.values, times_s, recorded_rate, config.rate, config.max_gap_s)


def _check_length(duration_s: float, config: CorpusConfig) -> None:
    if duration_s > config.max_seconds:
        raise InvalidSample(
            "too_large", f"It lasts {duration_s:.0f} s; corpus.max_seconds allows {config.max_seconds:g}."
        )
