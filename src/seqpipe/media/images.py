"""Still images and folders of them, through Pillow."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from seqpipe.media.frames import Unusable

EXIF_ORIENTATION = 0x0112
CLOCKWISE_DEG = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sorts ``frame_2`` before ``frame_10``."""
    return [(0, int(p), "") if p.isdigit() else (1, 0, p.casefold()) for p in re.split(r"([0-9]+)", name) if p]


def open_image(path: str | Path, max_pixels: float) -> Image.Image:
    """Reads an image's header alone; raises Unusable where it is no image or larger than ``max_pixels``."""
    try:
        image = Image.open(path)
    except Image.DecompressionBombError as error:
        raise Unusable("too_large", f"{error}".rstrip(".") + ".") from error
    except UnidentifiedImageError as error:
        raise Unusable("unreadable", "It is no image that can be read.") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise Unusable("unreadable", f"It cannot be opened as an image: {error}.") from error
    if image.width * image.height > max_pixels:
        size = f"{image.width} x {image.height}"
        raise Unusable("too_large", f"Its {size} pixels are more than the {max_pixels / 1e6:g} million allowed.")
    return image


def image_rgb(path: str | Path, max_pixels: float = float("inf")) -> np.ndarray:
    """The image, turned as its EXIF tag says: uint8 (H, W, 3). Raises Unusable."""
    with open_image(path, max_pixels) as image:
        try:
            upright = ImageOps.exif_transpose(image)
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            raise Unusable("truncated", f"The image breaks off: {error}.") from error
    if upright.mode.startswith("I;16"):  # Pillow clips 16-bit grey to 8 bits instead of scaling it
        upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
    return np.asarray(upright.convert("RGB"))


def image_rotation_deg(path: str | Path) -> int:
    """Clockwise rotation that the EXIF tag asks for: 0, 90, 180 or 270."""
    with Image.open(path) as image:
        return CLOCKWISE_DEG.get(image.getexif().get(EXIF_ORIENTATION, 1), 0)


def resized(rgb: np.ndarray, height: int, width: int) -> np.ndarray:
    """``rgb`` (H, W, 3) at another size, where a folder's frames are not all of one."""
    if rgb.shape[:2] == (height, width):
        return rgb
    return np.asarray(Image.fromarray(rgb).resize((width, height), Image.Resampling.BILINEAR))
