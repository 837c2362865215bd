"""The header of a WAV says how long it is meant to be."""

import pytest
from tests.modalities.audio.broken_files import wav_header
from tests.modalities.audio.sounds import tone, write_sound

from seqpipe.modalities.audio.riff import promised_s


def test_the_promise_is_that_of_the_header_whatever_follows(tmp_path):
    path = write_sound(tmp_path / "a.wav", tone(seconds=0.75))
    assert promised_s(str(path)) == pytest.approx(0.75)
    path.write_bytes(path.read_bytes()[:1000])
    assert promised_s(str(path)) == pytest.approx(0.75)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"RIFF",
        b"OggS" + b"\0" * 40,
        wav_header(0xFFFFFFFF),
        wav_header(0),
        wav_header(4000, form=0x11),
        wav_header(4000, rate=0),
        wav_header(4000)[:30],
    ],
)
def test_what_promises_nothing_says_nothing(tmp_path, head):
    (tmp_path / "a.wav").write_bytes(head)
    assert promised_s(str(tmp_path / "a.wav")) is None
