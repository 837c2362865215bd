"""Melodies differ in the order of their tones and in nothing else."""

import wave
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from seqpipe.config import MelodiesConfig
from seqpipe.core.errors import UserError
from seqpipe.media.embedded.melodies import TONES_HZ, write_melodies

CONFIG = MelodiesConfig(
    sample_rate=8000,
    tones=3,
    tone_s=0.2,
    noise_db=-30,
    train_per_melody=2,
    val_per_melody=1,
    test_per_melody=1,
)


def heard(path):
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767.0


def strongest_tone(values):
    """The tone that a stretch is nearest to, by its strongest frequency below the second harmonics."""
    spectrum = np.abs(np.fft.rfft(values, 1 << 14))
    hz = np.fft.rfftfreq(1 << 14, 1 / 8000)
    at = hz[spectrum[hz < 900].argmax()]
    return min(TONES_HZ, key=lambda tone: abs(TONES_HZ[tone] - at))


@pytest.fixture(scope="module")
def melodies(tmp_path_factory):
    manifest = write_melodies(tmp_path_factory.mktemp("m") / "melodies", CONFIG, seed=0)
    return manifest.parent, pd.read_csv(manifest)


def test_every_order_of_the_tones_is_a_class(melodies):
    _, table = melodies
    assert sorted(table["label"].unique()) == sorted(
        ["do re mi", "do mi re", "re do mi", "re mi do", "mi do re", "mi re do"]
    )
    assert table["split"].value_counts().to_dict() == {"train": 12, "val": 6, "test": 6}


def test_the_tones_are_those_of_the_label_in_its_order(melodies):
    folder, table = melodies
    for row in table.itertuples():
        values = heard(folder / row.path)
        ends = np.linspace(0, len(values), 13).astype(int)
        told = [strongest_tone(values[start:end]) for start, end in pairwise(ends)]
        first, last = row.label.split()[0], row.label.split()[-1]
        assert (told[0], told[-1]) == (first, last)
        assert set(row.label.split()) <= set(told)


def test_an_instrument_plays_every_melody_in_one_split(melodies):
    _, table = melodies
    by_group = table.groupby("group")
    assert (by_group["split"].nunique() == 1).all()
    assert (by_group["label"].nunique() == 6).all()


def test_a_seed_gives_the_same_bytes_and_another_seed_others(tmp_path, melodies):
    folder, table = melodies
    again, other = (write_melodies(tmp_path / str(seed), CONFIG, seed).parent for seed in (0, 1))
    path = table["path"][0]
    assert (again / path).read_bytes() == (folder / path).read_bytes()
    assert (other / path).read_bytes() != (folder / path).read_bytes()


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="holds files that are not melodies"):
        write_melodies(tmp_path, CONFIG, 0)
