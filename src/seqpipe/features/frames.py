"""From a sample's frames to the backbone's input, still uint8: the centre of each, or the whole."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as F

from seqpipe.features.backbones import Transforms

LONGEST_TO_SHORTEST = 4
"""A strip longer than this many times its width is cut first, in either view: resized by its shorter side it could fill
the memory, and squeezed into a square little of it could be told."""


def to_input(frames: np.ndarray, transforms: Transforms) -> Tensor:
    """(n, H, W, 3) uint8 RGB to (n, 3, crop, crop) uint8: resized, then the centre.

    Normalising is left to the device: bytes are a quarter of the floats to move and to keep.
    """
    x = F.center_crop(resized(frames, transforms), [transforms.crop, transforms.crop])
    return x.contiguous(memory_format=torch.channels_last)  # a view would keep the margins in memory


def resized(frames: np.ndarray, transforms: Transforms) -> Tensor:
    """(n, H, W, 3) uint8 RGB to (n, 3, h, w) uint8, whose centre is what the backbone reads.

    In the view ``centre`` the shorter side is ``resize``; in the view ``whole`` both are ``crop``, the aspect not kept.
    """
    x = torch.from_numpy(frames).permute(0, 3, 1, 2)
    x = F.center_crop(x, [min(side, LONGEST_TO_SHORTEST * min(x.shape[-2:])) for side in x.shape[-2:]])
    size = [transforms.crop, transforms.crop] if transforms.view == "whole" else [transforms.resize]
    return F.resize(x, size, InterpolationMode(transforms.interpolation), antialias=True)
