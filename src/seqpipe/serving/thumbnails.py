"""Small pictures of a sample: of the frames that the model has read, or as its modality draws it."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from seqpipe.core.errors import UserError
from seqpipe.media.decoding.decode import read_frames
from seqpipe.media.frames import InvalidSample
from seqpipe.modalities.base import Drawable

logger = logging.getLogger(__name__)

SIZE, QUALITY = (240, 160), 80


def thumbnails(path: str, kind: str, times_s: np.ndarray, count: int) -> list[dict[str, Any]]:
    """At most ``count`` of the frames at these times, evenly: ``time_s`` and a JPEG as a data URI in ``image``.

    Browsers play few of the formats that are read here, so that the pictures come with the answer.
    """
    if not count or not len(times_s):
        return []
    which = np.unique(np.linspace(0, len(times_s) - 1, min(count, len(times_s))).round().astype(int))
    times = [float(time) for time in np.asarray(times_s)[which]]
    pictures = read_frames(path, kind, times)
    return [{"time_s": time, "image": _data_uri(rgb)} for time, rgb in zip(times, pictures, strict=True)]


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


def _data_uri(rgb: np.ndarray) -> str:
    image, into = Image.fromarray(rgb), io.BytesIO()
    image.thumbnail(SIZE)
    image.save(into, "JPEG", quality=QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(into.getvalue()).decode()
