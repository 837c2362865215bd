"""A picture under a map of what was looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from PIL import Image

HEAT_OPACITY = 0.75


def under_heat(image: Image.Image, heat: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """(H, W, 3) in 0..255: a picture in grey under its heat, bright where that is high.

    Args:
        image: H pixels high, W wide.
        heat: (h, w), 0..1, of any size; what is not finite counts as 0.
    """
    known = np.nan_to_num(np.asarray(heat, dtype=np.float32), posinf=0.0, neginf=0.0)
    warm = np.clip(np.asarray(Image.fromarray(known).resize(image.size, Image.Resampling.BICUBIC)), 0.0, 1.0)
    opaque = HEAT_OPACITY * warm[:, :, None]
    grey = np.asarray(image.convert("L"), dtype=np.float64)[:, :, None]
    made: npt.NDArray[np.float64] = (1.0 - opaque) * grey + opaque * 255.0 * colormaps["inferno"](warm)[:, :, :3]
    return made
