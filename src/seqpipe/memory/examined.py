"""A cell that sits an exam: it is trained until it has solved it, or until its steps are spent.

The project's `fit` goes by epochs of a data set, ends where the val loss rests, and takes a loss that is not finite
for a mistake. Here no sequence is seen twice, a training ends when its exam is solved, and to diverge is a result.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Generator
from torch.nn.utils import clip_grad_norm_
from torch.optim import Adam

from seqpipe.config import ExamName, ExamsConfig, FrameRecurrentConfig, RecurrentConfig
from seqpipe.memory.chrono import begin_chrono
from seqpipe.memory.exams import EXAMS
from seqpipe.models.nets.cells import CELLS, CellName
from seqpipe.models.nets.recurrent import RecurrentNet
from seqpipe.runtime.devices import intra_op_threads, repeatable
from seqpipe.runtime.heap import tuned_malloc
from seqpipe.runtime.seeds import epoch_seed


class Sitting(NamedTuple):
    """Which cell sits which exam, and how far back that asks."""

    exam: ExamName
    steps_between: int
    cell: CellName


class Judgement(NamedTuple):
    """What fresh sequences tell of a net after so many steps of training."""

    step: int
    error: float
    loss: float

    @property
    def finite(self) -> bool:
        return math.isfinite(self.loss)


@dataclass(frozen=True)
class Result:
    """How a cell did.

    Attributes:
        budget: The steps it was given.
        steps: Those that it took: until it was found to have solved its exam, until it diverged, or all.
        seconds: How long they took, the looks at it among them.
        diverged: Whether its loss was no number any more.
        curve: What was seen of it, from before the first step on; all finite.
    """

    sitting: Sitting
    budget: int
    steps: int
    seconds: float
    diverged: bool
    curve: tuple[Judgement, ...]

    @property
    def error(self) -> float:
        """What it ended with; not a number where it diverged."""
        return math.nan if self.diverged else self.curve[-1].error

    @property
    def loss(self) -> float:
        """The same of its loss."""
        return math.nan if self.diverged else self.curve[-1].loss

    @property
    def solved(self) -> bool:
        return self.error < EXAMS[self.sitting.exam].solved_below

    @property
    def words(self) -> str:
        """It all in a sentence."""
        exam, between, cell = self.sitting
        how = f"solved at step {self.steps}" if self.solved else f"not solved in {self.steps} steps"
        how = f"diverged at step {self.steps}" if self.diverged else how
        return f"{CELLS[cell].words} on {exam} over {between} steps: {how} ({EXAMS[exam].measure} {self.error:.3g})."


def examine(sitting: Sitting, budget: int, config: ExamsConfig, seed: int, deterministic: bool) -> Result:
    """Trains one cell on one exam, on one thread of the CPU; what torch draws elsewhere stays as it was."""
    with intra_op_threads(1), repeatable(deterministic), torch.random.fork_rng([]), tuned_malloc(), vanishing():
        candidate = Candidate(sitting, config, seed)
        began_s = time.perf_counter()  # torch's first optimizer in a process imports for seconds: that is no learning
        steps, curve = _sit(candidate, budget, config.judge_every)
        seconds = time.perf_counter() - began_s
    finite = tuple(seen for seen in curve if seen.finite)
    return Result(sitting, budget, steps, seconds, len(finite) < len(curve), finite)


@contextmanager
def vanishing() -> Iterator[None]:
    """Inside the block, what is too small for a normal float32 (1e-38) is 0.

    The gradient of an RNN vanishes through the numbers below, which CPUs are slow with: its step over 200 steps takes
    a third of the time without them, and ends with the same error.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def _sit(candidate: Candidate, budget: int, judge_every: int) -> tuple[int, list[Judgement]]:
    """The steps that were taken and what was seen; what is not finite is the last of it."""
    curve = [candidate.judged(0)]
    for step in range(1, budget + 1):
        loss = candidate.learn()
        if not math.isfinite(loss):
            return step, [*curve, Judgement(step, math.nan, loss)]
        if step % judge_every == 0 or step == budget:
            curve.append(candidate.judged(step))
            if candidate.passes(curve[-1]) or not curve[-1].finite:
                return step, curve
    return budget, curve


class Candidate:
    """A net before its exam: it learns from one stream of sequences and is judged by another."""

    def __init__(self, sitting: Sitting, config: ExamsConfig, seed: int) -> None:
        self._sitting, self._config, self._exam = sitting, config, EXAMS[sitting.exam]
        torch.manual_seed(epoch_seed(seed, 0, "weights"))
        self._net = new_net(sitting, config)
        self._learned, self._judged = (
            Generator().manual_seed(epoch_seed(seed, 0, purpose)) for purpose in ("learning", "judging")
        )
        # Nothing is seen twice, so nothing is overfitted: no weight decays, and the rate needs no end to fall to.
        rate = getattr(config.learning_rate, sitting.cell)
        self._optimizer = Adam(self._net.parameters(), lr=rate, fused=True)

    def learn(self) -> float:
        """One step, on sequences that were never seen before; gives their loss, and takes no step by what is none."""
        x, mask, target = self._exam.batch(self._config.batch_size, self._sitting.steps_between, self._learned)
        loss = self._exam.loss(self._net(x, mask), target)
        if math.isfinite(loss.item()):
            self._optimizer.zero_grad()
            loss.backward()
            if self._config.clip_norm is not None:
                clip_grad_norm_(self._net.parameters(), self._config.clip_norm)
            self._optimizer.step()
        return loss.item()

    @torch.inference_mode()
    def judged(self, step: int) -> Judgement:
        """What sequences that it never learns from tell of it."""
        x, mask, target = self._exam.batch(self._config.judged_by, self._sitting.steps_between, self._judged)
        answer = self._net(x, mask)
        return Judgement(step, self._exam.error(answer, target), self._exam.loss(answer, target).item())

    def passes(self, seen: Judgement) -> bool:
        return seen.error < self._exam.solved_below


def new_net(sitting: Sitting, config: ExamsConfig) -> RecurrentNet:
    """One layer in one direction that answers as the exam asks, with the configured biases of its gates."""
    exam = EXAMS[sitting.exam]
    net = RecurrentNet(exam.size, exam.answers, sitting.cell, _shape(config, exam.each_step))
    if config.gate_biases == "chrono":
        longest = exam.batch(1, sitting.steps_between, Generator().manual_seed(0)).x.shape[1]
        begin_chrono(net.directions[0][0], sitting.cell, longest)
    return net


def _shape(config: ExamsConfig, each_step: bool) -> FrameRecurrentConfig:
    """What the net reads of a model's parameters: the rest of them is of features and epochs, and there are none."""
    values: dict[str, Any] = {"hidden": config.hidden, "layers": 1, "bidirectional": False, "dropout": 0.0}
    values |= {"implementation": "fused", "truncate": None, "truncate_by": "chunk"}
    if each_step:
        return FrameRecurrentConfig.model_construct(**values)
    return RecurrentConfig.model_construct(**values, readout="last")
