"""Pixel values of any type as 8-bit RGB: what is black, what is white, and what shows through.

- 8 bits a colour and fewer are as stored.
- Grey of more bits goes from 0 to the highest value that the file declares (TIFF's MaxSampleValue, BitsPerSample
  of 9 to 15; PGM's maxval), else to the largest number of 8, 12, 16, ... 32 bits: the fewest that hold every value.
- Floating point goes from 0 to 1 where no value is above it, else as grey of more bits.
- What is transparent is drawn on white.

The steps of four bits are wide on purpose: samples of one camera are scaled alike, unless one is so dark that it
uses less than a sixteenth of the range and would be black at 8 bits. All frames of a sample are scaled alike. What
has no such range (negative, not finite, all below a sixteenth of 8 bits, a type of colour that has no conversion)
is unusable: stretching each picture by its own extremes would make equal values unequal.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PIL import Image

from seqpipe.media.decoding.pictures import Picture
from seqpipe.media.frames import InvalidSample

DEEP_MODES = ("I", "F")
"""What Pillow's names of modes with more than 8 bits a value begin with."""
INTEGER_WHITES = [2**bits - 1 for bits in range(8, 33, 4)]
HALF_A_LEVEL = 0.5 / 255.0
"""Of the range from black to white: how far resampled floats may overshoot it, for rounding hides that."""
FEWEST_LEVELS = 16
"""Values that reach only so many of the 256 levels are black to the eye."""


def is_deep(image: Image.Image) -> bool:
    """Whether it is grey with more than 8 bits a value."""
    return image.mode.startswith(DEEP_MODES)


def white_of(sample: Iterable[Picture]) -> float | None:
    """The value that is white in all frames of a sample; None where the first is not deep and needs none.

    Raises:
        InvalidSample: ``value_range``: their values fit none of the ranges.
    """
    lowest, highest, whole, declared = 0.0, 0.0, True, None
    for n, picture in enumerate(sample):
        if not is_deep(picture.image):
            if n == 0:
                return None
            continue
        values = np.asarray(picture.image)
        if not np.isfinite(values).all():
            raise InvalidSample("value_range", "Some of its pixel values are not finite.")
        lowest, highest = min(lowest, float(values.min())), max(highest, float(values.max()))
        whole = whole and picture.image.mode != "F"
        declared = declared or picture.max_value
    return _white(lowest, highest, whole, declared)


def _white(lowest: float, highest: float, whole: bool, declared: int | None) -> float:
    slack = 0.0 if whole else HALF_A_LEVEL
    fitting = [white for white in [*([] if whole else [1]), *INTEGER_WHITES] if highest <= white * (1 + slack)]
    white = declared or next(iter(fitting), None)
    span = f"Its pixel values go from {lowest:g} to {highest:g}"
    if white is None or highest > white * (1 + slack) or lowest < -white * slack:
        raise InvalidSample(
            "value_range", f"{span}, which no range of pictures holds; write them as 8 or 16 bits from 0."
        )
    if declared is None and white == INTEGER_WHITES[0] and 0 < highest < FEWEST_LEVELS:
        raise InvalidSample(
            "value_range", f"{span}, where 255 would be white; write them as 8 bits, or floats up to 1."
        )
    return float(white)


def rgb_of(picture: Picture, white: float | None = None) -> np.ndarray:
    """The picture as uint8 (H, W, 3), contiguous; ``white`` is its sample's, found from itself where None.

    Raises:
        InvalidSample: ``value_range``: its values fit no range, or its colours cannot be converted.
    """
    image = picture.image
    if is_deep(picture.image):
        levels = _levels(picture, white or white_of([picture]) or 1.0)
        return np.repeat(levels[..., None], 3, axis=2)
    try:
        if image.has_transparency_data:
            return _checked(on_white(np.asarray(image.convert("RGBA"))), picture)
        return _checked(np.asarray(image.convert("RGB")), picture)
    except ValueError as error:
        raise InvalidSample("value_range", f"Its colours ({image.mode}) cannot be converted to RGB.") from error


def _levels(picture: Picture, white: float) -> np.ndarray:
    values = np.asarray(picture.image)
    if picture.image.mode == "F":
        levels = np.clip(values * (255.0 / white) + 0.5, 0, 255).astype(np.uint8)
    else:
        levels = np.clip(values.astype(np.int64) * 256 // (int(white) + 1), 0, 255).astype(np.uint8)
    if picture.white_is_zero:
        levels = 255 - levels
    transparent = picture.image.info.get("transparency")
    return levels if transparent is None else np.where(values == transparent, np.uint8(255), levels)


def _checked(rgb: np.ndarray, picture: Picture) -> np.ndarray:
    """Pillow keeps the upper 8 of 16 bits a colour: of 12 used bits, 4 would be left."""
    if picture.reduced_bits and 0 < rgb.max() < FEWEST_LEVELS:
        detail = f"Its {picture.reduced_bits} bits a colour are used up to {int(rgb.max()) + 1} / 256 of their range"
        raise InvalidSample("value_range", f"{detail}, which is black; write them as 8 bits.")
    return rgb


def on_white(rgba: np.ndarray) -> np.ndarray:
    """(H, W, 4) uint8 drawn on white: (H, W, 3); an opaque pixel stays as it is."""
    colours, alpha = rgba[..., :3].astype(np.uint16), rgba[..., 3:].astype(np.uint16)
    return ((colours * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
