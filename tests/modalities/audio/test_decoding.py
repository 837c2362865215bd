"""Sound of any format becomes one channel at one rate."""

import wave

import numpy as np
import pytest
from tests.modalities.audio.sounds import SAMPLE_RATE, tone, write_sound

from seqpipe.media.frames import InvalidSample
from seqpipe.modalities.audio.decoding import Sound


def heard(path, sample_rate=SAMPLE_RATE):
    with Sound(str(path)) as sound:
        blocks = list(sound.blocks(sample_rate))
    return np.concatenate(blocks), sound


def strongest_hz(values, sample_rate=SAMPLE_RATE):
    return np.abs(np.fft.rfft(values)).argmax() * sample_rate / len(values)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.wav", "pcm_s16le"),
        ("a.wav", "pcm_f32le"),
        ("a.wav", "pcm_u8"),
        ("a.flac", "flac"),
        ("a.mp3", "libmp3lame"),
        ("a.ogg", "libopus"),
        ("a.opus", "libopus"),
        ("a.m4a", "aac"),
        ("a.aiff", "pcm_s16be"),
    ],
)
def test_the_usual_formats_are_heard_alike(tmp_path, name, codec):
    rate = 48000 if codec == "libopus" else SAMPLE_RATE
    values, sound = heard(write_sound(tmp_path / name, tone(sample_rate=rate), rate, codec))
    assert len(values) == pytest.approx(8000, abs=1500)
    assert strongest_hz(values) == pytest.approx(440, abs=5)
    assert np.abs(values[2000:6000]).max() == pytest.approx(0.5, abs=0.06)
    assert (sound.heard.channels, sound.heard.sample_rate, sound.heard.damaged) == (1, rate, 0)
    assert sound.declared_s == pytest.approx(0.5, abs=0.1)


def test_values_without_loss_are_those_of_the_file(tmp_path):
    wanted = tone()
    values, _ = heard(write_sound(tmp_path / "a.wav", wanted, codec="pcm_f32le"))
    np.testing.assert_allclose(values, wanted, atol=1e-6)


def test_another_rate_is_resampled(tmp_path):
    path = write_sound(tmp_path / "a.wav", tone(sample_rate=44100), 44100)
    values, sound = heard(path)
    assert len(values) == pytest.approx(8000, abs=40)
    assert strongest_hz(values) == pytest.approx(440, abs=3)
    assert sound.heard.seconds == pytest.approx(0.5)


def test_channels_are_mixed(tmp_path):
    both = np.stack([tone(440), tone(1000)])
    values, sound = heard(write_sound(tmp_path / "a.wav", both))
    assert sound.heard.channels == 2
    power = np.abs(np.fft.rfft(values))
    assert sorted(power.argsort()[-2:] * SAMPLE_RATE / len(values)) == pytest.approx([440, 1000], abs=3)


def test_of_a_video_the_sound_is_heard(tmp_path):
    values, sound = heard(write_sound(tmp_path / "a.mp4", tone(seconds=1.0), codec="aac", pictures=25))
    assert strongest_hz(values) == pytest.approx(440, abs=3)
    assert sound.streams == 1


def test_a_form_that_changes_on_the_way_is_followed(tmp_path):
    """Two MPEG streams, one behind the other, of other rates."""
    low = write_sound(tmp_path / "low.mp3", tone(), codec="libmp3lame")
    high = write_sound(tmp_path / "high.mp3", tone(sample_rate=24000), 24000, "libmp3lame")
    (tmp_path / "both.mp3").write_bytes(low.read_bytes() + high.read_bytes())
    values, _ = heard(tmp_path / "both.mp3")
    assert len(values) == pytest.approx(16000, abs=3000)
    assert strongest_hz(values[-6000:]) == pytest.approx(440, abs=5)


def test_a_length_that_an_mp3_does_not_declare_is_not_guessed(tmp_path):
    whole = write_sound(tmp_path / "a.mp3", tone(seconds=2.0), codec="libmp3lame").read_bytes()
    tag = whole.find(b"Xing") if b"Xing" in whole else whole.find(b"Info")
    assert tag > 0
    (tmp_path / "b.mp3").write_bytes(whole.replace(whole[tag : tag + 4], b"\0\0\0\0"))
    with Sound(str(tmp_path / "b.mp3")) as sound:
        assert sound.declared_s is None
    with Sound(str(tmp_path / "a.mp3")) as sound:
        assert sound.declared_s == pytest.approx(2.0, abs=0.1)


def test_what_holds_no_sound_is_told(tmp_path):
    with pytest.raises(InvalidSample, match="no_audio_stream: It holds no stream of sound; its streams: video"):
        Sound(str(silent_film(tmp_path / "a.mp4")))
    (tmp_path / "empty.wav").touch()
    with pytest.raises(InvalidSample, match="The file is empty"):
        Sound(str(tmp_path / "empty.wav"))


def silent_film(path):
    import av

    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width = video.height = 32
        video.pix_fmt = "yuv420p"
        for _ in range(3):
            container.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")))
        container.mux(video.encode(None))
    return path


def test_a_file_of_the_standard_library_is_heard(tmp_path):
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes((tone(sample_rate=8000) * 32767).astype("<i2").tobytes())
    assert len(heard(tmp_path / "a.wav", 8000)[0]) == 4000


@pytest.mark.parametrize("codec", ["pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le"])
@pytest.mark.parametrize("channels", [1, 2])
def test_full_scale_is_1_in_every_form(tmp_path, codec, channels):
    wanted = np.stack([tone(loud=0.9), 0.5 * tone(loud=0.9)])[:channels]
    values, _ = heard(write_sound(tmp_path / "a.wav", wanted, codec=codec))
    np.testing.assert_allclose(values, wanted.mean(axis=0), atol=0.01 if codec == "pcm_u8" else 1e-4)
