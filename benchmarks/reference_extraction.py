"""The reference: what a tutorial does to get CNN features of some frames of each video.

PyAV decodes every frame to RGB, the sampled ones are transformed one by one with the transforms of the
weights, and the network without its head runs on one video at a time, in float32, with torch's default
threads. It knows nothing of seqpipe.
"""

from __future__ import annotations

import av
import numpy as np
import torch
from PIL import Image
from torch import nn
from torchvision.transforms._presets import ImageClassification


def without_head(model: nn.Module) -> nn.Module:
    """The convolutional part of a torchvision ResNet or SqueezeNet."""
    children = dict(model.named_children())
    return children["features"] if "features" in children else nn.Sequential(*list(children.values())[:-2])


def reference_features(path: str, times_s: list[float], cnn: nn.Module, preprocess: ImageClassification) -> np.ndarray:
    """(n, C) float32: the last convolutional map of the frames shown at ``times_s``, averaged over space."""
    with av.open(path) as container:
        frames = [(frame.time, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
    start = frames[0][0]
    sampled = [[rgb for time, rgb in frames if time - start <= t][-1] for t in times_s]
    batch = torch.stack([preprocess(Image.fromarray(rgb)) for rgb in sampled])
    with torch.no_grad():
        features = cnn(batch)
    return features.mean(dim=(2, 3)).numpy()
