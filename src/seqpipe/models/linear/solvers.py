"""The linear objectives of scikit-learn, minimised by torch on any device.

Both are convex and smooth, so L-BFGS in float64 finds the solution scikit-learn finds; the SVM's, where its Hessian is
not too large, Newton steps find sooner and more exactly than either. Vectors that are made as they
are read come in chunks: the objective and its gradient are sums over the samples, taken in float64 over the chunks,
of products in float32 within each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from seqpipe.models.linear.newton import WIDEST_HESSIAN, products_of, squared_hinge_weights
from seqpipe.models.linear.rows import Vectors
from seqpipe.runtime.devices import intra_op_threads
from seqpipe.runtime.heap import tuned_malloc
from seqpipe.runtime.parallel import ordered_map


class Tolerance(NamedTuple):
    """When L-BFGS stops: at a gradient whose largest component is this small, or at a step or gain this small."""

    gradient: float
    change: float


EXACT = Tolerance(1e-7, 0.0)
# For the objective by sample and by unit of C. Products in float32 carry about this far; scikit-learn stops at 1e-4.
IN_CHUNKS = Tolerance(1e-5, 1e-9)


class Objective(Protocol):
    """The loss of some samples (rows of all) with scores (n, K), and the penalty on w (K, D) and b (K,)."""

    def __call__(self, scores: Tensor, rows: slice, w: Tensor, b: Tensor) -> Tensor: ...


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
    if isinstance(x, np.ndarray) and x.shape[1] < WIDEST_HESSIAN:
        return _newton(x, y, C, max_iter)

    def objective(scores: Tensor, rows: slice, w: Tensor, b: Tensor) -> Tensor:
        hinge = (1 - y[rows] * scores).clamp(min=0)
        return 0.5 * (w.square().sum() + b.square().sum()) + C * hinge.square().sum()

    return _minimise(objective, x, y.shape[1], C, max_iter, device)


def _newton(x: np.ndarray, y: Tensor, C: float, max_iter: int) -> tuple[np.ndarray, np.ndarray]:
    features = torch.as_tensor(x, dtype=torch.float64, device=y.device)
    features = torch.cat([features, torch.ones_like(features[:, :1])], dim=1)  # the intercept is a weight like others
    products = products_of(features)
    w = torch.stack([squared_hinge_weights(features, column, C, max_iter, products) for column in y.T]).cpu().numpy()
    # Row by row, as they are saved: a product's last bits depend on the layout.
    return np.ascontiguousarray(w[:, :-1]), np.ascontiguousarray(w[:, -1])


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

    def objective(scores: Tensor, rows: slice, w: Tensor, b: Tensor) -> Tensor:
        logits = torch.cat([torch.zeros_like(scores), scores], dim=1) if n_classes == 2 else scores
        # A hair of regularisation on b picks one of the equal solutions of the over-complete softmax.
        free = 1e-12 * b.square().sum()
        return 0.5 * w.square().sum() + C * cross_entropy(logits, target[rows], reduction="sum") + free

    return _minimise(objective, x, 1 if n_classes == 2 else n_classes, C, max_iter, device)


def _minimise(
    objective: Objective, x: np.ndarray | Vectors, rows: int, C: float, max_iter: int, device: torch.device
) -> tuple[np.ndarray, np.ndarray]:
    w = torch.zeros(rows, x.shape[1], dtype=torch.float64, device=device, requires_grad=True)
    b = torch.zeros(rows, dtype=torch.float64, device=device, requires_grad=True)
    if isinstance(x, np.ndarray):
        _lbfgs(_at_once(objective, x, w, b), w, b, max_iter, EXACT)
    else:
        workers = torch.get_num_threads()
        with intra_op_threads(1), tuned_malloc():  # cores that read and multiply chunks of their own need not wait
            _lbfgs(_chunk_by_chunk(objective, x, w, b, 1 / (C * x.shape[0]), workers), w, b, max_iter, IN_CHUNKS)
    return w.detach().cpu().numpy(), b.detach().cpu().numpy()


def _lbfgs(evaluate: Callable[[], Tensor], w: Tensor, b: Tensor, max_iter: int, tolerance: Tolerance) -> None:
    """Minimises what ``evaluate`` gives, which also leaves its gradient with w and b."""
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
        return evaluate()

    optimizer.step(closure)


def _at_once(objective: Objective, x: np.ndarray, w: Tensor, b: Tensor) -> Callable[[], Tensor]:
    features = torch.as_tensor(x, dtype=torch.float64, device=w.device)

    def evaluate() -> Tensor:
        loss = objective(features @ w.T + b, slice(None), w, b)
        loss.backward()
        return loss

    return evaluate


def _chunk_by_chunk(
    objective: Objective, x: Vectors, w: Tensor, b: Tensor, scale: float, workers: int
) -> Callable[[], Tensor]:
    """``scale`` times the objective: the penalty alone, then the losses of the chunks, added up in their order."""

    def of_chunk(clips: slice) -> tuple[Tensor, Tensor, Tensor]:
        features = torch.from_numpy(x[clips]).to(w.device)
        scores = ((w.detach().float() @ features.T).T.double() + b.detach()).requires_grad_()
        loss = scale * objective(scores, x.rows(clips), w[:0], b[:0])  # no weights: no penalty
        (slope,) = torch.autograd.grad(loss, scores)
        return loss.detach(), slope.T.float() @ features, slope.sum(0)

    def evaluate() -> Tensor:
        nothing = torch.zeros(0, len(w), dtype=torch.float64, device=w.device)
        total = scale * objective(nothing, slice(0, 0), w, b)
        total.backward()
        total = total.detach()
        assert w.grad is not None
        assert b.grad is not None
        for loss, w_slope, b_slope in ordered_map(of_chunk, x.slices(), workers, workers + 2):
            total += loss
            w.grad += w_slope
            b.grad += b_slope
        return total

    return evaluate
