"""Classifiers that read the frames of a clip in order: RNN, GRU and LSTM, one net with another cell each."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias, TypeVar

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from seqpipe.config import MANY_STEPS, RecurrentConfig
from seqpipe.data.memmap import Features, slices_of, subset
from seqpipe.data.sequence_augmentation import time_warped, with_gaussian_noise, with_unknown_tokens
from seqpipe.data.windows import Windows, merged_windows
from seqpipe.metrics.segments import UNLABELLED
from seqpipe.models.linear.rows import Prepare, Vectors, as_one, prepared, vectors_of
from seqpipe.models.nets.cells import CELLS, CellName
from seqpipe.models.nets.recurrent import RecurrentNet
from seqpipe.models.networks import Batches, epochs_to_refit, in_memory_batches
from seqpipe.models.parts import samples_at_once
from seqpipe.models.preprocessing import Preprocessor, fit_preprocessor
from seqpipe.runtime.devices import answering_threads, intra_op_threads, resolve_device
from seqpipe.runtime.processes import side_by_side
from seqpipe.tasks.classification import CLASSIFICATION
from seqpipe.training.fit import StepOutput, fit

if TYPE_CHECKING:
    from seqpipe.config import FrameRecurrentConfig, RuntimeConfig
    from seqpipe.data.dataset import FeatureDataset
    from seqpipe.tasks.base import Task

WEIGHTS = "weights.safetensors"
# Clips answered at once, so that memory does not grow with the test split.
PREDICT_BATCH = 512
# Below this many units, and numbers a frame, the steps are so small that a pool of threads costs more than it gives.
UNITS_WORTH_THREADS = 512
# From so many cell updates of a batch on several networks are trained side by side: a worker takes about two seconds
# to begin. An update is a step of training times a step of the clips.
UPDATES_WORTH_PROCESSES = 24_000

Material: TypeAlias = tuple[Tensor, Tensor, Tensor]
"""x (N, T, C), mask (N, T) and targets (N,) or (N, T)."""
Shape = TypeVar("Shape", bound="FrameRecurrentConfig")
Trained: TypeAlias = tuple[int, RecurrentNet, pd.DataFrame]
"""Which network it is, the network, and its history."""


class Recurrent:
    """Recurrent classifier on D'; its kind is the name of its cell.

    The features are centred, projected by a PCA and divided by one number, the deviation of the strongest
    component: their proportions stay, for the weak components of small corpora are mostly the scene. Tokens are read
    as they are, by an embedding within each net.
    """

    kind: ClassVar[CellName]
    reads_order = True

    def __init__(self, config: FrameRecurrentConfig, runtime: RuntimeConfig, task: Task = CLASSIFICATION) -> None:
        self.config = config
        self.task = task
        self._runtime = runtime
        self.class_names: tuple[str, ...] = ()
        self.history = pd.DataFrame()
        self.device = str(resolve_device(runtime))
        self.threads = answering_threads(runtime)
        self._prepare: Preprocessor | None = None
        self._scale = 1.0
        self._tokens = 0
        self._nets: list[RecurrentNet] = []

    @property
    def description(self) -> str:
        config = self.config
        words = CELLS[self.kind].words
        way = f"bidirectional {words}" if config.bidirectional else words
        crowd = f", {config.ensemble_size} networks averaged" if config.ensemble_size > 1 else ""
        read = f"{config.readout} read-out" if isinstance(config, RecurrentConfig) else "an answer each step"
        return f"{way} of {config.layers} x {config.hidden} units, {read}{crowd}"

    @property
    def parameters(self) -> int:
        return sum(parameter.numel() for net in self._nets for parameter in net.parameters())

    @property
    def members(self) -> tuple[RecurrentNet, ...]:
        """The networks whose probabilities are averaged."""
        return tuple(self._nets)

    def untrained(self, seed: int, member: int = 0) -> RecurrentNet:
        """What a member was before its training by this seed, behind the same preprocessing."""
        with torch.random.fork_rng([]):
            torch.manual_seed(seed + member)
            return self._net()

    @property
    def prepare(self) -> Prepare:
        """What brings a step's features (D,) to what the networks read (C,), as one map in float32."""
        assert self._prepare is not None, "fit first"
        whole = as_one(self._prepare)
        return replace(whole, project=whole.project * self._scale)

    def answering(self, runtime: RuntimeConfig) -> Self:
        """The same model, that answers where ``runtime`` says."""
        self._runtime = runtime
        return self

    def tensors(self, data: FeatureDataset) -> tuple[Tensor, Tensor]:
        """What the networks read of a D': the preprocessed steps (N, T, C), zero where there are none, and the mask."""
        return self._tensors(data.x, data.mask)

    def fit(self, train: FeatureDataset, val: FeatureDataset | None, checkpoint: Path | None = None) -> None:
        self.config = settled(self.config, train.mask.shape[1])
        self.class_names, self._tokens = train.class_names, len(train.tokens)
        if not self._tokens:
            self._fit_scale(train)
        self.learn(train, val)

    def behind(self, other: Recurrent) -> Self:
        """Itself behind the preprocessing of another model: what is compared then is their nets alone."""
        self.class_names, self._prepare, self._scale = other.class_names, other._prepare, other._scale
        self._tokens = other._tokens
        return self

    def learn(self, train: FeatureDataset, val: FeatureDataset | None) -> None:
        """Trains the nets behind the preprocessing as it is."""
        # Where all members are trained again on train and val, one is enough to choose by.
        ensemble_size = 1 if self.config.refit else self.config.ensemble_size
        material = self._material(train)
        epochs = min(self.config.training.epochs, -(-self.config.max_steps // len(self._batches(material))))
        seen = self._material(val) if val is not None and len(val) else None
        self.history = _mean_history(self._train(ensemble_size, epochs, material, seen))

    def refit(self, both: FeatureDataset) -> None:
        epochs = epochs_to_refit(self.history, self.config.training)
        self._train(self.config.ensemble_size, epochs, self._material(both))

    def predict_proba(self, data: FeatureDataset) -> np.ndarray:
        x, mask = data.x, data.mask
        if self.task.per == "frame":
            return self._by_step(x, mask)
        if self._window is not None and mask.shape[1] > self._window:
            return self._over_windows(x, mask)
        rows = (slice(start, start + PREDICT_BATCH) for start in range(0, len(x), PREDICT_BATCH))
        parts = [self.answered(*self._tensors(subset(x, some), mask[some])) for some in rows]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.class_names)))

    def _by_step(self, x: Features, mask: np.ndarray) -> np.ndarray:
        """(N, T, K): windows are answered many at a time and put together where they overlap."""
        proba = np.full((*mask.shape, len(self.class_names)), np.nan)
        for clips in slices_of(x, samples_at_once(*proba.shape[1:])):
            lengths = mask[clips].sum(axis=1).tolist()
            (features, real), windows = self._cut(self._tensors(subset(x, clips), mask[clips]), lengths)
            answers = self.answered(features, real)
            firsts = np.searchsorted(windows.rows, range(len(lengths) + 1))
            for row, length in enumerate(lengths):
                own = slice(*firsts[row : row + 2])
                starts = windows.starts[own]
                pieces = [answer[: length - start] for answer, start in zip(answers[own], starts, strict=True)]
                proba[clips.start + row, :length] = merged_windows(starts, pieces, length)
        return proba

    def _over_windows(self, x: Features, mask: np.ndarray) -> np.ndarray:
        """(N, K): the mean over the windows of each clip."""
        proba = np.zeros((len(x), len(self.class_names)))
        for clips in slices_of(x):
            lengths = mask[clips].sum(axis=1).tolist()
            tensors, windows = self._cut(self._tensors(subset(x, clips), mask[clips]), lengths)
            rows = np.array(windows.rows)
            np.add.at(proba[clips], rows, self.answered(*tensors) / np.bincount(rows)[rows, None])
        return proba

    def answered(self, features: Tensor, real: Tensor) -> np.ndarray:
        """The probabilities float64 (N, K), or (N, T, K), of what `tensors` gave: the mean over the members."""
        device = resolve_device(self._runtime)
        nets = [net.to(device).eval() for net in self._nets]
        by_clip = self.task.per == "clip"
        # What is answered for each step of many classes is larger by far than what is read.
        size = PREDICT_BATCH if by_clip else min(PREDICT_BATCH, samples_at_once(real.shape[1], len(self.class_names)))
        with torch.inference_mode(), intra_op_threads(self.threads):
            batches = zip(features.split(size), real.split(size), strict=True)
            return np.concatenate([_mean_proba(nets, x.to(device), mask.to(device), by_clip) for x, mask in batches])

    @property
    def _window(self) -> int | None:
        """Steps that are read at once, at most: of clips as the parameters say, of labels by step as the task does."""
        return self.config.window if isinstance(self.config, RecurrentConfig) else self.task.window

    @property
    def _hop(self) -> int:
        return max(1, self.config.window // 2) if isinstance(self.config, RecurrentConfig) else self.task.hop

    def _cut(self, tensors: tuple[Tensor, Tensor], lengths: list[int]) -> tuple[tuple[Tensor, Tensor], Windows]:
        windows = Windows.over(lengths, self._window or max(lengths), self._hop)
        features, real = tensors
        return (windows.cut(features, 0.0), windows.cut(real, False)), windows

    def write(self, folder: Path) -> dict[str, Any]:
        assert self._nets, "fit first"
        if self._prepare is not None:
            self._prepare.write(folder)
        tensors = {f"{i}.{k}": v.contiguous() for i, net in enumerate(self._nets) for k, v in net.state_dict().items()}
        save_file(tensors, folder / WEIGHTS)
        return {"scale": self._scale, "size": self._nets[0].size, "tokens": self._tokens}

    def read(self, folder: Path, kept: dict[str, Any]) -> None:
        self._scale, self._tokens = kept["scale"], kept.get("tokens", 0)
        self._prepare = None if self._tokens else Preprocessor.read(folder)
        tensors = load_file(folder / WEIGHTS)
        self._nets = []
        for member in range(self.config.ensemble_size):
            net = RecurrentNet(kept["size"], len(self.class_names), self.kind, self.config, self._tokens)
            own = f"{member}."
            net.load_state_dict({k.removeprefix(own): v for k, v in tensors.items() if k.startswith(own)})
            self._nets.append(net.eval())

    def _fit_scale(self, train: FeatureDataset) -> None:
        frames = vectors_of(train.x, train.targets.counted(train.mask), "frames")  # (n, D)
        self._prepare = fit_preprocessor(self.config, frames, self._runtime.seed)
        ready = prepared(self._prepare, frames)
        if isinstance(ready, Vectors):
            raise ready.refusal(f"The {CELLS[self.kind].words}", f"Give a small {self.kind}.pca")
        deviation = ready.std(axis=0).max()
        self._scale = 1.0 / float(deviation) if deviation > 0 else 1.0

    def _tensors(self, x: Features, mask: np.ndarray) -> tuple[Tensor, Tensor]:
        features, real = torch.cat([self._features(x[clips]) for clips in slices_of(x)]), torch.from_numpy(mask)
        return features * real[..., None], real

    def _features(self, x: np.ndarray) -> Tensor:
        if self._tokens:
            return torch.from_numpy(x)
        assert self._prepare is not None, "fit first"
        ready = self._prepare.transform(x.reshape(-1, x.shape[-1]).astype(np.float64)) * self._scale
        return torch.from_numpy(ready.astype(np.float32)).view(*x.shape[:2], -1)

    def _net(self) -> RecurrentNet:
        size = 0 if self._prepare is None else self._prepare.size
        return RecurrentNet(size, len(self.class_names), self.kind, self.config, self._tokens)

    def _train(self, members: int, epochs: int, train: Material, val: Material | None = None) -> list[pd.DataFrame]:
        """Trains so many networks anew and gives their histories."""
        calls = [(self._bare(), member, epochs, train, val) for member in range(members)]
        updates = members * epochs * len(self._batches(train)) * train[1].shape[1]
        workers = min(members, self._workers(updates))
        trained = list(side_by_side(_trained, calls, workers)) if workers > 1 else [_trained(*call) for call in calls]
        trained.sort(key=lambda of: of[0])
        self._nets = [net for _, net, _ in trained]
        return [history for *_, history in trained]

    def _bare(self) -> Self:
        """Itself without networks: what a worker is sent."""
        bare = copy.copy(self)
        bare._nets = []
        return bare

    def _workers(self, updates: int) -> int:
        """How many processes so many updates are worth; on a GPU, and where one takes a pool of threads, just this."""
        alone = resolve_device(self._runtime).type != "cpu" or self.config.hidden >= UNITS_WORTH_THREADS
        return 1 if alone or updates < UPDATES_WORTH_PROCESSES else torch.get_num_threads()

    def trained_member(self, member: int, epochs: int, train: Material, val: Material | None) -> Trained:
        """One network, trained by a seed of its own, and its history."""
        torch.manual_seed(self._runtime.seed + member)
        net = self._net()
        threads = torch.get_num_threads() if max(self.config.hidden, net.size) >= UNITS_WORTH_THREADS else 1
        with intra_op_threads(threads):
            history = fit(
                net,
                self._step,
                self._batches(train, shuffle=True),
                None if val is None else self._batches(val),
                self.config.training.lasting(epochs),
                device=resolve_device(self._runtime),
                deterministic=self._runtime.deterministic,
            )
        return member, net, history

    def _material(self, data: FeatureDataset) -> Material:
        """What is trained on: the preprocessed steps, which of them are real, and the targets."""
        features, real = self._tensors(data.x, data.mask)
        t = torch.from_numpy(data.t)
        if self.task.per == "frame" or (self._window is not None and real.shape[1] > self._window):
            (features, real), windows = self._cut((features, real), data.mask.sum(axis=1).tolist())
            t = windows.cut(t, UNLABELLED) if self.task.per == "frame" else t[torch.tensor(windows.rows)]
        return features, real, t

    def _batches(self, material: Material, shuffle: bool = False) -> Batches:
        lengths = material[1].sum(1)
        uneven = bool((lengths != lengths[:1]).any())
        # A batch counts as one: where each step is answered, steps of short samples would count more than others.
        alike = uneven and not self._answers_steps
        return in_memory_batches(material, self.config.training.batch_size, shuffle, lengths if alike else None)

    @property
    def _answers_steps(self) -> bool:
        """Whether the loss is of steps, not of samples."""
        return self.task.per == "frame" or (isinstance(self.config, RecurrentConfig) and self.config.readout == "every")

    def _step(self, net: nn.Module, batch: tuple[Tensor, Tensor, Tensor]) -> StepOutput:
        x, mask, target = batch  # (B, T, D), (B, T), (B,)
        return outcome(self.task, net(self._varied(x, mask) if net.training else x, mask), mask, target)

    def _varied(self, x: Tensor, mask: Tensor) -> Tensor:
        return with_unknown_tokens(x, self.config.token_dropout) if self._tokens else varied_steps(x, mask, self.config)


class Rnn(Recurrent):
    """Elman's recurrent net."""

    kind = "rnn"


class Gru(Recurrent):
    """Gated recurrent unit."""

    kind = "gru"


class Lstm(Recurrent):
    """Long short-term memory."""

    kind = "lstm"


def settled(config: Shape, steps: int) -> Shape:
    """The same with the read-out that clips of so many steps, the longest, are given where it is left open.

    On val of one corpus of long measurements the mean over the states was right more often, of another as often.
    """
    if not isinstance(config, RecurrentConfig) or config.readout != "auto":
        return config
    return config.model_copy(update={"readout": "mean" if steps > MANY_STEPS else "last"})


def varied_steps(x: Tensor, mask: Tensor, config: FrameRecurrentConfig) -> Tensor:
    """Preprocessed steps x (B, T, C) with mask (B, T) as training varies them: another pace, and noise."""
    # Labels by step belong to their frames: only whole clips may be played at another pace.
    time_warp = config.time_warp if isinstance(config, RecurrentConfig) else 0.0
    return with_gaussian_noise(time_warped(x, mask, time_warp), mask, config.gaussian_noise)


def outcome(task: Task, logits: Tensor, mask: Tensor, t: Tensor) -> StepOutput:
    """What a net's logits for a batch cost; where every step of a clip is read out, each is given the clip's label.

    Args:
        logits: (B, K), or (B, T, K).
        mask: (B, T).
        t: (B,) or (B, T).
    """
    if task.per == "frame" or logits.ndim == 2:
        return task.step_output(logits, t)
    return task.step_output(logits[mask], t.repeat_interleave(mask.sum(1)))


def _trained(model: Recurrent, *call: Any) -> Trained:
    """A function of its own, so that a worker can be sent it."""
    return model.trained_member(*call)


def _mean_proba(nets: list[RecurrentNet], x: Tensor, mask: Tensor, by_clip: bool) -> np.ndarray:
    """(B, K) of clips, of which every step may be read out, or (B, T, K) of steps."""
    proba = torch.stack([net(x, mask).double().softmax(dim=-1) for net in nets]).mean(0)
    if by_clip and proba.ndim == 3:
        proba = (proba * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
    answer: np.ndarray = proba.cpu().numpy()
    return answer


def _mean_history(histories: list[pd.DataFrame]) -> pd.DataFrame:
    """By epoch, the mean over the networks that were still training."""
    return pd.concat(histories).groupby("epoch", as_index=False).mean()
