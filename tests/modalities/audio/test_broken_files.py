"""No broken file crashes, and each is refused for what is true of it."""

import random

import pytest
from tests.modalities.audio.broken_files import BROKEN, LONGEST_S, write_broken_files
from tests.modalities.audio.sounds import audio_config, corpus_limits, tone, write_sound

from seqpipe.media.corpora.reading import read_corpus
from seqpipe.media.frames import InvalidSample
from seqpipe.media.ingest import ingest
from seqpipe.modalities.audio.modality import Audio
from seqpipe.modalities.registry import measuring_of
from seqpipe.tasks.classification import Classification

SEED = 20261130


@pytest.mark.parametrize("name", BROKEN)
def test_each_is_refused_for_what_is_true_of_it(name, tmp_path):
    make, reasons = BROKEN[name]
    make(tmp_path / name, random.Random(f"{SEED} {name}"))
    with pytest.raises(InvalidSample) as unusable:
        Audio(audio_config()).measure(str(tmp_path / name), "sound", corpus_limits(max_seconds=LONGEST_S))
    assert unusable.value.reason in reasons
    assert unusable.value.detail.endswith((".", ")"))
    assert str(tmp_path) not in unusable.value.detail


def test_in_a_corpus_all_of_them_are_set_aside_and_the_rest_is_used(tmp_path):
    broken = write_broken_files(tmp_path / "sounds" / "high", SEED)
    for label, hz in (("high", 880), ("low", 440)):
        for letter in "abcdefghijkl":
            values = tone(hz + ord(letter), 0.1)
            write_sound(tmp_path / "sounds" / label / f"{letter}.wav", values)
    config = corpus_limits(path=tmp_path / "sounds", max_seconds=LONGEST_S, max_quarantine_share=0.9)
    listing = read_corpus(config, Audio.files).listing
    parameters = {"audio": audio_config()}
    given = (listing, config, 0, tmp_path / "cache", Audio(parameters["audio"]), measuring_of("audio", parameters))
    samples, quarantine = ingest(*given, Classification.strata)
    assert len(samples) == 24
    assert len(quarantine) == len(broken)


@pytest.mark.parametrize("ending", [".mp3", ".wav", ".flac", ".ogg"])
def test_flipped_bits_crash_nothing(ending, tmp_path):
    codec, rate = {".mp3": "libmp3lame", ".wav": "pcm_s16le", ".flac": "flac", ".ogg": "libopus"}[ending], 48000
    body = write_sound(tmp_path / f"whole{ending}", tone(sample_rate=rate), rate, codec).read_bytes()
    rng = random.Random(SEED)
    for n in range(20):
        changed = bytearray(body)
        for _ in range(rng.choice([1, 8, 64, 512])):
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        path = tmp_path / f"{n}{ending}"
        path.write_bytes(bytes(changed))
        facts = measured_or_refused(path)
        assert facts is None or facts.length > 0


def measured_or_refused(path):
    """The facts of a file; None where it is refused."""
    try:
        return Audio(audio_config()).measure(str(path), "sound", corpus_limits())
    except InvalidSample:
        return None
