"""Small pictures of a sample: of the frames that the model has read, or as its modality draws it."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PIL import Image

from seqpipe.core.errors import UserError
from seqpipe.media.decoding.decode import read_frames
from seqpipe.media.frames import InvalidSample
from seqpipe.modalities.base import Drawable

logger = logging.getLogger(__name__)

SIZE, ALONE, QUALITY = (240, 160), (640, 480), 80
"""How large a picture is at most, one of several and one by itself."""
Area = Callable[[int, int], tuple[float, float, float, float] | None]
"""Which part of a frame of that height and width is read, as `seqpipe.extraction.input.area_read` tells it."""


def thumbnails(path: str, kind: str, times_s: np.ndarray, count: int, area: Area | None) -> list[dict[str, Any]]:
    """At most ``count`` of the frames at these times, evenly: ``time_s`` and a JPEG as a data URI in ``image``.

    Browsers play few of the formats that are read here, so that the pictures come with the answer. Where ``area`` is
    given, what it says of each is beside it, unless it says nothing.
    """
    if not count or not len(times_s):
        return []
    which = np.unique(np.linspace(0, len(times_s) - 1, min(count, len(times_s))).round().astype(int))
    times = [float(time) for time in np.asarray(times_s)[which]]
    pictures = read_frames(path, kind, times)
    size = SIZE if len(times) > 1 else ALONE
    told = []
    for time, rgb in zip(times, pictures, strict=True):
        read = area(*rgb.shape[:2]) if area else None
        told.append({"time_s": time, "image": _data_uri(rgb, size), **({} if read is None else {"area": list(read)})})
    return told


def drawn(by: Drawable, sample: Mapping[str, Any], times_s: np.ndarray) -> list[dict[str, Any]]:
    """The sample as its modality draws it: one PNG as a data URI in ``image``, at no time; none where it cannot be.

    Args:
        by: The modality.
        sample: Its row of the samples' table.
        times_s: The times of the steps that the model was shown, in seconds.
    """
    from seqpipe.evaluation.figures.contact_sheet import alone
    from seqpipe.evaluation.figures.style import png_bytes

    try:
        png = png_bytes(alone(by.drawing(sample, [float(time) for time in times_s])))
    except (OSError, ValueError, UserError, InvalidSample) as error:
        logger.warning("%s cannot be shown: %s", sample["path"], error)
        return []
    return [{"time_s": None, "image": "data:image/png;base64," + base64.b64encode(png).decode()}]


def _data_uri(rgb: np.ndarray, size: tuple[int, int]) -> str:
    image, into = Image.fromarray(rgb), io.BytesIO()
    image.thumbnail(size)
    image.save(into, "JPEG", quality=QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(into.getvalue()).decode()
