"""The linear objectives of scikit-learn, minimised by torch on any device.

Both are convex and smooth, so L-BFGS in float64 finds the solution scikit-learn finds. Vectors that are made as they
are read come in chunks: the objective and its gradient are sums over the samples, taken in float64 over the chunks,
of products in float32 within each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from seqpipe.models.rows import Vectors


class Tolerance(NamedTuple):
    """When L-BFGS stops: at a gradient whose largest component is this small, or at a step or gain this small."""

    gradient: float
    change: float


EXACT = Tolerance(1e-7, 0.0)
# For the objective by sample and by unit of C. Products in float32 carry about this far; scikit-learn stops at 1e-4.
IN_CHUNKS = Tolerance(1e-5, 1e-9)


class Objective(Protocol):
    """The loss of some samples (rows of all) with scores (n, K), and that share of the penalty on w (K, D), b (K,)."""

    def __call__(self, scores: Tensor, rows: slice, w: Tensor, b: Tensor, share: float) -> Tensor: ...


def fit_linear_svm(
    x: np.ndarray | Vectors, t: np.ndarray, n_classes: int, C: float, max_iter: int, device: torch.device
) -> tuple[np.ndarray, np.ndarray]:
    """One-against-the-rest linear SVMs with the squared hinge loss, as ``sklearn.svm.LinearSVC``.

    For each class k: min over (w, b) of 1/2 (|w|^2 + b^2) + C sum_i max(0, 1 - y_ik (w.x_i + b))^2, with
    y_ik = +1 where t_i = k, else -1 (Fan et al., LIBLINEAR, JMLR 2008; the intercept is regularised there too).

    Args:
        x: (N, D). t: (N,) in 0..n_classes-1. C: inverse regularisation.

    Returns:
        coef (K, D) and intercept (K,); one row alone (the second class against the first) where K = 2.
    """
    y = torch.nn.functional.one_hot(torch.as_tensor(t), n_classes).to(device, torch.float64) * 2 - 1
    y = y[:, 1:] if n_classes == 2 else y  # (N, K) or (N, 1)

    def objective(scores: Tensor, rows: slice, w: Tensor, b: Tensor, share: float) -> Tensor:
        hinge = (1 - y[rows] * scores).clamp(min=0)
        return 0.5 * share * (w.square().sum() + b.square().sum()) + C * hinge.square().sum()

    return _minimise(objective, x, y.shape[1], C, max_iter, device)


def fit_multinomial(
    x: np.ndarray | Vectors, t: np.ndarray, n_classes: int, C: float, max_iter: int, device: torch.device
) -> tuple[np.ndarray, np.ndarray]:
    """Multinomial logistic regression, as ``sklearn.linear_model.LogisticRegression``.

    min over (W, b) of 1/2 |W|^2 + C sum_i -log softmax(W x_i + b)[t_i]; for two classes scikit-learn's binary
    form, one row with the logistic loss.

    Returns:
        coef (K, D) and intercept (K,), or one row where K = 2.
    """
    target = torch.as_tensor(t, device=device)

    def objective(scores: Tensor, rows: slice, w: Tensor, b: Tensor, share: float) -> Tensor:
        logits = torch.cat([torch.zeros_like(scores), scores], dim=1) if n_classes == 2 else scores
        # A hair of regularisation on b picks one of the equal solutions of the over-complete softmax.
        free = 1e-12 * share * b.square().sum()
        return 0.5 * share * w.square().sum() + C * cross_entropy(logits, target[rows], reduction="sum") + free

    return _minimise(objective, x, 1 if n_classes == 2 else n_classes, C, max_iter, device)


def _minimise(
    objective: Objective, x: np.ndarray | Vectors, rows: int, C: float, max_iter: int, device: torch.device
) -> tuple[np.ndarray, np.ndarray]:
    chunks = _chunks(x, device)
    tolerance = EXACT if isinstance(x, np.ndarray) else IN_CHUNKS
    scale = 1.0 if isinstance(x, np.ndarray) else 1.0 / (C * len(x))
    w = torch.zeros(rows, x.shape[1], dtype=torch.float64, device=device, requires_grad=True)
    b = torch.zeros(rows, dtype=torch.float64, device=device, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [w, b],
        max_iter=max_iter,
        max_eval=max_iter * 2,
        tolerance_grad=tolerance.gradient,
        tolerance_change=tolerance.change,
        history_size=20,
        line_search_fn="strong_wolfe",
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        total = torch.zeros((), dtype=torch.float64, device=device)
        for samples, features in chunks:
            scores = (features @ w.T.to(features.dtype)).double() + b
            loss = scale * objective(scores, samples, w, b, len(features) / len(x))
            loss.backward()
            total += loss.detach()
        return total

    optimizer.step(closure)
    return w.detach().cpu().numpy(), b.detach().cpu().numpy()


def _chunks(x: np.ndarray | Vectors, device: torch.device) -> Iterable[tuple[slice, Tensor]]:
    """The vectors, some rows at a time, as often as they are asked for: all at once in float64, or as they are read."""
    if isinstance(x, np.ndarray):
        return [(slice(0, len(x)), torch.as_tensor(x, dtype=torch.float64, device=device))]
    return _Read(x, device)


@dataclass(frozen=True)
class _Read:
    """Chunks of vectors (n, D) float32 on a device, read anew each time."""

    vectors: Vectors
    device: torch.device

    def __iter__(self) -> Iterator[tuple[slice, Tensor]]:
        start = 0
        for chunk in self.vectors.chunks():
            yield slice(start, start + len(chunk)), torch.from_numpy(chunk).to(self.device)
            start += len(chunk)
