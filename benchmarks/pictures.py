"""Pictures to measure on: JPEG files of the size, grain and bytes that photographs of ImageNet have.

500x375 at quality 90, with detail at every scale (noise whose octaves weigh as much as photographs' do) and some
shapes with sharp edges. They take some 80 KB; ImageNet's files take 110 on average.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

WIDTH, HEIGHT, QUALITY, CLASSES, SHAPES = 500, 375, 90, 10, 12
OCTAVES = [2, 4, 8, 16, 32, 64, 128, 256]


def write_pictures(folder: Path, count: int) -> pd.DataFrame:
    """Draws ``count`` different pictures, seeded: their samples' table, with a label each."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for n in range(count):
        path = folder / f"picture{n:04d}.jpg"
        _picture(np.random.default_rng(n)).save(path, quality=QUALITY)
        content = path.read_bytes()
        facts = {"length": 1, "rate": 25.0, "duration_s": 0.04, "bytes": len(content)}
        digest = hashlib.sha256(content).hexdigest()
        rows.append({"id": path.name, "path": str(path), "kind": "image", "sha256": digest, "t": n % CLASSES, **facts})
    return pd.DataFrame(rows)


def _picture(rng: np.random.Generator) -> Image.Image:
    noise = np.sum([_octave(rng, cells) for cells in OCTAVES], axis=0)
    shaped = Image.fromarray((128 + noise).clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(shaped)
    for _ in range(SHAPES):
        left, top = rng.integers(0, [WIDTH, HEIGHT])
        box = [left, top, left + rng.integers(10, 120), top + rng.integers(10, 120)]
        kind = [draw.ellipse, draw.rectangle][rng.integers(2)]
        kind([int(side) for side in box], fill=tuple(int(v) for v in rng.integers(0, 256, 3)))
    return Image.fromarray((np.asarray(shaped) + rng.normal(0, 9, (HEIGHT, WIDTH, 1))).clip(0, 255).astype(np.uint8))


def _octave(rng: np.random.Generator, cells: int) -> np.ndarray:
    """(H, W, 3) float: a grid of random colours, blown up; mostly grey, as photographs are."""
    grid = rng.normal(0, 1, (cells, cells, 1)) + 0.4 * rng.normal(0, 1, (cells, cells, 3))
    channels = [Image.fromarray(grid[..., c].astype(np.float32)).resize((WIDTH, HEIGHT)) for c in range(3)]
    return 60 / cells**0.5 * np.stack([np.asarray(channel) for channel in channels], axis=-1)
