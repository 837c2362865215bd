"""Melodies: the corpus of `audio` that needs no download. Its classes are the orders of the same tones.

    do re mi | do mi re | re do mi | re mi do | mi do re | mi re do

Every recording holds each tone once, as long and as loud as any other tone on average, in the voice of an instrument of
its own: what ignores the order of the tones can tell no class from another.
"""

from __future__ import annotations

import wave
from collections.abc import Iterator
from functools import partial
from itertools import permutations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqpipe.config import MelodiesConfig
from seqpipe.media.embedded.writing import write_once

VERSION = 1
"""Raise it when a change writes recordings differently: folders of another version are written anew."""
PARTS = ("train", "val", "test")
TONES_HZ = {"do": 523.25, "re": 587.33, "mi": 659.26, "fa": 698.46, "so": 783.99}
"""The fifth octave of the equal temperament, A4 at 440 Hz."""
DETUNED = 0.01
"""An instrument is out of tune by this share of a tone's frequency, at most."""
HARMONICS = 4
FADE_S = 0.01
"""A tone swells and dies away, so that it does not click."""


class MelodyPlan(NamedTuple):
    """One recording to be written."""

    tones: tuple[str, ...]
    part: str
    number: int

    @property
    def label(self) -> str:
        return " ".join(self.tones)

    @property
    def path(self) -> str:
        return f"{'_'.join(self.tones)}/{self.part}_{self.number:04d}.wav"

    @property
    def group(self) -> str:
        """The instrument, which plays each melody once."""
        return f"instrument_{self.part}_{self.number:04d}"


class Instrument(NamedTuple):
    """What is the same in all that an instrument plays: its tuning, and how strong its harmonics are."""

    tuning: float
    harmonics: np.ndarray


def write_melodies(folder: Path, config: MelodiesConfig, seed: int) -> Path:
    """Writes the corpus to ``folder`` unless it is there already; returns its manifest.csv.

    The manifest has the columns path,label,split,group; the group is the instrument. The same configuration and seed
    give the same bytes. Raises UserError where the folder holds something else.
    """
    record = {"version": VERSION, "seed": seed, "config": config.model_dump()}
    return write_once(folder, "melodies", record, partial(_write, config=config, seed=seed))


def _write(folder: Path, config: MelodiesConfig, seed: int) -> pd.DataFrame:
    plans = list(_plans(config))
    for plan in plans:
        (folder / plan.path).parent.mkdir(parents=True, exist_ok=True)
        write_wave(folder / plan.path, render_melody(plan, config, seed), config.sample_rate)
    rows = [(plan.path, plan.label, plan.part, plan.group) for plan in plans]
    return pd.DataFrame(rows, columns=["path", "label", "split", "group"])


def _plans(config: MelodiesConfig) -> Iterator[MelodyPlan]:
    """Every recording, instrument by instrument."""
    instruments = (config.train_per_melody, config.val_per_melody, config.test_per_melody)
    for part, count in zip(PARTS, instruments, strict=True):
        for number in range(count):
            for tones in permutations(list(TONES_HZ)[: config.tones]):
                yield MelodyPlan(tones, part, number)


def render_melody(plan: MelodyPlan, config: MelodiesConfig, seed: int) -> np.ndarray:
    """(n,) float64 within full scale: the tones of a plan, one after another, with noise beneath."""
    instrument = _instrument(np.random.default_rng([seed, PARTS.index(plan.part), plan.number]))
    order = [list(TONES_HZ).index(tone) for tone in plan.tones]
    random = np.random.default_rng([seed, PARTS.index(plan.part), plan.number, *order])
    seconds = config.tone_s * random.uniform(0.7, 1.3, len(plan.tones))
    loudness = random.uniform(0.5, 1.0, len(plan.tones))
    played = [
        loud * _tone(TONES_HZ[tone] * instrument.tuning, length, instrument.harmonics, config.sample_rate)
        for tone, length, loud in zip(plan.tones, seconds, loudness, strict=True)
    ]
    melody = np.concatenate(played)
    noise = random.standard_normal(len(melody)) * np.std(melody) * 10 ** (config.noise_db / 20)
    return 0.5 * random.uniform(0.3, 1.0) * (melody + noise) / np.abs(melody + noise).max()


def _instrument(random: np.random.Generator) -> Instrument:
    strengths = random.uniform(0.0, 1.0, HARMONICS) / np.arange(1, HARMONICS + 1)
    strengths[0] = 1.0
    return Instrument(1.0 + random.uniform(-DETUNED, DETUNED), strengths)


def _tone(hz: float, seconds: float, harmonics: np.ndarray, sample_rate: int) -> np.ndarray:
    """(n,) a tone with harmonics, as far as the rate can carry them."""
    time_s = np.arange(round(seconds * sample_rate)) / sample_rate
    carried = [(n, strength) for n, strength in enumerate(harmonics, start=1) if n * hz < sample_rate / 2]
    sound = sum(strength * np.sin(2 * np.pi * n * hz * time_s) for n, strength in carried)
    fade = np.minimum(1.0, np.minimum(time_s, time_s[-1] - time_s) / FADE_S)
    return np.asarray(sound * fade)


def write_wave(path: Path, values: np.ndarray, sample_rate: int) -> None:
    """Writes values (n,) within full scale as 16 bits, one channel."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes((values * 32767.0).round().astype("<i2").tobytes())
