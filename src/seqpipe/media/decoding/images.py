"""Image files as RGB arrays, through Pillow."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from PIL import Image

EXIF_ORIENTATION = 0x0112
CLOCKWISE_DEG = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sorts ``frame_2`` before ``frame_10``."""
    return [(0, int(p), "") if p.isdigit() else (1, 0, p.casefold()) for p in re.split(r"([0-9]+)", name) if p]


def image_rotation_deg(path: str | Path) -> int:
    """Clockwise rotation that the EXIF tag asks for: 0, 90, 180 or 270."""
    with Image.open(path) as image:
        return CLOCKWISE_DEG.get(image.getexif().get(EXIF_ORIENTATION, 1), 0)


def resized(rgb: np.ndarray, height: int, width: int) -> np.ndarray:
    """``rgb`` (H, W, 3) at another size, where a folder's frames are not all of one."""
    if rgb.shape[:2] == (height, width):
        return rgb
    return np.asarray(Image.fromarray(rgb).resize((width, height), Image.Resampling.BILINEAR))
