"""A recording as its log-mel spectrogram: seconds to the right, Hz upwards, loud is bright."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from seqpipe.config import AudioConfig
from seqpipe.modalities.audio.log_mel import LogMel, band_edges_hz
from seqpipe.modalities.audio.spectrogram import spectrogram
from seqpipe.modalities.base import Drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ASPECT = 0.18
COLUMNS = 1400
"""Of a picture, at most: more than the report has points across."""
LABELLED_HZ = (250, 1000, 2000, 4000, 8000, 16000)


def draw_spectrogram(path: str, times_s: Sequence[float], config: AudioConfig) -> Drawing:
    """The spectrogram of a file, up to the last of the times; raises as ``spectrogram`` does."""
    levels = spectrogram(path, LogMel(config), config.sample_rate)
    shown = levels[: max(1, int(np.ceil(max(times_s) * config.frame_rate + 0.5)))]
    seconds = len(shown) / config.frame_rate
    picture = _narrowed(shown).T

    def onto(axes: Axes) -> None:
        axes.imshow(picture, origin="lower", aspect="auto", extent=(0.0, seconds, 0.0, config.bands), cmap="magma")
        places, names = band_ticks(config)
        axes.set_yticks(places, names)
        axes.set_xlabel("seconds")
        axes.set_ylabel("Hz")

    return Drawing(ASPECT, onto)


def band_ticks(config: AudioConfig) -> tuple[list[float], list[str]]:
    """Where round frequencies lie on an axis of bands, and what they are called."""
    centres = band_edges_hz(config)[1:-1]
    hz = [at for at in LABELLED_HZ if centres[0] <= at <= centres[-1]]
    return [float(place) + 0.5 for place in np.interp(hz, centres, np.arange(config.bands))], [f"{at:,}" for at in hz]


def _narrowed(levels: np.ndarray) -> np.ndarray:
    """(T, bands) to at most ``COLUMNS`` rows: the loudest of those that fall together."""
    if len(levels) <= COLUMNS:
        return levels
    starts = np.linspace(0, len(levels), COLUMNS, endpoint=False).astype(np.int64)
    loudest: np.ndarray = np.maximum.reduceat(levels, starts, axis=0)
    return loudest
