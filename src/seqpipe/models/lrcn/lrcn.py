"""LRCN: a CNN and a recurrent net trained together on clips (Donahue et al., CVPR 2015)."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from seqpipe.data.clip_batches import AllClips, DrawnClips
from seqpipe.encoders.backbones import Backbone, read_backbone
from seqpipe.models.checks import check_frame_dataset
from seqpipe.models.lrcn.features import clips_of, features_of
from seqpipe.models.lrcn.net import LrcnNet, LrcnStep
from seqpipe.models.lrcn.with_cnn import WithCnn
from seqpipe.models.networks import epochs_to_refit
from seqpipe.models.recurrent import Gru, Lstm, Recurrent, Rnn, settled
from seqpipe.runtime.devices import answering_threads, resolve_device
from seqpipe.tasks.classification import CLASSIFICATION
from seqpipe.training.fit import SECONDS

if TYPE_CHECKING:
    from seqpipe.config import ClipCnnConfig, LrcnConfig, RuntimeConfig
    from seqpipe.data.dataset import FeatureDataset
    from seqpipe.data.frame_dataset import FrameDataset
    from seqpipe.tasks.base import Task

logger = logging.getLogger(__name__)

HEADS: dict[str, type[Recurrent]] = {"rnn": Rnn, "gru": Gru, "lstm": Lstm}
SAMPLES_AT_ONCE = 64
"""Samples whose features lie in memory at once, where they are answered."""


class Lrcn(WithCnn):
    """A CNN with recurrent nets behind it; an answer is the mean over the clips of a sample.

    It learns in two phases. First the recurrent nets alone, on the features of the CNN as it is: they are the very
    model of their cell on D', and with a CNN that stays frozen that is all. Then everything that is to be trained,
    together, on clips that are drawn and varied anew: what begins at random has found its place by then, and does not
    distort what the CNN knows (LP-FT: Kumar et al., ICLR 2022; LRCN, too, began from a CNN that had been trained on
    single frames).

    Attributes:
        class_names: The K classes, once it is fitted.
        history: By epoch, of the last phase.
        device: Where it was fitted.
        threads: On how many it answers: as many as it was fitted with, also once it is read.
    """

    kind: ClassVar[str] = "lrcn"
    reads_order = True

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
        self._checkpoint: Path | None = None
        self.class_names: tuple[str, ...] = ()
        self.history = pd.DataFrame()
        self.device = str(resolve_device(runtime))
        self.threads = answering_threads(runtime)

    @property
    def description(self) -> str:
        """What it is, in a phrase for the report."""
        return f"{self._heads.description}, on {self._trained_of_cnn}"

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

    def write(self, folder: Path) -> dict[str, Any]:
        """Writes CNN, preprocessing and recurrent nets, with all that answering new samples takes."""
        self._write_cnn(folder)
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

    @property
    def _of_cnn(self) -> ClipCnnConfig:
        return self.config.cnn

    @property
    def _where_read(self) -> tuple[str, str]:
        return self.config.layer, self.config.pool

    def _trained_together(self, train: FrameDataset, val: FrameDataset | None, epochs: int, phase: str) -> pd.DataFrame:
        """The second phase, in place; its history, or that of the first where there is no second."""
        if self.config.cnn.strategy == "head":
            return self.history
        config, size = self.config.cnn, self.config.frames
        logger.info("Training together: %s.", self.description)
        return self._together(
            LrcnNet(self._fitted(), self._heads.prepare, self._heads.members, self.config),
            LrcnStep(self.task),
            DrawnClips(*self._data_of(train, train.t), config, size, self._runtime),
            None if val is None or not len(val) else self._all_clips(val),
            frames=train.frames,
            a_batch=config.training.batch_size * size,
            heads=[parameter for member in self._heads.members for parameter in member.parameters()],
            epochs=epochs,
            checkpoint=self._checkpoint and self._checkpoint / phase,
        )

    def _all_clips(self, val: FrameDataset) -> AllClips:
        config = self.config
        return AllClips(
            *self._data_of(val, val.t), config.cnn.training.batch_size, config.frames, config.stride, self._runtime
        )
