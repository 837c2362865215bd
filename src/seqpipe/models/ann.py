"""Classifiers on one vector a clip that are networks: the multi-layer perceptron (ANN)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from seqpipe.core.errors import UserError
from seqpipe.models.linear.rows import Prepare, Vectors, as_one
from seqpipe.models.linear.vector import ORDERED, POOLED
from seqpipe.models.networks import Batches, epochs_to_refit, in_memory_batches
from seqpipe.models.preprocessing import fit_preprocessor
from seqpipe.runtime.devices import answering_threads, intra_op_threads, resolve_device
from seqpipe.tasks.classification import CLASSIFICATION
from seqpipe.training.fit import StepOutput, fit

if TYPE_CHECKING:
    from seqpipe.config import AnnConfig, RuntimeConfig
    from seqpipe.data.dataset import FeatureDataset
    from seqpipe.tasks.base import Task

WEIGHTS = "weights.safetensors"
# Below this many multiplications a step, a pool of threads costs more than it gives.
PRODUCTS_WORTH_THREADS = 8_000_000


class AnnNet(nn.Module):
    """Reads x (B, D) and gives logits (B, K).

    For each hidden layer, h_l = dropout(relu(W_l h_{l-1} + b_l)) with h_0 = x; then W h_L + b. Without hidden
    layers it is the last layer of a CNN alone (softmax regression).
    """

    def __init__(self, size: int, classes: int, config: AnnConfig) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for units in config.hidden:
            layers += [nn.Linear(size, units), nn.ReLU(), nn.Dropout(config.dropout)]
            size = units
        self.layers = nn.Sequential(*layers, nn.Linear(size, classes))

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layers(x)
        return logits


class Ann:
    """Multi-layer perceptron on D'."""

    kind = "ann"

    def __init__(self, config: AnnConfig, runtime: RuntimeConfig, task: Task = CLASSIFICATION) -> None:
        self.config = config
        self.task = task
        self._runtime = runtime
        self._where = resolve_device(runtime)
        self.class_names: tuple[str, ...] = ()
        self.history = pd.DataFrame()
        self.device = str(self._where)
        self.threads = answering_threads(runtime)
        self._prepare: Prepare | None = None
        self._net: AnnNet | None = None

    @property
    def reads_order(self) -> bool:
        return self.config.pooling in ORDERED

    @property
    def description(self) -> str:
        hidden = " + ".join(str(units) for units in self.config.hidden)
        what = f"ANN of {hidden} hidden units" if hidden else "ANN without hidden layers"
        return f"{what} on {POOLED[self.config.pooling]}"

    @property
    def parameters(self) -> int:
        assert self._net is not None, "fit first"
        return sum(parameter.numel() for parameter in self._net.parameters())

    def fit(self, train: FeatureDataset, val: FeatureDataset, checkpoint: Path | None = None) -> None:
        if train.tokens:
            raise UserError("An ANN reads vectors, and D' holds tokens: take svm, linear, rnn, gru or lstm.")
        self.class_names = train.class_names
        self._prepare = self._preprocessor(train)
        self.history = self._train(train, val, self.config.training.epochs)

    def _preprocessor(self, train: FeatureDataset) -> Prepare:
        """Made once of a training split: the trials of a search have it in common."""
        config, seed = self.config, self._runtime.seed
        vectors = Vectors(train.x, train.mask, config.pooling)
        what = ("one map", config.pooling, config.standardize, config.pca, seed)
        return train.memoised(what, lambda: as_one(fit_preprocessor(config, vectors, seed)))

    def refit(self, both: FeatureDataset) -> None:
        self._train(both, None, epochs_to_refit(self.history, self.config.training))

    def predict_proba(self, data: FeatureDataset) -> np.ndarray:
        assert self._net is not None, "fit first"
        net, vectors = self._net.to(self._where).eval(), Vectors(data.x, data.mask, self.config.pooling, self._prepare)
        with torch.inference_mode(), intra_op_threads(self.threads):
            logits = [net(torch.from_numpy(chunk).to(self._where)) for chunk in vectors.chunks()]
        proba: np.ndarray = torch.cat(logits).double().softmax(dim=1).cpu().numpy()
        return proba

    def write(self, folder: Path) -> dict[str, Any]:
        assert self._prepare is not None, "fit first"
        assert self._net is not None
        tensors = {"prepare.mean": self._prepare.mean, "prepare.project": self._prepare.project}
        tensors |= {f"net.{name}": tensor for name, tensor in self._net.state_dict().items()}
        save_file({name: tensor.cpu().contiguous() for name, tensor in tensors.items()}, folder / WEIGHTS)
        return {}

    def read(self, folder: Path, kept: dict[str, Any]) -> None:
        tensors = load_file(folder / WEIGHTS)
        self._prepare = Prepare(tensors.pop("prepare.mean"), tensors.pop("prepare.project"))
        self._net = AnnNet(self._prepare.size, len(self.class_names), self.config)
        self._net.load_state_dict({name.removeprefix("net."): tensor for name, tensor in tensors.items()})
        self._net.eval()

    def _train(self, train: FeatureDataset, val: FeatureDataset | None, epochs: int) -> pd.DataFrame:
        assert self._prepare is not None, "fit first"
        torch.manual_seed(self._runtime.seed)
        self._net = AnnNet(self._prepare.size, len(self.class_names), self.config)
        with intra_op_threads(self._threads()):
            return fit(
                self._net,
                self._step,
                self._batches(train, shuffle=True),
                None if val is None else self._batches(val, shuffle=False),
                self.config.training.lasting(epochs),
                device=self._where,
                deterministic=self._runtime.deterministic,
            )

    def _threads(self) -> int:
        assert self._net is not None
        products = self.config.training.batch_size * sum(p.numel() for p in self._net.parameters())
        return torch.get_num_threads() if products >= PRODUCTS_WORTH_THREADS else 1

    def _batches(self, data: FeatureDataset, shuffle: bool) -> Batches:
        """Prepared vectors and targets: held on the device where they fit, else read and prepared batch by batch."""
        vectors = Vectors(data.x, data.mask, self.config.pooling, self._prepare)
        target = torch.from_numpy(data.t)
        if vectors.fit_in_memory:
            x = torch.from_numpy(vectors.whole(np.float32))
            return in_memory_batches(
                (x.to(self._where), target.to(self._where)), self.config.training.batch_size, shuffle
            )

        def take(rows: Tensor) -> tuple[Tensor, ...]:
            return torch.from_numpy(vectors[rows.numpy()]), target[rows]

        return Batches(take, len(vectors), self.config.training.batch_size, shuffle, torch.device("cpu"))

    def _step(self, net: nn.Module, batch: tuple[Tensor, Tensor]) -> StepOutput:
        x, target = batch  # (B, D), (B,)
        return self.task.step_output(net(x), target)
