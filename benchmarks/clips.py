"""Clips to measure on: a fixed camera, things that move, a sensor that hisses. Real H.264 files.

320x240, 25 frames a second, 10 seconds, x264 at its defaults (preset medium, CRF 23, B-frames, one key frame
in 10 s). With noise of 6 grey levels they take some 160 kbit/s: fixed cameras of this size were seen to
record at about 100, a hand-held phone records at more.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import av
import numpy as np
import pandas as pd
from sklearn.datasets import load_digits

WIDTH, HEIGHT, FPS, FRAMES = 320, 240, 25, 250
NOISE_GREY_LEVELS = 6.0
OBJECTS, OBJECT_PIXELS = 3, 48


def write_clips(folder: Path, count: int) -> list[Path]:
    """Renders ``count`` different clips, seeded."""
    paths = [folder / f"clip{n:03d}.mp4" for n in range(count)]
    for n, path in enumerate(paths):
        _write(path, np.random.default_rng(n))
    return paths


def _write(path: Path, rng: np.random.Generator) -> None:
    background, objects = _background(rng), _objects(rng)
    start = rng.uniform(0, [WIDTH, HEIGHT], (OBJECTS, 2))
    velocity = rng.uniform(-60, 60, (OBJECTS, 2)) / FPS
    noise = rng.normal(0, NOISE_GREY_LEVELS, (2 * HEIGHT, 2 * WIDTH, 3)).astype(np.float32)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for n in range(FRAMES):
            picture = background.copy()
            for thing, (x, y) in zip(objects, start + n * velocity, strict=True):
                _paste(picture, thing, int(x) % (WIDTH - OBJECT_PIXELS), int(y) % (HEIGHT - OBJECT_PIXELS))
            top, left = rng.integers(0, [HEIGHT, WIDTH])
            picture += noise[top : top + HEIGHT, left : left + WIDTH]
            frame = av.VideoFrame.from_ndarray(picture.clip(0, 255).astype(np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _background(rng: np.random.Generator) -> np.ndarray:
    """(H, W, 3) float32: blocks of colour with a gradient over them, as walls and ground are."""
    blocks = rng.uniform(40, 200, (6, 8, 3)).repeat(HEIGHT // 6, 0).repeat(WIDTH // 8, 1)
    return (blocks + np.linspace(-20, 20, WIDTH)[None, :, None]).astype(np.float32)


def _objects(rng: np.random.Generator) -> np.ndarray:
    """(objects, pixels, pixels) float32 in [0, 1]: handwritten digits, enlarged."""
    chosen = load_digits().images[rng.integers(0, 1797, OBJECTS)] / 16
    scale = OBJECT_PIXELS // 8
    return chosen.repeat(scale, 1).repeat(scale, 2).astype(np.float32)


def _paste(picture: np.ndarray, thing: np.ndarray, x: int, y: int) -> None:
    place = picture[y : y + OBJECT_PIXELS, x : x + OBJECT_PIXELS]
    place += thing[..., None] * (255 - place)


def samples_table(paths: list[Path]) -> pd.DataFrame:
    """The samples' table of some videos, with what extraction reads of it; frames are counted by decoding."""
    rows = []
    for path in paths:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            fps = float(stream.average_rate or FPS)
            frames = sum(1 for _ in container.decode(stream))
        rows.append(
            {
                "id": path.name,
                "path": str(path),
                "kind": "video",
                "length": frames,
                "rate": fps,
                "duration_s": frames / fps,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "bytes": path.stat().st_size,
            }
        )
    return pd.DataFrame(rows)
