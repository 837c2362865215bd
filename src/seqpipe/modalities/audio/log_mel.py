"""Log-mel spectrograms: levels of bands of the mel scale over time.

The frames are those of a short-time Fourier transform with a Hann window, the bands triangles of area 1 on Slaney's mel
scale (Auditory Toolbox, 1998): linear below 1 kHz, logarithmic above. The numbers are those of librosa's
``melspectrogram`` for the same frames.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from scipy import fft

from seqpipe.config import AudioConfig

FASTEST_LINEAR_HZ, HZ_A_MEL = 1000.0, 200.0 / 3.0
"""Where Slaney's scale turns from linear to logarithmic, and the Hz of a mel below that."""
LOG_STEP = np.log(6.4) / 27.0
"""The logarithm of the ratio of two frequencies one mel apart above that."""
QUIETEST = 1e-10
"""Power below which nothing is told apart: -100 dB."""
AT_ONCE = 1024
"""Frames that are transformed together: memory does not grow with the recording."""


def mel_of(hz: np.ndarray) -> np.ndarray:
    """Hz to mels."""
    above = np.log(np.maximum(hz, FASTEST_LINEAR_HZ) / FASTEST_LINEAR_HZ) / LOG_STEP
    return np.where(hz < FASTEST_LINEAR_HZ, hz / HZ_A_MEL, FASTEST_LINEAR_HZ / HZ_A_MEL + above)


def hz_of(mel: np.ndarray) -> np.ndarray:
    """Mels to Hz."""
    turn = FASTEST_LINEAR_HZ / HZ_A_MEL
    above = FASTEST_LINEAR_HZ * np.exp(LOG_STEP * (np.maximum(mel, turn) - turn))
    return np.where(mel < turn, mel * HZ_A_MEL, above)


def band_edges_hz(config: AudioConfig) -> np.ndarray:
    """(bands + 2,): band i begins at the i-th, is highest at the next, and ends at the one behind."""
    low, high = mel_of(np.array([config.f_min, config.highest_hz]))
    return hz_of(np.linspace(low, high, config.bands + 2))


def mel_filters(config: AudioConfig) -> np.ndarray:
    """(bins, bands) float32: what of each bin of the spectrum goes into each band."""
    bins = fft.rfftfreq(transform_size(config), 1.0 / config.sample_rate)
    edges = band_edges_hz(config)
    low, top, high = edges[:-2], edges[1:-1], edges[2:]
    rising = (bins[:, None] - low) / (top - low)
    falling = (high - bins[:, None]) / (high - top)
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return (triangles * (2.0 / (high - low))).astype(np.float32)


def transform_size(config: AudioConfig) -> int:
    """Values of a Fourier transform: the window, filled up with zeros to a power of two."""
    return 1 << (config.window - 1).bit_length()


class LogMel:
    """From the values of a recording to its log-mel spectrogram.

    Frame i looks at ``config.window`` values about the middle of the i-th ``config.hop`` values, with silence before
    the first value and behind the last; a recording of n values has ceil(n / hop) frames.
    """

    def __init__(self, config: AudioConfig) -> None:
        self._config = config
        self._filters = mel_filters(config)
        place = np.arange(config.window) / config.window
        self._window = (0.5 - 0.5 * np.cos(2.0 * np.pi * place)).astype(np.float32)
        self._full_scale_db = full_scale_db(self._window, self._filters)

    def __call__(self, blocks: Iterable[np.ndarray]) -> np.ndarray:
        """Values in blocks (n,) float32 to levels (T, bands) float32, dB, none below ``-range_db``.

        0 dB is the loudest of the recording, or in ``absolute`` what a sine at full scale comes to where the bands are
        narrowest.
        """
        powers = [self._power(frames) for frames in self._frames(blocks)]
        power = np.concatenate(powers) if powers else np.empty((0, self._config.bands), np.float32)
        level = 10.0 * np.log10(np.maximum(power, QUIETEST))
        level -= level.max(initial=-np.inf) if self._config.level == "peak" else self._full_scale_db
        return np.maximum(level, -self._config.range_db, dtype=np.float32)

    def _power(self, frames: np.ndarray) -> np.ndarray:
        """(n, window) to (n, bands)."""
        spectrum = fft.rfft(frames * self._window, transform_size(self._config), axis=1)
        power: np.ndarray = (spectrum.real**2 + spectrum.imag**2) @ self._filters
        return power

    def _frames(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """(n, window) views of the values, at most ``AT_ONCE`` together."""
        hop, window = self._config.hop, self._config.window
        before = window // 2 - hop // 2
        held, values, given = np.zeros(before, np.float32), 0, 0
        for block in blocks:
            held, values = np.concatenate([held, block]), values + len(block)
            while len(held) >= (AT_ONCE - 1) * hop + window:
                yield framed(held, window, hop)[:AT_ONCE]
                held, given = held[AT_ONCE * hop :], given + AT_ONCE
        lacking = -(-values // hop) - given
        if lacking > 0:
            held = np.pad(held, (0, max(0, (lacking - 1) * hop + window - len(held))))
            yield framed(held, window, hop)[:lacking]


def full_scale_db(window: np.ndarray, filters: np.ndarray) -> float:
    """What a sine at full scale comes to in the band that gives most weight to a bin, dB."""
    return float(10.0 * np.log10((window.sum() / 2.0) ** 2 * filters.max()))


def framed(values: np.ndarray, window: int, hop: int) -> np.ndarray:
    """(n,) to (frames, window): stretches of ``window`` values, ``hop`` apart, as views."""
    return np.lib.stride_tricks.sliding_window_view(values, window)[::hop]
