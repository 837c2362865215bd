"""LRCN: a CNN and a recurrent net trained together on clips (Donahue et al., CVPR 2015)."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from seqpipe.data.clip_batches import AllClips, DrawnClips
from seqpipe.encoders.backbones import Backbone, read_backbone, save_backbone
from seqpipe.models.checks import check_frame_dataset
from seqpipe.models.finetune.adapted import param_groups
from seqpipe.models.finetune.said import said_plainly, say_left_out
from seqpipe.models.lrcn.cnn import ClipCnn
from seqpipe.models.lrcn.features import clips_of, features_of
from seqpipe.models.lrcn.net import LrcnNet, LrcnStep
from seqpipe.models.networks import epochs_to_refit
from seqpipe.models.recurrent import Gru, Lstm, Recurrent, Rnn, settled
from seqpipe.runtime.arithmetic import exact_float32
from seqpipe.runtime.devices import answering_threads, resolve_device
from seqpipe.tasks.classification import CLASSIFICATION
from seqpipe.training.fit import SECONDS, ParamGroup, fit
from seqpipe.training.precision import choose_training_precision

if TYPE_CHECKING:
    from seqpipe.config import LrcnConfig, RuntimeConfig
    from seqpipe.data.dataset import FeatureDataset
    from seqpipe.data.frame_cache import Frames
    from seqpipe.data.frame_dataset import FrameDataset
    from seqpipe.encoders.transforms import Transforms
    from seqpipe.tasks.base import Task

logger = logging.getLogger(__name__)

HEADS: dict[str, type[Recurrent]] = {"rnn": Rnn, "gru": Gru, "lstm": Lstm}
SAMPLES_AT_ONCE = 64
"""Samples whose features lie in memory at once, where they are answered."""


class Lrcn:
    """A CNN with recurrent nets behind it; an answer is the mean over the clips of a sample.

    It learns in two phases. First the recurrent nets alone, on the features of the CNN as it is: they are the very
    model of their cell on D', and with a CNN that stays frozen that is all. Then everything that is to be trained,
    together, on clips that are drawn and varied anew: what begins at random has found its place by then, and does not
    distort what the CNN knows (LP-FT: Kumar et al., ICLR 2022; LRCN, too, began from a CNN that had been trained on
    single frames).

    Attributes:
        backbone: What it begins from; once it is read from disk, with the CNN as it was fitted.
        class_names: The K classes, once it is fitted.
        history: By epoch, of the last phase.
        device: Where it was fitted.
        threads: On how many it answers: as many as it was fitted with, also once it is read.
    """

    kind: ClassVar[str] = "lrcn"
    reads_order = True

    backbone: Backbone

    def __init__(
        self,
        config: LrcnConfig,
        runtime: RuntimeConfig,
        task: Task = CLASSIFICATION,
        backbone: Backbone | None = None,
    ) -> None:
        self.config = config = settled(config, config.frames)
        self.task = task
        if backbone is not None:  # else it is about to be read
            self.backbone = backbone
        self._runtime = runtime
        self._heads = HEADS[config.cell](config, runtime, task)
        self._cnn: ClipCnn | None = None
        self._checkpoint: Path | None = None
        self.class_names: tuple[str, ...] = ()
        self.history = pd.DataFrame()
        self.device = str(resolve_device(runtime))
        self.threads = answering_threads(runtime)

    @property
    def description(self) -> str:
        """What it is, in a phrase for the report."""
        cnn = self.config.cnn
        behind = f"its first {cnn.freeze} stages" if isinstance(cnn.freeze, int) else f"all up to {cnn.freeze}"
        trained = {
            "all": "trained with it",
            "freeze_first": f"trained with it but for {behind}",
            "last_stage": "its last stage trained with it",
            "head": "which stays as it is",
        }[cnn.strategy]
        return f"{self._heads.description}, on {self.backbone.name}, {trained}"

    @property
    def parameters(self) -> int:
        return self._heads.parameters + self._fitted().trainable

    def fit(self, train: FrameDataset, val: FrameDataset | None, checkpoint: Path | None = None) -> None:
        """Trains on ``train``; ``val`` stops and selects where the configuration asks for it.

        With a checkpoint, ``history.attrs[SECONDS]`` is what all of it took. The first phase is one pass over the
        frames and seconds more: a training that was interrupted does it again, to the same bits.

        Raises:
            UserError: ``cnn.freeze`` or ``layer`` does not fit, a class without training samples, fewer than two
                classes, frames that are all the same, a loss that is not finite, not enough memory on the GPU, or no
                repeatable way to compute there.
        """
        check_frame_dataset(train)
        started_s = time.perf_counter()
        self.class_names, self._cnn, self._checkpoint = train.class_names, self._new_cnn(), checkpoint
        self._heads.fit(self._clips(train)[0], self._clips(val)[0] if val is not None and len(val) else None)
        self.history = self._heads.history
        heads_s = time.perf_counter() - started_s
        self.history = self._trained_together(train, val, self.config.cnn.training.epochs, "fit")
        if checkpoint is not None:
            self.history.attrs[SECONDS] = heads_s + self.history.attrs.get(SECONDS, 0.0)

    def refit(self, both: FrameDataset) -> None:
        """Trains again, from the backbone, on train and val together; scaling and PCA stay."""
        self._cnn = self._new_cnn()
        self._heads.refit(self._clips(both)[0])
        self._trained_together(both, None, epochs_to_refit(self.history, self.config.cnn.training), "refit")

    def predict_proba(self, data: FrameDataset) -> np.ndarray:
        """Class probabilities (n, K) float64: the mean over the clips of each sample. Labels are not read."""
        parts = [
            np.arange(len(data))[start : start + SAMPLES_AT_ONCE] for start in range(0, len(data), SAMPLES_AT_ONCE)
        ]
        answers = [self._answered(data.take(samples)) for samples in parts]
        return np.concatenate(answers) if answers else np.zeros((0, len(self.class_names)))

    def as_backbone(self) -> Backbone:
        """The CNN as it was fitted, as a record of its own: a D' can be made with it."""
        fitted = {key: tensor.detach().cpu().contiguous() for key, tensor in self._fitted().body.state_dict().items()}
        return replace(
            self.backbone,
            weights="lrcn",
            source=f"{self.description}; before: {self.backbone.source}",
            state_dict=self.backbone.state_dict | fitted,
        )

    def write(self, folder: Path) -> dict[str, Any]:
        """Writes CNN, preprocessing and recurrent nets, with all that answering new samples takes."""
        trained = self.config.cnn.strategy != "head"
        save_backbone(self.as_backbone() if trained else self.backbone, folder)
        return {"heads": self._heads.write(folder)}

    def read(self, folder: Path, kept: dict[str, Any]) -> None:
        self.backbone = read_backbone(folder)
        self._cnn = self._new_cnn()
        self._heads.class_names, self._heads.threads = self.class_names, self.threads
        self._heads.read(folder, kept["heads"])

    def answering(self, runtime: RuntimeConfig) -> Lrcn:
        """The same model, that answers where ``runtime`` says: one that was read from the disk does so on the CPU."""
        self._runtime = runtime
        self._heads.answering(runtime)
        return self

    def _answered(self, data: FrameDataset) -> np.ndarray:
        clips, samples = self._clips(data)
        total = np.zeros((len(data), len(self.class_names)))
        np.add.at(total, samples, self._heads.predict_proba(clips))
        return total / np.bincount(samples, minlength=len(data))[:, None]

    def _clips(self, data: FrameDataset) -> tuple[FeatureDataset, np.ndarray]:
        """What the recurrent nets read of the samples, and which sample each clip is of."""
        features = features_of(self._fitted(), data, self.backbone.transforms, self._runtime, self.threads)
        return clips_of(features, self.config.frames, self.config.stride)

    def _fitted(self) -> ClipCnn:
        assert self._cnn is not None, "fit first"
        return self._cnn

    def _new_cnn(self) -> ClipCnn:
        return ClipCnn(self.backbone, self.config.layer, self.config.pool, self.config.cnn)

    def _trained_together(self, train: FrameDataset, val: FrameDataset | None, epochs: int, phase: str) -> pd.DataFrame:
        """The second phase, in place; its history, or that of the first where there is no second."""
        if self.config.cnn.strategy == "head":
            return self.history
        config, cnn, name = self.config.cnn, self._fitted(), self.backbone.name
        device, what = resolve_device(self._runtime), self._data_of(train)
        logger.info("Training together: %s.", self.description)
        say_left_out(train.frames, config, "lrcn.cnn")
        with said_plainly(name, config.training, "lrcn.cnn"):
            precision = self._precision()
            with exact_float32(precision):
                return fit(
                    LrcnNet(cnn, self._heads.prepare, self._heads.members, self.config),
                    LrcnStep(self.task),
                    DrawnClips(*what, config, self.config.frames, self._runtime),
                    None if val is None or not len(val) else self._all_clips(val),
                    config.training.lasting(epochs),
                    device=device,
                    deterministic=self._runtime.deterministic,
                    precision=precision,
                    groups=self._groups(),
                    seed=self._runtime.seed,
                    checkpoint=self._checkpoint and self._checkpoint / phase,
                    what=f"lrcn on {name}",
                )

    def _precision(self) -> Any:
        size, batch = self.backbone.transforms.crop, self.config.cnn.training.batch_size * self.config.frames
        wanted, device = self.config.cnn.training.precision, resolve_device(self._runtime)
        return choose_training_precision(wanted, self._fitted(), self.backbone.name, size, batch, device)

    def _groups(self) -> list[ParamGroup]:
        config = self.config.cnn
        of_cnn = param_groups(self._fitted().body, self.backbone.name, self.backbone.transforms.crop, config)
        of_heads = [parameter for member in self._heads.members for parameter in member.parameters()]
        return [*of_cnn, ParamGroup(of_heads, config.head_rate)]

    def _all_clips(self, val: FrameDataset) -> AllClips:
        config = self.config
        return AllClips(
            *self._data_of(val), config.cnn.training.batch_size, config.frames, config.stride, self._runtime
        )

    def _data_of(self, data: FrameDataset) -> tuple[Frames, np.ndarray, np.ndarray, Transforms]:
        return data.frames, data.rows, data.t, self.backbone.transforms
