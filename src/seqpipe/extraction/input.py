"""From a sample's frames to the backbone's input, still uint8: what of a frame is read, by the view.

    centre   the shorter side resized, the square in the middle read: as the weights were tested
    whole    all of the frame, squeezed into the square: nothing is lost, the aspect is
    pad      all of the frame in its aspect, with bars of the weights' mean colour: nothing is lost but resolution
    crops    resized as for the centre, read in as many squares along the longer side as cover it: a frame's features
             are their mean, at as many passes through the CNN

Nothing else knows this geometry: extraction, the frame cache, training and serving all ask here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as F

from seqpipe.encoders.transforms import Transforms
from seqpipe.media.frames import LONGEST_TO_SHORTEST


def to_input(frames: np.ndarray, transforms: Transforms) -> Tensor:
    """(n, H, W, 3) uint8 RGB to (n * k, 3, crop, crop) uint8: resized, then the k crops of each, one after another.

    k is what ``crop_count`` gives: 1 but in the view ``crops``. Normalising is left to the device: bytes are a quarter
    of the floats to move and to keep.
    """
    x = cropped(resized(frames, transforms), transforms).flatten(0, 1)
    return x.contiguous(memory_format=torch.channels_last)  # a view would keep the margins in memory


def resized(frames: np.ndarray, transforms: Transforms) -> Tensor:
    """(n, H, W, 3) uint8 RGB to (n, 3, h, w) uint8, of which ``cropped`` takes what the backbone reads.

    In the views ``centre`` and ``crops`` the shorter side is ``resize``, or height and width are; in ``whole`` and
    ``pad`` both are ``crop``.
    """
    x = torch.from_numpy(frames).permute(0, 3, 1, 2)
    x = F.center_crop(x, [min(side, LONGEST_TO_SHORTEST * min(x.shape[-2:])) for side in x.shape[-2:]])
    how: dict[str, Any] = {
        "interpolation": InterpolationMode(transforms.interpolation),
        "antialias": transforms.antialias,
    }
    if transforms.view == "whole":
        return F.resize(x, [transforms.crop, transforms.crop], **how)
    if transforms.view == "pad":
        return _padded(F.resize(x, None, max_size=transforms.crop, **how), transforms)
    return F.resize(x, [transforms.resize] if isinstance(transforms.resize, int) else list(transforms.resize), **how)


def resized_facts(transforms: Transforms) -> dict[str, Any]:
    """Whatever decides ``resized`` to the last bit: how much is cropped and normalised later does not."""
    how: dict[str, Any] = {"interpolation": transforms.interpolation}
    if not transforms.antialias:
        how["antialias"] = False
    if transforms.view in ("centre", "crops"):
        return {"resize": transforms.resize, **how}
    bars = {"mean": list(transforms.mean)} if transforms.view == "pad" else {}
    return {"view": transforms.view, "crop": transforms.crop, **bars, **how}


def cropped(x: Tensor, transforms: Transforms) -> Tensor:
    """The k crops of each resized frame: (n, 3, h, w) to (n, k, 3, crop, crop)."""
    size, (height, width) = transforms.crop, x.shape[-2:]
    if transforms.view != "crops":
        return F.center_crop(x, [size, size])[:, None]
    margin, along = min(height, width) - size, -1 if width > height else -2
    inner = F.center_crop(x, [height - margin, width - margin])
    return torch.stack([inner.narrow(along, start, size) for start in _starts(inner.shape[along], size)], dim=1)


def crop_count(height: int, width: int, transforms: Transforms) -> int:
    """k, how many crops of a frame of that size are read: the passes through the CNN that it takes.

    1 but in the view ``crops``, where it is the fewest squares that cover the longer side, but for the margin that the
    weights leave all round: 1 of a square frame, 2 from there up to about 1.9 : 1, 4 at 3 : 1.
    """
    if transforms.view != "crops":
        return 1
    shorter, longer = _resized_sides(height, width, transforms.resize)
    return len(_starts(longer - (shorter - transforms.crop), transforms.crop))


def area_read(height: int, width: int, transforms: Transforms) -> tuple[float, float, float, float] | None:
    """(left, top, right, bottom) of the square that the backbone reads of a frame of that size, in shares of its sides.

    Below 0 and above 1 where bars lie around it. None where several squares are read, whose features are averaged.
    """
    if crop_count(height, width, transforms) > 1:
        return None
    strip = [min(side, LONGEST_TO_SHORTEST * min(height, width)) for side in (height, width)]
    if transforms.view == "whole":
        read = [float(side) for side in strip]
    elif transforms.view == "pad":
        read = [float(max(strip))] * 2
    elif isinstance(transforms.resize, int):
        read = [transforms.crop * min(strip) / transforms.resize] * 2
    else:
        read = [transforms.crop * side / to for side, to in zip(strip, transforms.resize, strict=True)]
    down, along = (0.5 * part / side for part, side in zip(read, (height, width), strict=True))
    return 0.5 - along, 0.5 - down, 0.5 + along, 0.5 + down


def _resized_sides(height: int, width: int, resize: int | tuple[int, int]) -> tuple[int, int]:
    """(shorter, longer) of a frame of that size once it is resized."""
    shorter, longer = sorted((height, width) if isinstance(resize, int) else resize)
    if isinstance(resize, int):
        return resize, int(resize * min(longer, LONGEST_TO_SHORTEST * shorter) / shorter)
    return shorter, longer


def _starts(length: int, size: int) -> list[int]:
    """Where the fewest windows of ``size`` begin that cover ``length`` from end to end, evenly spread."""
    count = max(1, -(-length // size))
    return [round(start) for start in np.linspace(0, length - size, count).tolist()]


def _padded(x: Tensor, transforms: Transforms) -> Tensor:
    """(n, 3, h, w) in the middle of (n, 3, crop, crop) of the mean colour, which normalising makes zero."""
    size, (height, width) = transforms.crop, x.shape[-2:]
    colour = torch.tensor([round(255 * mean) for mean in transforms.mean], dtype=x.dtype).view(1, 3, 1, 1)
    square = colour.repeat(len(x), 1, size, size)
    top, left = (size - height) // 2, (size - width) // 2
    square[..., top : top + height, left : left + width] = x
    return square
