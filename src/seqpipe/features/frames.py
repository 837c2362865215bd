"""From a sample's frames to the backbone's input, still uint8: resize and centre crop."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as F

from seqpipe.features.backbones import Transforms

LONGEST_TO_SHORTEST = 4
"""A strip longer than this many times its width is cut first: resized whole it could fill the memory."""


def to_input(frames: np.ndarray, transforms: Transforms) -> Tensor:
    """(n, H, W, 3) uint8 RGB to (n, 3, crop, crop) uint8: shorter side to ``resize``, then the centre.

    Normalising is left to the device: bytes are a quarter of the floats to move and to keep.
    """
    x = F.center_crop(resized(frames, transforms), [transforms.crop, transforms.crop])
    return x.contiguous(memory_format=torch.channels_last)  # a view would keep the margins in memory


def resized(frames: np.ndarray, transforms: Transforms) -> Tensor:
    """(n, H, W, 3) uint8 RGB to (n, 3, h, w) uint8 whose shorter side is ``resize``."""
    x = torch.from_numpy(frames).permute(0, 3, 1, 2)
    x = F.center_crop(x, [min(side, LONGEST_TO_SHORTEST * min(x.shape[-2:])) for side in x.shape[-2:]])
    if min(x.shape[-2:]) != transforms.resize:
        x = F.resize(x, [transforms.resize], InterpolationMode(transforms.interpolation), antialias=True)
    return x
