"""What models share that are trained together with the CNN in front of them: what is trained of it, how, and where."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from torch import nn

from seqpipe.encoders.backbones import Backbone, save_backbone
from seqpipe.models.finetune.adapted import param_groups
from seqpipe.models.finetune.said import said_plainly, say_left_out
from seqpipe.models.lrcn.cnn import ClipCnn
from seqpipe.runtime.arithmetic import exact_float32
from seqpipe.runtime.devices import resolve_device
from seqpipe.training.fit import BatchLoader, Judge, ParamGroup, Step, fit
from seqpipe.training.precision import choose_training_precision

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seqpipe.config import ClipCnnConfig, RuntimeConfig
    from seqpipe.data.frame_cache import Frames
    from seqpipe.data.frame_dataset import FrameDataset
    from seqpipe.encoders.transforms import Transforms

logger = logging.getLogger(__name__)


class WithCnn:
    """A CNN, of which something may be trained, and whatever reads what it says of frames.

    Attributes:
        backbone: What it begins from; once it is read from disk, with the CNN as it was fitted.
    """

    kind: ClassVar[str]
    backbone: Backbone
    _runtime: RuntimeConfig
    _cnn: ClipCnn | None = None

    @property
    def _of_cnn(self) -> ClipCnnConfig:
        """How the CNN is trained."""
        raise NotImplementedError

    @property
    def _where_read(self) -> tuple[str, str]:
        """The layer that the CNN is read at, and how its map is pooled."""
        raise NotImplementedError

    def as_backbone(self) -> Backbone:
        """The CNN as it was fitted, as a record of its own: a D' can be made with it."""
        fitted = {key: tensor.detach().cpu().contiguous() for key, tensor in self._fitted().body.state_dict().items()}
        return replace(
            self.backbone,
            weights=self.kind,
            source=f"{self._trained_of_cnn}; before: {self.backbone.source}",
            state_dict=self.backbone.state_dict | fitted,
        )

    @property
    def _trained_of_cnn(self) -> str:
        """The backbone and what of it is trained, in a phrase."""
        cnn = self._of_cnn
        behind = f"its first {cnn.freeze} stages" if isinstance(cnn.freeze, int) else f"all up to {cnn.freeze}"
        trained = {
            "all": "trained with it",
            "freeze_first": f"trained with it but for {behind}",
            "last_stage": "its last stage trained with it",
            "head": "which stays as it is",
        }[cnn.strategy]
        return f"{self.backbone.name}, {trained}"

    def _write_cnn(self, folder: Path) -> None:
        save_backbone(self.backbone if self._of_cnn.strategy == "head" else self.as_backbone(), folder)

    def _fitted(self) -> ClipCnn:
        assert self._cnn is not None, "fit first"
        return self._cnn

    def _new_cnn(self) -> ClipCnn:
        return ClipCnn(self.backbone, *self._where_read, self._of_cnn, self.kind)

    def _data_of(self, data: FrameDataset, t: np.ndarray) -> tuple[Frames, np.ndarray, np.ndarray, Transforms]:
        """The first arguments of `DrawnClips` and `AllClips`, whose batches hand on ``t``."""
        return data.frames, data.rows, t, self.backbone.transforms

    def _together(
        self,
        net: nn.Module,
        step: Step,
        batches: BatchLoader,
        val: BatchLoader | None,
        *,
        frames: Frames,
        a_batch: int,
        heads: Iterable[nn.Parameter],
        epochs: int,
        checkpoint: Path | None,
        judge: Judge | None = None,
    ) -> pd.DataFrame:
        """Trains all that is to be trained, in place, from where it is; the history.

        Args:
            net, step, batches, val, judge: As `fit` takes them.
            frames: What is read.
            a_batch: How many frames a batch has at most.
            heads: What is trained beside the CNN.
            epochs: How many.
            checkpoint: As `fit` takes it.
        """
        config, cnn, transforms = self._of_cnn, self._fitted(), self.backbone.transforms
        name, block, device = self.backbone.name, f"{self.kind}.cnn", resolve_device(self._runtime)
        say_left_out(frames, config, block)
        groups = param_groups(cnn.body, name, transforms.crop, config)
        with said_plainly(name, config.training, block):
            wanted = config.training.precision
            precision = choose_training_precision(wanted, cnn, name, transforms.crop, a_batch, device)
            with exact_float32(precision):
                return fit(
                    net,
                    step,
                    batches,
                    val,
                    config.training.lasting(epochs),
                    device=device,
                    deterministic=self._runtime.deterministic,
                    precision=precision,
                    groups=[*groups, ParamGroup(list(heads), config.head_rate)],
                    seed=self._runtime.seed,
                    checkpoint=checkpoint,
                    what=f"{self.kind} on {name}",
                    judge=judge,
                )
