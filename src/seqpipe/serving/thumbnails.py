"""Small pictures of a sample, of the frames that the model has read."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

from seqpipe.media.decoding.decode import read_frames

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


def _data_uri(rgb: np.ndarray) -> str:
    image, into = Image.fromarray(rgb), io.BytesIO()
    image.thumbnail(SIZE)
    image.save(into, "JPEG", quality=QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(into.getvalue()).decode()
