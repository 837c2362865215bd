"""Fine-tuning, the first solution of transfer learning: the CNN itself is trained on the target domain."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from seqpipe.data.frame_augmentation import mixed
from seqpipe.data.frame_batches import AllFrames, DrawnFrames
from seqpipe.encoders.backbones import Backbone, read_backbone, save_backbone
from seqpipe.encoders.flops import forward_flops, step_flops
from seqpipe.models.checks import check_frame_dataset
from seqpipe.models.finetune.adapted import (
    NOTHING_FROZEN,
    AdaptedNet,
    from_scratch,
    frozen_parts,
    param_groups,
    with_new_head,
)
from seqpipe.models.finetune.gradcam import heat_maps
from seqpipe.models.finetune.said import said_plainly, say_left_out
from seqpipe.runtime.arithmetic import exact_float32
from seqpipe.runtime.devices import answering_threads, intra_op_threads, resolve_device
from seqpipe.tasks.classification import CLASSIFICATION
from seqpipe.training.fit import StepOutput, fit
from seqpipe.training.precision import choose_training_precision

if TYPE_CHECKING:
    from seqpipe.config import FinetuneConfig, RuntimeConfig
    from seqpipe.data.frame_cache import Frames
    from seqpipe.data.frame_dataset import FrameDataset
    from seqpipe.encoders.transforms import Transforms
    from seqpipe.tasks.base import Task

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Costs:
    """What the net and its training take, on any machine.

    Attributes:
        parameters: Numbers that the net holds.
        trainable_parameters: Those of them that the strategy trains.
        forward_flops: Floating-point operations of a frame's answer.
        step_flops: Of a frame in training: forward, and back to what is trained.
    """

    parameters: int
    trainable_parameters: int
    forward_flops: int
    step_flops: int


class FineTuned:
    """A CNN with a new head, trained end to end on frames; a clip's answer is the mean over its frames.

    Attributes:
        backbone: What it begins from; once it is read from disk, the fitted net as a backbone.
        class_names: The K classes, once it is fitted.
        history: By epoch; its losses and accuracies are those of frames, not of clips.
        device: Where it was fitted.
        threads: On how many it answers: as many as it was fitted with, also once it is read.
    """

    kind = "finetune"
    reads_order = False

    backbone: Backbone

    def __init__(
        self,
        config: FinetuneConfig,
        runtime: RuntimeConfig,
        task: Task = CLASSIFICATION,
        backbone: Backbone | None = None,
    ) -> None:
        self.config = config
        self.task = task
        if backbone is not None:  # else it is about to be read
            self.backbone = backbone
        self._runtime = runtime
        self._net: AdaptedNet | None = None
        self._costs: Costs | None = None
        self.class_names: tuple[str, ...] = ()
        self.history = pd.DataFrame()
        self.device = str(resolve_device(runtime))
        self.threads = answering_threads(runtime)

    @property
    def description(self) -> str:
        """What it is, in a phrase for the report."""
        name, freeze = self.backbone.name, self.config.freeze
        behind = f"its first {freeze} stages" if isinstance(freeze, int) else f"all up to {freeze}"
        return {
            "all": f"{name}, all of it trained",
            "freeze_first": f"{name}, trained but for {behind}",
            "last_stage": f"{name}, its last stage trained",
            "head": f"{name}, its new head alone trained",
            "scratch": f"{name}, trained from random weights",
        }[self.config.strategy]

    @property
    def parameters(self) -> int:
        return self.costs.trainable_parameters

    @property
    def costs(self) -> Costs:
        """Of the fitted net and its training."""
        if self._costs is None:
            body, size = self._fitted().body, self.backbone.transforms.crop
            counts = [(p.numel(), p.requires_grad) for p in body.parameters()]
            self._costs = Costs(
                parameters=sum(count for count, _ in counts),
                trainable_parameters=sum(count for count, trained in counts if trained),
                forward_flops=forward_flops(body, size),
                step_flops=step_flops(body, size),
            )
        return self._costs

    def fit(self, train: FrameDataset, val: FrameDataset | None, checkpoint: Path | None = None) -> None:
        """Trains on ``train``; ``val`` stops and selects where the configuration asks for it.

        With a checkpoint, ``history.attrs[SECONDS]`` is what its epochs took, those before an interruption as well.

        Raises:
            UserError: ``finetune.freeze`` does not fit, a class without training samples, fewer than two classes,
                frames that are all the same, a loss that is not finite, not enough memory on the GPU, or no repeatable
                way to compute there.
        """
        check_frame_dataset(train)
        self.class_names = train.class_names
        self._net = net = self._new_net()
        name, config, device = self.backbone.name, self.config, resolve_device(self._runtime)
        batches = DrawnFrames(*self._what(train), self.config, self._runtime)
        logger.info("Fine-tuning: %s, %d batches an epoch.", self.description, len(batches))
        say_left_out(train.frames, config, "finetune")
        with said_plainly(name, config.training, "finetune"):
            size = self.backbone.transforms.crop
            precision = choose_training_precision(
                config.training.precision, net, name, size, config.training.batch_size, device
            )
            with exact_float32(precision):
                self.history = fit(
                    net,
                    _Step(config, self.task, len(self.class_names), _class_weights(train, config), device),
                    batches,
                    self._all_frames(val) if val is not None and len(val) else None,
                    config.training,
                    device=device,
                    deterministic=self._runtime.deterministic,
                    precision=precision,
                    groups=param_groups(net.body, name, size, config),
                    seed=self._runtime.seed,
                    checkpoint=checkpoint,
                    what=f"fine-tuning {name}",
                )

    def refit(self, both: FrameDataset) -> None:
        """Trains again, from the backbone, on train and val together."""
        self.fit(both, None)

    def predict_proba(self, data: FrameDataset) -> np.ndarray:
        """Class probabilities (n, K) float64 of the samples: the mean over all frames of each. Labels are not read."""
        total = np.zeros((len(data), len(self.class_names)))
        for x, _, samples in self._all_frames(data) if len(data) else ():
            np.add.at(total, samples.numpy(), self.frames_proba(x))
        return total / total.sum(axis=1, keepdims=True)  # each frame's sum to one

    def frames_proba(self, frames: Tensor) -> np.ndarray:
        """Class probabilities (B, K) float64 of frames (B, 3, S, S) uint8, as ``to_input`` gives them."""
        device = resolve_device(self._runtime)
        net = self._fitted().to(device).eval()
        with torch.inference_mode(), exact_float32("float32"), intra_op_threads(self.threads):
            logits = [net(net.normalise(part.to(device))) for part in frames.split(self.config.training.batch_size)]
        proba: np.ndarray = torch.cat(logits).double().softmax(1).cpu().numpy()
        return proba

    def heat_maps(self, frames: Tensor, classes: np.ndarray) -> np.ndarray | None:
        """Where a class is seen in each frame, (B, h, w) float32 in [0, 1]; None for nets without convolution maps.

        Args:
            frames: (B, 3, S, S) uint8.
            classes: (B,) int64, the class to look for in each.
        """
        device = resolve_device(self._runtime)
        net = self._fitted().to(device).eval()
        found = []
        for rows in torch.arange(len(frames)).split(self.config.training.batch_size):
            x, chosen = net.normalise(frames[rows].to(device)), torch.from_numpy(classes)[rows].to(device)
            with intra_op_threads(self.threads):
                heat = heat_maps(net.body, self.backbone.name, x, chosen)
            found += [] if heat is None else [heat.cpu()]
        return torch.cat(found).numpy() if found else None

    def as_backbone(self) -> Backbone:
        """The fitted net as a record of its own: its features can be read, its answers are the target's classes."""
        tensors = self._fitted().body.state_dict()
        return Backbone(
            name=self.backbone.name,
            weights="fine-tuned",
            source=f"{self.description}; before: {self.backbone.source}",
            num_classes=len(self.class_names),
            transforms=self.backbone.transforms,
            view_reason=self.backbone.view_reason,
            state_dict={key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()},
        )

    def write(self, folder: Path) -> dict[str, Any]:
        """Writes the fitted net, with all that classifying new images takes."""
        save_backbone(self.as_backbone(), folder)
        return {"costs": asdict(self.costs)}

    def read(self, folder: Path, kept: dict[str, Any]) -> None:
        """Takes back what ``write`` wrote."""
        self.backbone, self._costs = read_backbone(folder), Costs(**kept["costs"])
        self._net = AdaptedNet(self.backbone.module(), self.backbone.transforms, NOTHING_FROZEN)

    def answering(self, runtime: RuntimeConfig) -> FineTuned:
        """The same model, that answers where ``runtime`` says: one that was read from the disk does so on the CPU."""
        self._runtime = runtime
        return self

    def _fitted(self) -> AdaptedNet:
        assert self._net is not None, "fit first"
        return self._net

    def _new_net(self) -> AdaptedNet:
        backbone, classes, seed = self.backbone, len(self.class_names), self._runtime.seed
        size = backbone.transforms.crop
        frozen = frozen_parts(backbone.name, size, self.config)
        if self.config.strategy == "scratch":
            return AdaptedNet(from_scratch(backbone.name, size, classes, seed), backbone.transforms, frozen)
        return AdaptedNet(with_new_head(backbone, classes, seed), backbone.transforms, frozen)

    def _all_frames(self, data: FrameDataset) -> AllFrames:
        return AllFrames(*self._what(data), self.config.training.batch_size, self._runtime)

    def _what(self, data: FrameDataset) -> tuple[Frames, np.ndarray, np.ndarray, Transforms]:
        """The first arguments of `DrawnFrames` and `AllFrames`."""
        return data.frames, data.rows, data.t, self.backbone.transforms


