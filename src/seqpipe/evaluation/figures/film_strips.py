"""Samples as film strips of the frames that the model was shown."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from seqpipe.core.errors import UserError
from seqpipe.evaluation.figures.style import GREY, INK, SMALL_PT, WIDTH_IN, new_figure, plain
from seqpipe.media.decoding.decode import read_clip
from seqpipe.media.frames import InvalidSample

log = logging.getLogger(__name__)

Frames = npt.NDArray[np.uint8]

FRAME_PX = 160  # height of a frame in a strip
GAP_PX = 4
TALLEST_IN, TITLE_IN = 1.3, 0.3


def shows_pictures(samples: pd.DataFrame) -> bool:
    """Whether the samples are pictures, that can be shown."""
    return "width" in samples


def draw_strips(
    rows: pd.DataFrame, samples: pd.DataFrame, times_s: Mapping[str, Sequence[float]], n_frames: int
) -> Figure:
    """One strip a row of predictions, titled with what it is and what it was taken for.

    Args:
        rows: rows of a table of predictions, at least one.
        samples: columns id, path, kind, length of at least those rows' samples.
        times_s: the times of the frames that the model was shown, seconds, by the sample's id; of those, ``n_frames``
            at most are drawn, evenly spaced.
    """
    records = samples.set_index("id").loc[rows["id"]]
    return _draw(rows, [_strip(record, times_s[str(id_)], n_frames) for id_, record in records.iterrows()])


def _strip(record: pd.Series, times_s: Sequence[float], n_frames: int) -> Frames | str:
    """(H, W, 3) frames side by side, or why they cannot be shown: a file may be gone by now."""
    try:
        frames = read_clip(record["path"], record["kind"], times_s, record["length"])
    except (OSError, ValueError, UserError, InvalidSample) as error:
        log.warning("The frames of %s cannot be shown: %s", record["path"], error)
        return f"the frames cannot be shown: {error}"
    return side_by_side(frames[np.unique(np.linspace(0, len(frames) - 1, n_frames).round().astype(int))])


def side_by_side(frames: Frames) -> Frames:
    """(n, H, W, 3) frames as one white-gapped strip, `FRAME_PX` high at most."""
    height, width = frames.shape[1:3]
    scale = min(1.0, FRAME_PX / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = [np.asarray(Image.fromarray(frame).resize(size)) for frame in frames]
    gap = np.full((size[1], GAP_PX, 3), 255, np.uint8)
    return np.concatenate([part for frame in small for part in (frame, gap)][:-1], axis=1)


def _draw(rows: pd.DataFrame, strips: list[Frames | str]) -> Figure:
    heights = [_height_in(strip) for strip in strips]
    figure = new_figure(sum(heights) + TITLE_IN * len(heights))
    grid = figure.subplots(len(strips), 1, squeeze=False, height_ratios=heights)
    for axes, strip, row in zip(grid[:, 0], strips, rows.itertuples(), strict=True):
        axes.set_axis_off()
        axes.set_anchor("W")
        caption = f"{plain(row.label)} taken for {plain(row.predicted)}, {row.confidence:.2f} sure"
        axes.set_title(f"{caption}    {plain(row.id, 60)}", loc="left", fontsize=SMALL_PT, color=INK)
        if isinstance(strip, str):
            axes.text(0, 0.5, plain(strip, 110), fontsize=SMALL_PT, color=GREY, va="center")
        else:
            axes.imshow(strip, interpolation="nearest" if strip.shape[0] < FRAME_PX else None)
    return figure


def _height_in(strip: Frames | str) -> float:
    """Height at which the strip fills the figure's width, unless that is too tall."""
    if isinstance(strip, str):
        return 0.3
    height, width = strip.shape[:2]
    return min(TALLEST_IN, height * WIDTH_IN / width)
