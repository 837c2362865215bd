"""Which codecs and formats are found, and what follows where one is not."""

import pytest
from PIL import features

from seqpipe.doctor import media


def test_what_a_build_of_pyav_decodes(tmp_path):
    found = media.videos(tmp_path)
    assert found.lacks == ()
    assert found.facts["decodes"]["H.264"]
    assert found.facts["encodes_h264"]
    assert "H.264" in found.told


def test_a_codec_by_its_name():
    assert media.has_codec("h264")
    assert media.has_codec("libx264", "w")
    assert not media.has_codec("libx264", "r")
    assert not media.has_codec("no such codec")


@pytest.mark.parametrize(("missing", "said"), [("h264", "cannot read H.264"), ("libx264", "cannot write H.264")])
def test_without_h264_the_embedded_corpora_cannot_be_made(missing, said, monkeypatch, tmp_path):
    monkeypatch.setattr(media, "has_codec", lambda name, mode="r": name != missing)
    (lack,) = media.videos(tmp_path).lacks
    assert said in lack


def test_other_codecs_are_hints(monkeypatch, tmp_path):
    monkeypatch.setattr(media, "has_codec", lambda name, mode="r": name not in ("hevc", "libdav1d", "wmv2"))
    found = media.videos(tmp_path)
    assert found.lacks == ()
    assert found.hints[0].startswith("HEVC cannot be read"), "AV1 and WMV have another decoder"


def test_formats_of_images(monkeypatch, tmp_path):
    assert media.images(tmp_path).lacks == ()
    monkeypatch.setattr(features, "check", lambda library: library not in ("jpg", "avif"))
    found = media.images(tmp_path)
    assert "cannot read JPEG" in found.lacks[0]
    assert found.hints[0].startswith("AVIF cannot be read")
    assert found.told == "Read are PNG, WebP, TIFF and JPEG 2000."


def test_codecs_of_sound(monkeypatch, tmp_path):
    assert media.sounds(tmp_path).hints == ()
    monkeypatch.setattr(media, "has_codec", lambda name, mode="r": name not in ("mp3float", "mp3", "libopus"))
    found = media.sounds(tmp_path)
    assert found.lacks == ()
    assert found.hints[0].startswith("MP3 cannot be read: such recordings go to the quarantine")
    assert found.told == "Decoded are PCM, FLAC, AAC, Vorbis, Opus and WMA."
