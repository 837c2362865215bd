"""Grad-CAM: where in a frame a CNN finds a class (Selvaraju et al., ICCV 2017).

With A_k (h, w) the maps of the last convolutional layer and y_c the logit of class c:

    alpha_k = 1 / (h w) sum_ij d y_c / d A_k,ij        how much map k speaks for c        (equation 1)
    heat    = ReLU(sum_k alpha_k A_k)                   where those that do are active     (equation 2)
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqpipe.encoders import layers


def heat_maps(module: nn.Module, name: str, x: Tensor, classes: Tensor) -> Tensor | None:
    """Where ``module`` finds a class in each frame.

    Args:
        module: A torchvision model of that ``name``, whatever its weights and the size of its head.
        x: (B, 3, S, S) as the module reads it, on its device.
        classes: (B,) int64, the class to look for in each frame.

    Returns:
        (B, h, w) float32 in [0, 1], at the resolution of the layer ``last_conv``; 1 is the strongest place of
        each frame, and all is 0 where nothing speaks for the class. None: the model has no convolution maps.
    """
    size = x.shape[-1]
    if layers.LAST_CONV not in layers.known_layers(name, size):
        return None
    last, answer = layers.resolve(name, size, layers.LAST_CONV), list(layers.node_shapes(name, size))[-1]
    outputs = layers.cut(module, last, answer)(x.detach().requires_grad_())
    maps, logits = outputs[last], outputs[answer]  # (B, C, h, w), (B, K)
    chosen = logits.gather(1, classes[:, None]).sum()  # frames do not mix, so the sum keeps their gradients apart
    alpha = torch.autograd.grad(chosen, maps)[0].mean((2, 3), keepdim=True)
    heat = (alpha * maps).sum(1).relu().detach().float()
    highest = heat.amax((1, 2), keepdim=True)
    return heat / highest.where(highest > 0, torch.ones_like(highest))
