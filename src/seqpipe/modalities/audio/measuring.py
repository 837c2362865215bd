"""Measuring: a recording decoded from end to end, and what that has shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seqpipe.config import AudioConfig, CorpusConfig
from seqpipe.media.frames import InvalidSample
from seqpipe.media.medium import Facts
from seqpipe.modalities.audio.decoding import Heard, Sound
from seqpipe.modalities.audio.pictures import picture_count

SLACK_S = 0.1
"""Seconds that a codec may put before the sound or cut off behind it."""
STREAMS = "It holds several streams of sound; the one that a player plays is read."
PARTLY = "Not all of its sound could be decoded; the rest is used."


@dataclass(frozen=True)
class SoundFacts(Facts):
    """What decoding a recording from end to end has shown.

    Attributes:
        channels, sample_rate: As it lies in the file.
        loudest_db: The mean power of its loudest stretch, dB to full scale.
    """

    channels: int
    sample_rate: int
    loudest_db: float


SOUND_COLUMNS = ("channels", "sample_rate", "loudest_db")
"""What ``SoundFacts`` has beside the facts of every modality."""


def measure_sound(path: str, corpus: CorpusConfig, config: AudioConfig) -> SoundFacts:
    """Decodes the whole recording and says what it is; raises InvalidSample where it cannot be used."""
    with Sound(path) as sound:
        _check_duration(sound.declared_s or 0.0, corpus)
        values, loudest = _heard(sound, corpus, config)
        _check_whole(sound.heard, sound.declared_s, values, corpus)
        remark = " ".join([STREAMS] * (sound.streams > 1) + [PARTLY] * (sound.heard.damaged > 0))
    loudest_db = float(10.0 * np.log10(max(loudest, 1e-12)))
    if loudest_db < config.silence_db:
        raise InvalidSample(
            "silence",
            f"Its channels mixed to one, no {config.window_s:g} s of it are louder than {loudest_db:.0f} dB to full "
            f"scale; audio.silence_db asks for {config.silence_db:g}.",
        )
    heard = sound.heard
    length, rate = _steps(values, config)
    return SoundFacts(length, rate, length / rate, heard.channels, heard.sample_rate, loudest_db, remark=remark)


def _steps(values: int, config: AudioConfig) -> tuple[int, float]:
    """How many steps there are and their rate: frames of the spectrogram, or pictures of several of them."""
    frames = -(-values // config.hop)
    if config.read_by == "bands":
        return frames, config.frame_rate
    return picture_count(frames, config), config.frame_rate / config.picture_hop


def _heard(sound: Sound, corpus: CorpusConfig, config: AudioConfig) -> tuple[int, float]:
    """How many values there are, and the mean power of the loudest ``config.window`` of them in a row."""
    values, loudest, held = 0, 0.0, np.empty(0, np.float32)
    for block in sound.blocks(config.sample_rate):
        if not np.isfinite(block).all():
            raise InvalidSample("not_finite", f"It holds values that are no numbers, from {_at(values, config)} on.")
        values += len(block)
        _check_duration(values / config.sample_rate, corpus)
        held = np.concatenate([held, block])
        whole = len(held) // config.window * config.window
        loudest = max(loudest, *_powers(held[:whole], config.window))
        held = held[whole:]
    if len(held):
        loudest = max(loudest, float((held.astype(np.float64) ** 2).mean()))
    return values, loudest


def _powers(values: np.ndarray, window: int) -> Iterator[float]:
    """The mean power of each ``window`` values; 0 where there are none."""
    powers = (values.reshape(-1, window).astype(np.float64) ** 2).mean(axis=1)
    yield float(powers.max(initial=0.0))


def _at(values: int, config: AudioConfig) -> str:
    return f"{values / config.sample_rate:.2f} s"


def _check_duration(seconds: float, corpus: CorpusConfig) -> None:
    if seconds > corpus.max_seconds:
        raise InvalidSample(
            "too_large", f"It runs {seconds:.0f} seconds; no more than {corpus.max_seconds:g} are allowed."
        )


def _check_whole(heard: Heard, declared_s: float | None, values: int, corpus: CorpusConfig) -> None:
    """Raises InvalidSample where nothing, or too little of what the file declares, was decoded intact."""
    why = f" ({heard.error})" if heard.error else ""
    if not values and heard.damaged:
        raise InvalidSample("unreadable", f"Not one of its {heard.damaged} packets of sound could be decoded{why}.")
    if not values:
        raise InvalidSample("zero_length", f"Its header is whole, but no sound follows{why}.")
    if declared_s and heard.seconds < corpus.min_decoded_share * declared_s - SLACK_S:
        damaged = f"; {heard.damaged} packets are damaged" if heard.damaged else ""
        raise InvalidSample(
            "truncated", f"Only {heard.seconds:.2f} of {declared_s:.2f} seconds decoded intact{damaged}{why}."
        )
