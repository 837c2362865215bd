"""The log-mel spectrogram is librosa's, whatever pieces a recording comes in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.modalities.audio.sounds import SAMPLE_RATE, audio_config, tone

from seqpipe.modalities.audio import log_mel
from seqpipe.modalities.audio.log_mel import LogMel, band_edges_hz, hz_of, mel_filters, mel_of

# What librosa 0.11 says of the chirp below: melspectrogram (n_fft 512, hop 160, win 400, 8 bands from 20 to 8000 Hz,
# center off) of the values between silence, so that its frames are those of LogMel; 10 log10 of its powers.
LIBROSA_DB = np.array(
    [
        [7.9681, 8.0562, -6.1791, -32.0799, -38.4378, -44.0742, -49.1938, -53.2723],
        [-7.8216, 7.4336, 8.5823, -4.2645, -48.1817, -85.0442, -100.0, -100.0],
        [-50.2834, -13.4407, 6.5484, 7.7301, -8.3296, -67.7963, -97.0696, -100.0],
        [-73.9015, -55.8511, -13.4724, 7.1851, 4.814, -26.8068, -88.7026, -100.0],
        [-24.1295, -23.4573, -22.1032, -3.2548, 7.204, -3.6599, -27.805, -34.3009],
    ]
)
LIBROSA_EDGES_HZ = [20.0, 352.9307, 685.8613, 1019.5688, 1437.2383, 2026.0073, 2855.9675, 4025.9233, 5675.1552, 8000.0]
TOLD_APART_DB = -60.0
"""Below this, single precision tells nothing of a chirp whose loudest band has 8 dB."""


@pytest.fixture
def chirp():
    time_s = np.arange(800) / SAMPLE_RATE
    return (0.5 * np.sin(2 * np.pi * (300 * time_s + 20000 * time_s**2))).astype(np.float32)


def absolute_db(values, config):
    """Levels before anything is made of them: 10 log10 of the powers."""
    made = LogMel(config)
    return made([values]) + made._full_scale_db


def test_levels_are_those_of_librosa(chirp):
    levels = absolute_db(chirp, audio_config(level="absolute", range_db=200.0))
    loud = LIBROSA_DB > TOLD_APART_DB
    np.testing.assert_allclose(levels[loud], LIBROSA_DB[loud], atol=0.01)
    assert (levels[~loud] < TOLD_APART_DB + 1).all()


def test_bands_lie_where_librosas_do():
    np.testing.assert_allclose(band_edges_hz(audio_config()), LIBROSA_EDGES_HZ, rtol=1e-5)
    np.testing.assert_allclose(mel_filters(audio_config()).sum(axis=0), 0.032, rtol=0.02)


@given(st.floats(0.0, 24000.0))
def test_hz_come_back_from_mels(hz):
    assert hz_of(mel_of(np.array(hz))) == pytest.approx(hz, abs=1e-6)


@settings(max_examples=25)
@given(st.integers(1, 2000), st.lists(st.integers(0, 2000), max_size=4), st.sampled_from([0.01, 0.025]))
def test_blocks_decide_nothing(count, cuts, hop_s):
    config = audio_config(level="absolute", hop_s=hop_s)
    values = np.random.default_rng(count).normal(size=count).astype(np.float32)
    whole = LogMel(config)([values])
    assert whole.shape == (-(-count // config.hop), config.bands)
    pieces = np.split(values, sorted(min(cut, count) for cut in cuts))
    np.testing.assert_allclose(LogMel(config)(pieces), whole, atol=1e-4)


def test_long_recordings_are_transformed_piece_by_piece(monkeypatch):
    values = np.random.default_rng(0).normal(size=16000).astype(np.float32)
    whole = LogMel(audio_config())([values])
    monkeypatch.setattr(log_mel, "AT_ONCE", 7)
    np.testing.assert_allclose(LogMel(audio_config())([values[:5000], values[5000:]]), whole, atol=1e-4)


def test_a_frame_looks_at_the_middle_of_its_hop():
    click = np.zeros(1600, np.float32)
    click[480 + 80] = 1.0
    assert LogMel(audio_config(window_s=0.01))([click]).max(axis=1).argmax() == 3


def test_peak_forgets_the_gain_and_absolute_does_not(chirp):
    for level, same in (("peak", True), ("absolute", False)):
        made = LogMel(audio_config(level=level))
        quiet, loud = made([chirp * 0.5]), made([chirp])
        assert np.allclose(quiet, loud, atol=0.01) == same
    peak = LogMel(audio_config())([chirp])
    assert peak.max() == 0.0
    assert peak.min() >= -80.0


def test_a_sine_at_full_scale_is_at_0_db_in_absolute():
    config = audio_config(level="absolute", bands=64)
    edges = band_edges_hz(config)
    loudest = LogMel(config)([tone(float(edges[5]), 0.2, loud=1.0).astype(np.float32)]).max()
    assert loudest == pytest.approx(0.0, abs=3.0)


def test_no_values_are_no_frames():
    assert LogMel(audio_config())([]).shape == (0, 8)
