"""From rows at whatever times to steps at one rate, gaps bridged: pure functions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqpipe.media.frames import InvalidSample

SAME_RATE = 1e-6
"""Relative difference of two rates that are one."""


class Steps(NamedTuple):
    """A recording at one rate.

    Attributes:
        values: (n, D) float64, finite; step i is the mean of what was recorded from i to i + 1 over the rate.
        in_gap: (n, D) bool: the value was missing for longer than a gap may be, and is the channel's median.
    """

    values: np.ndarray
    in_gap: np.ndarray

    @property
    def gaps(self) -> np.ndarray:
        """(n,) bool: some value of the step lies in a longer gap."""
        return np.asarray(self.in_gap.any(axis=1))


def rows_rate(times_s: np.ndarray) -> float:
    """The rate of rows with times (T,) in seconds, by the median distance of two.

    Raises:
        InvalidSample: The times do not increase, or there are too few of them to tell.
    """
    if not np.isfinite(times_s).all():
        raise InvalidSample("times_invalid", "Some of its times are missing, or no numbers.")
    if len(times_s) < 2:
        raise InvalidSample("times_invalid", "A single row with a time has no rate; leave the time out.")
    distances = np.diff(times_s)
    if (distances < 0).any():
        row = int(np.argmax(distances < 0)) + 1
        raise InvalidSample("times_invalid", f"Its times run backwards, first at row {row + 1}.")
    if not (distances > 0).any():
        raise InvalidSample("times_invalid", "All its times are the same.")
    return float(1.0 / np.median(distances[distances > 0]))


def at_rate(values: np.ndarray, times_s: np.ndarray, recorded_rate: float, rate: float, max_gap_s: float) -> Steps:
    """The steps of rows (T, D) at their times (T,), which increase.

    A step is the mean over its time of the straight lines between the values that are there: above the recorded rate
    that interpolates, below it nothing is folded back from higher frequencies but what a moving average lets pass.

    Args:
        values: NaN where one is missing; each channel has one value at least.
        times_s: Of the middle of each row, from the beginning of the recording.
        recorded_rate: Rows a second; a row fills its inverse.
        rate: Steps a second.
        max_gap_s: As ``MotionConfig`` has it.
    """
    period_s = 1.0 / recorded_rate
    n = max(1, round((times_s[-1] + 0.5 * period_s) * rate))
    edges_s = np.arange(n + 1) / rate
    middles_s = 0.5 * (edges_s[1:] + edges_s[:-1])
    slower = rate < recorded_rate * (1.0 - SAME_RATE)
    steps, in_gap = np.empty((n, values.shape[1])), np.empty((n, values.shape[1]), bool)
    for channel, column in enumerate(values.T):
        there = np.isfinite(column)
        t, v = times_s[there], column[there]
        # From its first value on: the integral of a large one has no digits left for how the others differ.
        means = v[0] + np.diff(_integral(edges_s, t, v - v[0])) * rate if slower else np.interp(middles_s, t, v)
        in_gap[:, channel] = _in_gap(middles_s, t, period_s, max_gap_s)
        steps[:, channel] = np.where(in_gap[:, channel], np.median(v), means)
    return Steps(steps, in_gap)


def _integral(at_s: np.ndarray, t: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The integral from 0 of straight lines between (t, v), which are level before the first and behind the last."""
    t = np.concatenate([[min(0.0, t[0])], t, [max(at_s[-1], t[-1])]])
    v = np.concatenate([v[:1], v, v[-1:]])
    widths = np.diff(t)
    until = np.concatenate([[0.0], np.cumsum(0.5 * (v[1:] + v[:-1]) * widths)])
    left = np.clip(np.searchsorted(t, at_s, side="right") - 1, 0, len(widths) - 1)
    into = at_s - t[left]
    slopes = np.divide(v[left + 1] - v[left], widths[left], out=np.zeros(len(left)), where=widths[left] > 0)
    integral: np.ndarray = until[left] + into * (v[left] + 0.5 * slopes * into)
    return integral


def _in_gap(at_s: np.ndarray, t: np.ndarray, period_s: float, max_gap_s: float) -> np.ndarray:
    """Whether values are missing around each time for longer than a gap may be, also before the first and behind."""
    right = np.searchsorted(t, at_s)
    before = np.where(right > 0, t[np.maximum(right - 1, 0)], -np.inf)
    after = np.where(right < len(t), t[np.minimum(right, len(t) - 1)], np.inf)
    # At an end a gap reaches from there to the one value.
    missing_s = np.where(np.isinf(before), after, np.where(np.isinf(after), at_s[-1] - before, after - before))
    nearest = np.minimum(at_s - before, after - at_s)
    return np.asarray((missing_s > max_gap_s + period_s) & (nearest > 0.5 * period_s))
