"""Where in a picture a decoder looked: the picture as it was read, once for each word, under what was looked at.

Marks (a full stop) are left out: they say nothing of the picture.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from math import isqrt
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from PIL import Image

from seqpipe.core.errors import UserError
from seqpipe.encoders.transforms import Transforms
from seqpipe.evaluation.figures.attention import HEADING_LETTERS, LETTERS, Look, strongest
from seqpipe.evaluation.figures.heat import under_heat
from seqpipe.evaluation.figures.style import INK, SMALL_PT, WIDTH_IN, new_figure, plain
from seqpipe.extraction.input import to_input
from seqpipe.media.decoding.decode import read_clip
from seqpipe.media.frames import LONGEST_TO_SHORTEST, InvalidSample

log = logging.getLogger(__name__)

PER_ROW = 8
"""Panels beside each other: the picture itself, then one a word."""
LONGEST_PX = 160
HEADING_IN, WORD_IN = 0.36, 0.2
GREY_OF_BARS = (0.5, 0.5, 0.5)


def shows_places(backbone: Mapping[str, Any]) -> bool:
    """Whether it is known where in a frame the places of a map lie: with several crops they are means over these."""
    return backbone.get("view") in ("whole", "pad") or (backbone.get("view") == "centre" and "resize" in backbone)


def attention_places(looks: Sequence[Look], samples: pd.DataFrame, backbone: Mapping[str, Any]) -> Figure:
    """A block a sample: its picture, then for each word the picture in grey, bright where it looked.

    Args:
        looks: At least one; their places are a square grid.
        samples: The table of samples, of at least these.
        backbone: What the lineage tells of it: its view, and the pixels it resizes and crops to.
    """
    records = samples.set_index("id", drop=False).loc[[look.row["id"] for look in looks]].to_dict("records")
    seen = [_as_read(record, look.row["times_s"], backbone) for look, record in zip(looks, records, strict=True)]
    heights = [_height_in(look, picture) for look, picture in zip(looks, seen, strict=True)]
    figure = new_figure(sum(heights))
    figure.set_layout_engine("constrained", h_pad=0.01, w_pad=0.01, hspace=0.0, wspace=0.0)
    blocks = figure.subfigures(len(looks), 1, squeeze=False, height_ratios=heights)[:, 0]
    for block, look, picture in zip(blocks, looks, seen, strict=True):
        block.suptitle(plain(look.heading, HEADING_LETTERS), x=0.005, ha="left", fontsize=SMALL_PT, color=INK)
        _draw(block, look, picture)
    return figure


def _as_read(record: Mapping[Any, Any], times_s: Sequence[float], backbone: Mapping[str, Any]) -> Image.Image | str:
    """What the backbone has read of the picture, in its own aspect; or why it cannot be shown."""
    try:
        frame = read_clip(record["path"], record["kind"], list(times_s)[:1], record["length"])
    except (OSError, ValueError, UserError, InvalidSample) as error:
        log.warning("%s cannot be shown: %s", record["path"], error)
        return f"it cannot be shown: {error}"
    resize, crop = backbone.get("resize", LONGEST_PX), backbone.get("crop", LONGEST_PX)
    resize = tuple(resize) if isinstance(resize, list) else resize
    transforms = Transforms(resize, crop, GREY_OF_BARS, GREY_OF_BARS, view=backbone["view"])
    square = to_input(frame, transforms)[0].permute(1, 2, 0).contiguous().numpy()
    return Image.fromarray(square).resize(_size(frame.shape[1], frame.shape[2], backbone["view"]))


def _size(height: int, width: int, view: str) -> tuple[int, int]:
    """Width and height of the panels, pixels: the whole of a frame was squeezed to a square, and is stretched again."""
    if view != "whole":
        return LONGEST_PX, LONGEST_PX
    ratio = min(max(width / height, 1 / LONGEST_TO_SHORTEST), LONGEST_TO_SHORTEST)
    return round(LONGEST_PX * min(1.0, ratio)), round(LONGEST_PX * min(1.0, 1 / ratio))


def _words(look: Look) -> list[int]:
    """The places of what is a word in the answer."""
    return [place for place, word in enumerate(look.words) if any(map(str.isalnum, word))]


def _rows(look: Look) -> int:
    return -(-(1 + len(_words(look))) // PER_ROW)


def _height_in(look: Look, picture: Image.Image | str) -> float:
    if isinstance(picture, str):
        return 2 * HEADING_IN
    width_in = WIDTH_IN / PER_ROW
    return HEADING_IN + _rows(look) * (WORD_IN + min(1.0, picture.height / picture.width) * width_in)


def _draw(block: SubFigure, look: Look, picture: Image.Image | str) -> None:
    if isinstance(picture, str):
        block.text(0.005, 0.3, plain(picture, 110), fontsize=SMALL_PT, color=INK)
        return
    cells = block.subplots(_rows(look), PER_ROW, squeeze=False).ravel()
    for axes in cells:
        axes.set_axis_off()
    _panel(cells[0], np.asarray(picture), "")
    side = isqrt(look.weights.shape[1])
    for axes, place in zip(cells[1:], _words(look), strict=False):
        heat = (look.weights[place] / strongest(look.weights)).reshape(side, side)
        _panel(axes, under_heat(picture, heat).round().astype(np.uint8), look.words[place])


def _panel(axes: Axes, picture: npt.NDArray[np.uint8], word: str) -> None:
    axes.imshow(picture)
    axes.set_title(plain(word, LETTERS), fontsize=SMALL_PT, color=INK, pad=2)
