"""The built-in source domain and task (D_S, T_S): digits on a canvas; which digit, where, and how large?

Which digit makes the filters see strokes; where (one of 3 x 3 cells) and how large keep place and size in the
pooled features: a task that throws them away would leave nothing of a motion.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torchvision
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from seqpipe.config import RuntimeConfig, SourceConfig, WeightsConfig
from seqpipe.core.files import written_aside
from seqpipe.core.fingerprint import fingerprint
from seqpipe.encoders.backbones import Backbone, read_backbone, save_backbone
from seqpipe.encoders.transforms import Transforms
from seqpipe.media.embedded.moving_digits import SIZES, render_source_batch
from seqpipe.runtime.devices import computing, resolve_device
from seqpipe.training.fit import StepOutput, fit

logger = logging.getLogger(__name__)

QUESTIONS = {"digit": 10, "cell": 9, "size": SIZES}
OUTPUTS = sum(QUESTIONS.values())
MEAN, STD = (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)
VAL_IMAGES = 2048
# Raised when the renderer, the task or the recipe changes: backbones trained before are trained anew.
VERSION = 1


def source_backbone(config: WeightsConfig, source: SourceConfig, runtime: RuntimeConfig, cache: Path) -> Backbone:
    """The backbone trained on the source domain, from the cache where the same one was trained before.

    The view is no part of the training, whose images are square: one backbone in the cache serves every view
    (``Backbone.with_view``).
    """
    folder = cache / _key(config, source, runtime)
    if not folder.exists():
        backbone = _train(config, source, runtime)
        with written_aside(folder) as aside:
            save_backbone(backbone, aside)
    return read_backbone(folder)


def _key(config: WeightsConfig, source: SourceConfig, runtime: RuntimeConfig) -> str:
    what = [VERSION, config.name, source.model_dump(), runtime.seed, torch.__version__]
    return f"{config.name}-{fingerprint(what)}"


def _train(config: WeightsConfig, source: SourceConfig, runtime: RuntimeConfig) -> Backbone:
    training = source.training
    logger.info(
        "Training %s on the source domain, once: %d digits on a canvas.", config.name, source.images * training.epochs
    )
    device = resolve_device(runtime)
    with computing(runtime):
        net = torchvision.models.get_model(config.name, weights=None, num_classes=OUTPUTS)
        net = net.to(memory_format=torch.channels_last)
        train = _Renders(source.images, training.batch_size, source.size, runtime.seed)
        val = _Renders(VAL_IMAGES, training.batch_size, source.size, runtime.seed + 1, fresh=False)
        history = fit(
            net,
            _step,
            train,
            val,
            training,
            device=device,
            deterministic=runtime.deterministic,
            what="source domain",
        )
    right = history["val_accuracy"].iloc[-1]
    logger.info("        Source task: digit, place and size all right on %.0f %% of new images.", 100 * right)
    state = {name: tensor.contiguous() for name, tensor in net.state_dict().items()}
    transforms = Transforms(resize=source.size, crop=source.size, mean=MEAN, std=STD, interpolation="bilinear")
    return Backbone(
        name=config.name,
        weights="source",
        source="handwritten digits on a canvas: which of 10, where, and how large",
        num_classes=OUTPUTS,
        transforms=transforms,
        state_dict=state,
    )


def _step(net: nn.Module, batch: tuple[Tensor, Tensor]) -> StepOutput:
    """The sum of the three questions' losses; right is who answers all three."""
    images, labels = batch  # (B, 3, S, S) normalised, (B, 3)
    answers = net(images).split(list(QUESTIONS.values()), dim=1)
    losses = [cross_entropy(answer, label) for answer, label in zip(answers, labels.T, strict=True)]
    chosen = torch.stack([answer.argmax(1) for answer in answers], dim=1)
    return StepOutput(torch.stack(losses).sum(), (chosen == labels).all(dim=1).sum(), len(labels))


class _Renders:
    """Batches of source images, rendered while they are asked for; fresh ones every epoch unless told not."""

    def __init__(self, images: int, batch_size: int, size: int, seed: int, fresh: bool = True) -> None:
        self._batches, self._batch_size, self._size = -(-images // batch_size), batch_size, size
        self._seed, self._fresh, self._epoch = seed, fresh, 0

    def __len__(self) -> int:
        return self._batches

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        rng = np.random.default_rng([self._seed, self._epoch if self._fresh else 0])
        self._epoch += 1
        for _ in range(self._batches):
            batch = render_source_batch(rng, self._batch_size, self._size)
            labels = np.stack([batch.digit, batch.cell, batch.size], axis=1)
            yield normalised(torch.from_numpy(batch.images)), torch.from_numpy(labels)


def normalised(images: Tensor) -> Tensor:
    """uint8 (B, H, W, 3) to float (B, 3, H, W) channels-last, with the source domain's mean and deviation."""
    x = images.permute(0, 3, 1, 2).float() / 255
    return (x - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(1, 3, 1, 1)
