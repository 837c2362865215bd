"""The classical exams of long dependencies: what has to be remembered lies far before where it is asked for.

Each is made as it is needed, so that no sequence is read twice and there is nothing to learn by heart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn.functional import cross_entropy, mse_loss, one_hot

from seqpipe.config import ExamName

SYMBOLS, RECALLED = 8, 10
"""The copy memory problem: how many symbols there are to choose from, and how many are to be recalled."""


class Batch(NamedTuple):
    """Sequences x (B, T, D), their mask (B, T), which is true where a step is real, and what is to be answered."""

    x: Tensor
    mask: Tensor
    target: Tensor


def adding(batch: int, steps_between: int, generator: Generator) -> Batch:
    """The adding problem (Hochreiter and Schmidhuber 1997): the sum of the two numbers that are marked.

    T is ``steps_between``. x (B, T, 2) has numbers, even in [0, 1), and marks: one in the first half, one in the
    second, as of Arjovsky et al. (Unitary evolution recurrent neural networks, ICML 2016); Bai et al. (2018) draw both
    from all of T. The target (B,) is the sum of the two. To answer 1 always has a mean squared error of 2 / 12 = 0.167,
    to know one of the two numbers and guess the other one of 1 / 12 = 0.083.
    """
    T, half = steps_between, steps_between // 2
    numbers = torch.rand(batch, T, generator=generator)
    early = torch.randint(0, half, (batch,), generator=generator)
    late = torch.randint(half, T, (batch,), generator=generator)
    marks = one_hot(early, T) + one_hot(late, T)
    x = torch.stack([numbers, marks.float()], dim=-1)
    return Batch(x, torch.ones(batch, T, dtype=torch.bool), (numbers * marks).sum(1))


def temporal_order(batch: int, steps_between: int, generator: Generator) -> Batch:
    """Temporal order (Hochreiter and Schmidhuber 1997, experiment 6a): which of X and Y came first and second.

    T is ``steps_between``; a sequence has T to 1.1 T steps. x (B, 1.1 T, 8) has a symbol a step, one-hot: E first, B
    last, X or Y at a step of 0.1 T to 0.2 T and at one of 0.5 T to 0.6 T, distractors a to d elsewhere. The target
    (B,) is XX, XY, YX or YY, 0 to 3. To guess is wrong in 3 of 4.
    """
    T, longest = steps_between, steps_between + steps_between // 10
    lengths = torch.randint(T, longest + 1, (batch, 1), generator=generator)
    early = torch.randint(max(1, T // 10), max(1, T // 5) + 1, (batch, 1), generator=generator)
    late = torch.randint(T // 2, 6 * T // 10 + 1, (batch, 1), generator=generator)
    first, second = torch.randint(0, 2, (2, batch, 1), generator=generator)  # X is 0, Y is 1
    symbols = torch.randint(2, 6, (batch, longest), generator=generator)
    symbols[:, 0] = 6
    symbols.scatter_(1, early, first).scatter_(1, late, second).scatter_(1, lengths - 1, 7)
    mask = torch.arange(longest) < lengths
    return Batch(one_hot(symbols, 8) * mask[..., None].float(), mask, (2 * first + second)[:, 0])


def copy_memory(batch: int, steps_between: int, generator: Generator) -> Batch:
    """The copy memory problem (Hochreiter and Schmidhuber 1997), as Arjovsky et al. (ICML 2016) put it.

    T is ``steps_between``. x (B, T + 20, 10) has a symbol a step, one-hot: 10 of 8 kinds (1 to 8), T - 1 blanks (0), a
    delimiter (9), 10 blanks. The target (B, T + 20) is blank for T + 10 steps, then the 10 symbols, in their order.
    Blanks and then any symbol cost a cross-entropy of 10 ln 8 / (T + 20) a step; of the symbols 7 in 8 are wrong.
    """
    steps = steps_between + 2 * RECALLED
    told = torch.randint(1, SYMBOLS + 1, (batch, RECALLED), generator=generator)
    symbols = torch.zeros(batch, steps, dtype=torch.long)
    symbols[:, :RECALLED] = told
    symbols[:, -RECALLED - 1] = SYMBOLS + 1
    target = torch.zeros_like(symbols)
    target[:, -RECALLED:] = told
    return Batch(one_hot(symbols, SYMBOLS + 2).float(), torch.ones(batch, steps, dtype=torch.bool), target)


def _sum_loss(answer: Tensor, target: Tensor) -> Tensor:
    return mse_loss(answer[:, 0], target)


def _sum_error(answer: Tensor, target: Tensor) -> float:
    return float(_sum_loss(answer, target))


def _wrong(answer: Tensor, target: Tensor) -> float:
    """The share of the classes (B, K) that is wrong."""
    return float((answer.argmax(-1) != target).float().mean())


def _step_loss(answer: Tensor, target: Tensor) -> Tensor:
    return cross_entropy(answer.flatten(0, 1), target.flatten())


def _wrongly_recalled(answer: Tensor, target: Tensor) -> float:
    """The share of the symbols to be recalled that is wrong; blanks are no merit."""
    return _wrong(answer[:, -RECALLED:], target[:, -RECALLED:])


@dataclass(frozen=True)
class Exam:
    """An exam by all that depends on it.

    Attributes:
        batch: So many sequences with so many steps between, drawn from a generator.
        size: D, the numbers that each step has.
        answers: K, the numbers that are answered.
        each_step: Whether each step is answered, or the last alone.
        loss: What is learned by, of answers (B, K) or (B, T, K) and targets.
        error: What is judged by, of the same.
        solved_below: The error from which on it is solved.
        guessing: The error of the best guess.
        guessing_loss: Its loss, by the steps between.
        measure: What a sentence calls the error.
    """

    batch: Callable[[int, int, Generator], Batch]
    size: int
    answers: int
    each_step: bool
    loss: Callable[[Tensor, Tensor], Tensor]
    error: Callable[[Tensor, Tensor], float]
    solved_below: float
    guessing: float
    guessing_loss: Callable[[int], float]
    measure: str


SOLVED_BELOW = 0.01
"""One in a hundred wrong. As a squared error it is an eighth of what knowing one of two numbers reaches (0.083), and
far below where cells that do not solve the adding problem were seen to stay (0.138 to 0.175): none is half a solution.
"""

EXAMS: Mapping[ExamName, Exam] = {
    "adding": Exam(
        batch=adding,
        size=2,
        answers=1,
        each_step=False,
        loss=_sum_loss,
        error=_sum_error,
        solved_below=SOLVED_BELOW,
        guessing=1 / 6,
        guessing_loss=lambda _: 1 / 6,
        measure="mean squared error",
    ),
    "temporal_order": Exam(
        batch=temporal_order,
        size=8,
        answers=4,
        each_step=False,
        loss=cross_entropy,
        error=_wrong,
        solved_below=SOLVED_BELOW,
        guessing=3 / 4,
        guessing_loss=lambda _: math.log(4),
        measure="share of wrong classes",
    ),
    "copy_memory": Exam(
        batch=copy_memory,
        size=SYMBOLS + 2,
        answers=SYMBOLS + 2,
        each_step=True,
        loss=_step_loss,
        error=_wrongly_recalled,
        solved_below=SOLVED_BELOW,
        guessing=1 - 1 / SYMBOLS,
        guessing_loss=lambda steps_between: RECALLED * math.log(SYMBOLS) / (steps_between + 2 * RECALLED),
        measure="share of wrongly recalled symbols",
    ),
}
"""By name: another exam is an entry here and a list of steps in `ExamsConfig`."""
