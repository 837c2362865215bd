"""A linear SVM on random convolutions of the whole sequence: order is read, and nothing of the reading is learned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.svm import LinearSVC

from seqpipe.core.errors import UserError
from seqpipe.models.linear.random_kernels import RandomKernels
from seqpipe.models.linear.vector import Svm
from seqpipe.models.preprocessing import Preprocessor

if TYPE_CHECKING:
    from seqpipe.config import RocketConfig
    from seqpipe.data.dataset import FeatureDataset
    from seqpipe.models.linear.row_space import InRowSpace


class Rocket(Svm):
    """What recurrent nets have to be ahead of on series of measurements (Dempster et al., ROCKET, 2020)."""

    kind = "rocket"
    config: RocketConfig  # type: ignore[assignment]
    reads_order = True
    _pooling = "kernels"
    _linear = True
    _name = "linear SVM"
    _kernels: RandomKernels | None = None

    @property
    def description(self) -> str:
        return f"{self._name} on {self.config.kernels} random convolutions (ROCKET)"

    def fit(self, train: FeatureDataset, val: FeatureDataset, checkpoint: Path | None = None) -> None:
        if train.tokens:
            raise UserError("rocket reads measurements, and D' holds tokens: take svm or linear.")
        count, seed = self.config.kernels, self._runtime.seed
        self._kernels = train.memoised(
            ("kernels", count, seed), lambda: RandomKernels.fit(train.x, train.mask, count, seed)
        )
        super().fit(train, val, checkpoint)

    def _vectors(self, data: FeatureDataset) -> np.ndarray:
        kernels = self._fitted_kernels
        return data.memoised(("convolved", kernels), lambda: kernels(data.x, data.mask))

    def _ready(self, x: np.ndarray, mask: np.ndarray) -> np.ndarray:
        assert isinstance(self._prepare, Preprocessor), "fit first"
        ready: np.ndarray = self._prepare.transform(self._fitted_kernels(x, mask))
        return ready

    def write(self, folder: Path) -> dict[str, Any]:
        self._fitted_kernels.write(folder)
        return super().write(folder)

    def read(self, folder: Path, kept: dict[str, Any]) -> None:
        self._kernels = RandomKernels.read(folder)
        super().read(folder, kept)

    def _sklearn(self, x: InRowSpace | None) -> LinearSVC:
        config = self.config
        return LinearSVC(C=config.C, dual=False, max_iter=config.max_iter, random_state=self._runtime.seed)

    @property
    def _fitted_kernels(self) -> RandomKernels:
        assert self._kernels is not None, "fit first"
        return self._kernels
