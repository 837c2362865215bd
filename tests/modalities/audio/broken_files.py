"""Broken files of sound, made from a seed, each with the reasons that are true of it."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from PIL import Image
from tests.modalities.audio.sounds import SAMPLE_RATE, tone, write_sound

Maker = Callable[[Path, random.Random], None]
LONGEST_S = 5.0
"""What the corpus allows."""


def _of_bytes(make: Callable[[random.Random], bytes]) -> Maker:
    return lambda path, rng: path.write_bytes(make(rng)) and None


def _changed(codec: str, change: Callable[[bytes, random.Random], bytes]) -> Maker:
    """A whole file of noise in a codec, of which some bytes are then other ones, or gone."""

    def make(path: Path, rng: random.Random) -> None:
        noise = np.random.default_rng(rng.randrange(2**32)).uniform(-0.5, 0.5, SAMPLE_RATE)
        rate = 48000 if codec == "libopus" else SAMPLE_RATE
        write_sound(path, noise, rate, codec)
        path.write_bytes(change(path.read_bytes(), rng))

    return make


def _of_values(values: Callable[[], np.ndarray], codec: str = "pcm_s16le") -> Maker:
    return lambda path, rng: write_sound(path, values(), codec=codec) and None


def wav_header(data: int, form: int = 1, rate: int = SAMPLE_RATE) -> bytes:
    """Of 16 bits and one channel, which says that so many bytes of data follow."""
    what = struct.pack("<4sIHHIIHH", b"fmt ", 16, form, 1, rate, 2 * rate, 2, 16)
    whole = (36 + data) % 2**32
    return struct.pack("<4sI4s", b"RIFF", whole, b"WAVE") + what + struct.pack("<4sI", b"data", data)


def with_value(value: float) -> np.ndarray:
    """A tone, of which one value in the middle is this."""
    values = tone().astype(np.float32)
    values[len(values) // 2] = value
    return values


def zipped(rng: random.Random) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        archive.writestr("a.wav", rng.randbytes(500))
    return into.getvalue()


def png(rng: random.Random) -> bytes:
    into = io.BytesIO()
    Image.new("RGB", (16, 16), (rng.randrange(256), 0, 0)).save(into, "PNG")
    return into.getvalue()


def silent_film(path: Path, rng: random.Random) -> None:
    """A video without sound."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width = video.height = 32
        video.pix_fmt = "yuv420p"
        for _ in range(3):
            grey = np.full((32, 32, 3), rng.randrange(256), np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(video.encode(None))


BROKEN: dict[str, tuple[Maker, frozenset[str]]] = {
    name: (make, frozenset(reasons.split()))
    for name, make, reasons in (
        ("empty.wav", _of_bytes(lambda rng: b""), "unreadable"),
        ("text.wav", _of_bytes(lambda rng: b"This is a letter, and no sound at all.\n" * 40), "unreadable"),
        ("random.mp3", _of_bytes(lambda rng: rng.randbytes(3000)), "unreadable zero_length"),
        ("zeros.ogg", _of_bytes(lambda rng: b"\0" * 4096), "unreadable"),
        ("archive.ogg", _of_bytes(zipped), "unreadable"),
        ("picture.mp3", _of_bytes(png), "no_audio_stream unreadable"),
        ("playlist.mp3", _of_bytes(lambda rng: b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"), "unreadable"),
        ("header_alone.wav", _of_bytes(lambda rng: wav_header(0)), "zero_length unreadable"),
        ("header_cut.wav", _of_bytes(lambda rng: wav_header(1000)[:20]), "unreadable"),
        ("no_such_codec.wav", _of_bytes(lambda rng: wav_header(4000, form=0x1234) + rng.randbytes(4000)), "unreadable"),
        ("rate_of_zero.wav", _of_bytes(lambda rng: wav_header(4000, rate=0) + rng.randbytes(4000)), "unreadable"),
        ("tag_alone.mp3", _of_bytes(lambda rng: b"ID3\x04\0\0\0\0\0\x0a" + b"\0" * 10), "unreadable zero_length"),
        ("cut.wav", _changed("pcm_s16le", lambda body, rng: body[: len(body) // 3]), "truncated"),
        ("cut.flac", _changed("flac", lambda body, rng: body[: len(body) // 2]), "truncated"),
        ("cut.m4a", _changed("aac", lambda body, rng: body[: len(body) // 2]), "unreadable"),
        ("beheaded.ogg", _changed("libopus", lambda body, rng: body[300:]), "unreadable"),
        ("silence.wav", _of_values(lambda: np.zeros(SAMPLE_RATE)), "silence"),
        ("silence.flac", _of_values(lambda: np.zeros(SAMPLE_RATE), "flac"), "silence"),
        ("not_a_number.wav", _of_values(lambda: with_value(np.nan), "pcm_f32le"), "not_finite"),
        ("infinite.wav", _of_values(lambda: with_value(np.inf), "pcm_f32le"), "not_finite"),
        ("silent_film.mp4", silent_film, "no_audio_stream"),
        ("too_long.wav", _of_values(lambda: tone(seconds=LONGEST_S + 1)), "too_large"),
    )
}
"""By its name, how each is made, and the reasons of which one is true."""


def write_broken_files(folder: Path, seed: int) -> list[Path]:
    """All of them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (make, _) in BROKEN.items():
        make(folder / name, random.Random(f"{seed} {name}"))
    return [folder / name for name in BROKEN]