class _Step:
    """The outcome of a batch: cross entropy against smoothed, mixed, weighted targets in training, plain ones in val.

    With q (K) a frame's target and p its answer, the loss of a batch is 1/B sum_b sum_k w_k q_bk (-log p_bk). The
    weights stay in val: they say what a mistake costs. Without them, val costs what the task says.
    """

    def __init__(
        self, config: FinetuneConfig, task: Task, classes: int, weights: Tensor | None, device: torch.device
    ) -> None:
        self._config, self._task, self._classes = config, task, classes
        self._weights = None if weights is None else weights.to(device)

    def __call__(self, net: nn.Module, batch: tuple[Tensor, ...]) -> StepOutput:
        frames, t, *_ = batch
        normalise: Any = net.normalise  # an `AdaptedNet`'s, around which there may be a wrapper for its device
        if not net.training and self._weights is None:
            return self._task.step_output(net(normalise(frames)), t)
        x, targets, smoothing = normalise(frames), one_hot(t, self._classes).float(), 0.0
        if net.training:
            x, targets = mixed(x, targets, self._config.mixup, None)
            smoothing = self._config.label_smoothing
        logits = net(x)
        loss = cross_entropy(logits, targets, self._weights, label_smoothing=smoothing)
        return StepOutput(loss, (logits.argmax(1) == targets.argmax(1)).sum(), len(t))


def _class_weights(train: FrameDataset, config: FinetuneConfig) -> Tensor | None:
    """(K,) float32: the inverse of each class's share of the training frames, one on average over these."""
    if config.class_weights == "none":
        return None
    frames = np.bincount(train.t, weights=train.counts(config.frames), minlength=len(train.class_names))
    return torch.from_numpy(frames.sum() / (len(frames) * frames)).float()
