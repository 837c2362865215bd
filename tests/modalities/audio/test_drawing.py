"""A recording is drawn as its spectrogram, in seconds and Hz."""

import pytest
from tests.modalities.audio.sounds import audio_config, tone, write_sound

from seqpipe.evaluation.figures.contact_sheet import alone
from seqpipe.media.frames import InvalidSample
from seqpipe.modalities.audio.drawing import COLUMNS
from seqpipe.modalities.audio.modality import Audio
from seqpipe.modalities.base import Drawable


def drawn(path, times_s, **changes):
    return alone(Audio(audio_config(bands=64, **changes)).drawing({"path": str(path)}, times_s)).axes[0]


def test_axes_are_in_seconds_and_hz(tmp_path):
    path = write_sound(tmp_path / "a.wav", tone(1000, 2.0))
    axes = drawn(path, [0.005, 1.995])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("seconds", "Hz")
    assert axes.images[0].get_extent()[:2] == [0.0, 2.0]
    ticks = dict(zip([t.get_text() for t in axes.get_yticklabels()], axes.get_yticks(), strict=True))
    loudest = axes.images[0].get_array().mean(axis=1).argmax()
    assert loudest + 0.5 == pytest.approx(ticks["1,000"], abs=1.0)


def test_what_the_model_was_not_shown_is_not_drawn(tmp_path):
    path = write_sound(tmp_path / "a.wav", tone(seconds=2.0))
    assert drawn(path, [0.005, 0.495]).images[0].get_extent()[1] == 0.5


def test_a_long_recording_is_no_wider_than_a_page(tmp_path):
    path = write_sound(tmp_path / "a.wav", tone(seconds=20.0))
    assert drawn(path, [19.995]).images[0].get_array().shape == (64, COLUMNS)


def test_a_file_that_is_gone_is_told(tmp_path):
    assert isinstance(Audio(audio_config()), Drawable)
    with pytest.raises(InvalidSample):
        Audio(audio_config()).drawing({"path": str(tmp_path / "gone.wav")}, [0.5])
