"""Whether a recording can be used, and the steps that it becomes."""

from __future__ import annotations

import numpy as np

from seqpipe.config import MotionConfig
from seqpipe.media.frames import InvalidSample
from seqpipe.modalities.motion.recording import Recording
from seqpipe.modalities.motion.steps import Steps, at_rate, rows_rate

LEAST_RATE, MOST_STEPS_A_ROW = 1.0, 100
"""Fewer rows a second that become more steps each are times in another unit, or a rate that nobody means."""


def usable(recording: Recording, config: MotionConfig) -> Recording:
    """The recording, what is not finite in it missing; rows at one time are one.

    Raises:
        InvalidSample: It has no rows, too little in a channel, not as many times as rows, times that run backwards, or
            such as leave nearly all of its steps without a row.
    """
    values = np.where(np.isfinite(recording.values), recording.values, np.nan)
    if not len(values):
        raise InvalidSample("no_steps", "It holds no row of numbers.")
    missing = np.isnan(values).mean(axis=0)
    worst = int(np.argmax(missing))
    if missing[worst] > config.max_missing_share or missing[worst] == 1.0:
        raise InvalidSample(
            "missing_values",
            f"Of channel {worst + 1} (of {len(missing)}) {missing[worst]:.0%} of the values are missing; "
            f"motion.max_missing_share allows {config.max_missing_share:.0%}.",
        )
    found = _at_one_time(recording._replace(values=values))
    _check_unit(found, config)
    return found


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


def _check_unit(recording: Recording, config: MotionConfig) -> None:
    rate = recorded_rate(recording, config)
    if recording.times_s is not None and rate < LEAST_RATE and config.rate / rate > MOST_STEPS_A_ROW:
        raise InvalidSample(
            "times_invalid",
            f"Its rows are {1 / rate:g} s apart, {config.rate / rate:.0f} steps each at motion.rate: name the unit of "
            "its times by motion.time_unit, or a lower motion.rate.",
        )


def recorded_rate(recording: Recording, config: MotionConfig) -> float:
    if recording.times_s is not None:
        return rows_rate(recording.times_s)
    return recording.rate or config.recorded_rate or config.rate


def duration_of(recording: Recording, config: MotionConfig) -> float:
    """Seconds that the rows of a recording that is ``usable`` fill; nothing is made of them yet."""
    rate = recorded_rate(recording, config)
    if recording.times_s is None:
        return len(recording.values) / rate
    return float(recording.times_s[-1] - recording.times_s[0]) + 1.0 / rate


def steps_of(recording: Recording, config: MotionConfig) -> Steps:
    """The steps of a recording that is ``usable``, at ``config.rate``."""
    rate = recorded_rate(recording, config)
    middles_s = 0.5 / rate
    if recording.times_s is None:
        times_s = np.arange(len(recording.values)) / rate + middles_s
    else:
        times_s = recording.times_s - recording.times_s[0] + middles_s
    return at_rate(recording.values, times_s, rate, config.rate, config.max_gap_s)
