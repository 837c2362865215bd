"""Pictures as film strips of the frames that the model was shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from seqpipe.media.decoding.decode import read_clip
from seqpipe.modalities.base import Drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Frames = npt.NDArray[np.uint8]

FRAMES_SHOWN = 8
"""Of a clip's frames, at most, evenly spaced."""
FRAME_PX = 160  # height of a frame in a strip
GAP_PX = 4


def film_strip(sample: Mapping[str, Any], times_s: Sequence[float]) -> Drawing:
    """The frames at these times, side by side; raises as ``read_clip`` does where they cannot be read."""
    frames = read_clip(sample["path"], sample["kind"], times_s, sample["length"])
    strip = side_by_side(frames[np.unique(np.linspace(0, len(frames) - 1, FRAMES_SHOWN).round().astype(int))])

    def onto(axes: Axes) -> None:
        axes.set_axis_off()
        axes.set_anchor("W")
        axes.imshow(strip, interpolation="nearest" if strip.shape[0] < FRAME_PX else None)

    return Drawing(strip.shape[0] / strip.shape[1], onto)


def side_by_side(frames: Frames) -> Frames:
    """(n, H, W, 3) frames as one white-gapped strip, `FRAME_PX` high at most."""
    height, width = frames.shape[1:3]
    scale = min(1.0, FRAME_PX / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = [np.asarray(Image.fromarray(frame).resize(size)) for frame in frames]
    gap = np.full((size[1], GAP_PX, 3), 255, np.uint8)
    return np.concatenate([part for frame in small for part in (frame, gap)][:-1], axis=1)
