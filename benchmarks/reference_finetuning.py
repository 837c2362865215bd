"""The reference: what a tutorial does to fine-tune a CNN on a folder of JPEG files.

Pillow and torchvision's transforms behind torch's DataLoader, the network in float32, AdamW on all parameters.
It knows nothing of seqpipe.
"""

from __future__ import annotations

import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2


class JpegFiles(Dataset):
    """Image files and their classes, decoded and augmented whenever they are asked for."""

    def __init__(self, paths: list[str], t: list[int], transform: v2.Transform) -> None:
        self.paths, self.t, self.transform = paths, t, transform

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, i: int) -> tuple[Tensor, int]:
        return self.transform(Image.open(self.paths[i]).convert("RGB")), self.t[i]


def training_transform(
    size: int, min_crop_scale: float, color_jitter: float, mean: list[float], std: list[float]
) -> v2.Compose:
    """Random crop, flip and colours, then normalised floats."""
    return v2.Compose(
        [
            v2.RandomResizedCrop(size, scale=(min_crop_scale, 1.0)),
            v2.RandomHorizontalFlip(),
            v2.ColorJitter(color_jitter, color_jitter, color_jitter),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(mean, std),
        ]
    )


def train_epoch(model: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer) -> float:
    """One epoch; returns the loss of its last batch."""
    loss_function = nn.CrossEntropyLoss()
    model.train()
    for images, labels in loader:
        optimizer.zero_grad()
        loss = loss_function(model(images), labels)
        loss.backward()
        optimizer.step()
    return loss.item()
