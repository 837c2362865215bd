"""Recordings are measured as they are, and what cannot be used says why."""

import numpy as np
import pytest
from tests.modalities.audio.sounds import SAMPLE_RATE, audio_config, corpus_limits, tone, write_sound

from seqpipe.media.frames import InvalidSample
from seqpipe.modalities.audio.measuring import PARTLY, STREAMS, measure_sound


def measured(path, corpus=None, **changes):
    return measure_sound(str(path), corpus or corpus_limits(), audio_config(**changes))


def refused(path, corpus=None, **changes):
    with pytest.raises(InvalidSample) as unusable:
        measured(path, corpus, **changes)
    return unusable.value


def test_facts_are_steps_and_what_lies_in_the_file(tmp_path):
    both = np.stack([tone(seconds=0.505, sample_rate=8000)] * 2)
    facts = measured(write_sound(tmp_path / "a.wav", both, 8000))
    assert (facts.length, facts.rate, facts.duration_s) == (51, 100.0, 0.51)
    assert (facts.channels, facts.sample_rate, facts.remark) == (2, 8000, "")
    assert facts.loudest_db == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.2)


def test_steps_are_pictures_where_a_backbone_reads(tmp_path):
    facts = measured(write_sound(tmp_path / "a.wav", tone(seconds=0.55)), read_by="backbone")
    assert (facts.length, facts.rate) == (6, 10.0)


def test_a_recording_shorter_than_a_window_is_one_step(tmp_path):
    assert measured(write_sound(tmp_path / "a.wav", tone(seconds=0.002))).length == 1


def test_what_is_quieter_than_asked_for_is_silence(tmp_path):
    quiet = write_sound(tmp_path / "a.wav", tone(loud=0.001), codec="pcm_f32le")
    assert measured(quiet).length == 50
    assert refused(quiet, silence_db=-60.0).reason == "silence"
    assert "asks for -60" in refused(quiet, silence_db=-60.0).detail


def test_one_loud_moment_is_no_silence(tmp_path):
    values = np.zeros(SAMPLE_RATE)
    values[8000:8400] = tone(seconds=0.025)
    assert measured(write_sound(tmp_path / "a.wav", values)).length == 100


def test_channels_that_cancel_are_told_as_what_they_are(tmp_path):
    both = np.stack([tone(), -tone()])
    assert "channels mixed to one" in refused(write_sound(tmp_path / "a.wav", both)).detail


@pytest.mark.parametrize(("at", "value"), [(0, np.nan), (12000, np.inf)])
def test_values_that_are_no_numbers_are_refused_with_their_place(tmp_path, at, value):
    values = tone(seconds=1.0).astype(np.float32)
    values[at] = value
    unusable = refused(write_sound(tmp_path / "a.wav", values, codec="pcm_f32le"))
    assert unusable.reason == "not_finite"


def test_no_more_seconds_than_allowed(tmp_path):
    path = write_sound(tmp_path / "a.wav", tone(seconds=1.5))
    unusable = refused(path, corpus_limits(max_seconds=1))
    assert (unusable.reason, unusable.detail) == ("too_large", "It runs 2 seconds; no more than 1 are allowed.")


def test_a_length_that_is_not_declared_is_stopped_where_it_is_too_long(tmp_path):
    path = write_sound(tmp_path / "a.mp3", tone(seconds=3.0), codec="libmp3lame")
    path.write_bytes(path.read_bytes().replace(b"Info", b"\0\0\0\0"))
    assert refused(path, corpus_limits(max_seconds=1)).reason == "too_large"


def test_a_header_that_promises_more_is_truncated(tmp_path):
    path = write_sound(tmp_path / "a.flac", np.random.default_rng(0).uniform(-1, 1, 32000), codec="flac")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    unusable = refused(path)
    assert unusable.reason == "truncated"
    assert "of 2.00 seconds decoded intact" in unusable.detail
    assert measured(path, corpus_limits(min_decoded_share=0.4)).length == pytest.approx(100, abs=20)


def test_damage_within_is_a_remark(tmp_path):
    path = write_sound(tmp_path / "a.mp3", tone(seconds=10.0), codec="libmp3lame")
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2 : len(damaged) // 2 + 300] = b"\0" * 300
    path.write_bytes(bytes(damaged))
    facts = measured(path)
    assert facts.remark == PARTLY
    assert facts.duration_s == pytest.approx(10, abs=0.5)


def test_of_several_streams_one_is_read_and_it_is_told(tmp_path):
    import av

    path = tmp_path / "a.mka"
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("pcm_s16le", rate=SAMPLE_RATE, layout="mono") for _ in range(2)]
        for stream, hz in zip(streams, (440, 880), strict=True):
            frame = av.AudioFrame.from_ndarray((tone(hz) * 32767).astype(np.int16)[None], format="s16", layout="mono")
            frame.sample_rate, frame.pts = SAMPLE_RATE, 0
            container.mux(stream.encode(frame))
    assert measured(path).remark == STREAMS
