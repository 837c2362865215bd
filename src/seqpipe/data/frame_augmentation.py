"""Variations of a frame for training, and mixtures of frames; labels are kept, or mixed alike.

A frame is varied as bytes, before it is moved to the device, and normalised there: bytes are a quarter of the floats.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as F

from seqpipe.config import EndToEndConfig
from seqpipe.encoders.backbones import Transforms
from seqpipe.extraction.input import cropped

ASPECT = (3 / 4, 4 / 3)
"""Width to height of a random crop, at least and at most."""
TRIES = 10


def as_read(frame: np.ndarray, transforms: Transforms) -> Tensor:
    """A cached frame (H, W, 3) uint8 as extraction reads it: its k crops, (k, 3, crop, crop) uint8."""
    return cropped(torch.from_numpy(frame).permute(2, 0, 1)[None], transforms)[0]


def varied(frame: np.ndarray, transforms: Transforms, config: EndToEndConfig, rng: np.random.Generator) -> Tensor:
    """A cached frame (H, W, 3) uint8, cropped, mirrored and coloured at random: (3, crop, crop) uint8."""
    x = _cropped(frame, transforms, config.min_crop_scale, rng)
    if config.horizontal_flip and rng.random() < 0.5:
        x = F.horizontal_flip(x)
    return _coloured(x, config.color_jitter, rng)


def _cropped(frame: np.ndarray, transforms: Transforms, scale: float, rng: np.random.Generator) -> Tensor:
    if scale == 1.0:
        crops = as_read(frame, transforms)
        return crops[rng.integers(len(crops))]  # of a single one nothing is drawn
    x = torch.from_numpy(frame).permute(2, 0, 1)
    if transforms.view == "crops":
        x = _square(x, rng)
    top, left, height, width = random_box(x.shape[1], x.shape[2], scale, rng)
    size = [transforms.crop, transforms.crop]
    return F.resized_crop(
        x, top, left, height, width, size, InterpolationMode(transforms.interpolation), antialias=True
    )


def _square(x: Tensor, rng: np.random.Generator) -> Tensor:
    """A square of the shorter side of x (3, h, w), anywhere along the longer."""
    side = min(x.shape[-2:])
    top, left = (int(rng.integers(length - side + 1)) for length in x.shape[-2:])
    return x[:, top : top + side, left : left + side]


def random_box(height: int, width: int, scale: float, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Top, left, height and width of a random crop, as torchvision's RandomResizedCrop draws it (Szegedy et al. 2015).

    Its share of the area is uniform in [scale, 1], the logarithm of its aspect uniform between those of 3/4 and 4/3.
    Where ten such boxes do not fit into the frame, the largest centred one of an allowed aspect is taken.
    """
    for _ in range(TRIES):
        area = height * width * rng.uniform(scale, 1.0)
        aspect = math.exp(rng.uniform(math.log(ASPECT[0]), math.log(ASPECT[1])))
        w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < w <= width and 0 < h <= height:
            return int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1)), h, w
    w, h = min(width, round(height * ASPECT[1])), min(height, round(width / ASPECT[0]))
    return (height - h) // 2, (width - w) // 2, h, w


def _coloured(x: Tensor, strength: float, rng: np.random.Generator) -> Tensor:
    """Brightness, contrast and saturation times factors in [1 - strength, 1 + strength], in a random order."""
    if strength == 0.0:
        return x
    changes = [F.adjust_brightness, F.adjust_contrast, F.adjust_saturation]
    for chosen in rng.permutation(len(changes)):
        x = changes[chosen](x, float(rng.uniform(1.0 - strength, 1.0 + strength)))
    return x


class Normalise(nn.Module):
    """(B, 3, S, S) uint8 to what the backbone reads: float32, channels last. It has no weights and no state."""

    scale: Tensor
    shift: Tensor

    def __init__(self, transforms: Transforms) -> None:
        super().__init__()
        mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (transforms.mean, transforms.std))
        self.register_buffer("scale", 1.0 / (255.0 * std), persistent=False)
        self.register_buffer("shift", -mean / std, persistent=False)

    def forward(self, frames: Tensor) -> Tensor:
        x = torch.addcmul(self.shift, frames.to(torch.float32), self.scale)
        return x.contiguous(memory_format=torch.channels_last)


def mixed(x: Tensor, targets: Tensor, alpha: float, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
    """A batch mixed with itself in another order (Zhang et al., mixup: beyond empirical risk minimization, ICLR 2018).

        x~ = l x_i + (1 - l) x_j,  t~ = l t_i + (1 - l) t_j,  l ~ Beta(alpha, alpha), one l a batch

    Args:
        x: (B, ...) float.
        targets: (B, K) float, each row a distribution over the classes.
        alpha: Small: mostly one of the two; 1: any mixture alike; 0: none.
        generator: On the CPU; None takes torch's own.
    """
    if alpha == 0.0:
        return x, targets
    seed = int(torch.randint(2**63 - 1, (), generator=generator))  # torch's Beta takes no generator
    rng = np.random.default_rng(seed)
    share, order = float(rng.beta(alpha, alpha)), torch.from_numpy(rng.permutation(len(x))).to(x.device)
    return torch.lerp(x[order], x, share), torch.lerp(targets[order], targets, share)
