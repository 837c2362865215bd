"""The linear objectives of scikit-learn, minimised by torch on any device.

Both are convex and smooth, so L-BFGS in float64 finds the solution scikit-learn finds.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch.nn.functional import cross_entropy

# On the largest component of the gradient, as scikit-learn's L-BFGS stops.
GRADIENT_TOLERANCE = 1e-7


def fit_linear_svm(
    x: np.ndarray, t: np.ndarray, n_classes: int, C: float, max_iter: int, device: torch.device
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

    def objective(scores: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        hinge = (1 - y * scores).clamp(min=0)
        return 0.5 * (w.square().sum() + b.square().sum()) + C * hinge.square().sum()

    return _minimise(objective, x, y.shape[1], max_iter, device)


def fit_multinomial(
    x: np.ndarray, t: np.ndarray, n_classes: int, C: float, max_iter: int, device: torch.device
) -> tuple[np.ndarray, np.ndarray]:
    """Multinomial logistic regression, as ``sklearn.linear_model.LogisticRegression``.

    min over (W, b) of 1/2 |W|^2 + C sum_i -log softmax(W x_i + b)[t_i]; for two classes scikit-learn's binary
    form, one row with the logistic loss.

    Returns:
        coef (K, D) and intercept (K,), or one row where K = 2.
    """
    target = torch.as_tensor(t, device=device)

    def objective(scores: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        logits = torch.cat([torch.zeros_like(scores), scores], dim=1) if n_classes == 2 else scores
        # A hair of regularisation on b picks one of the equal solutions of the over-complete softmax.
        free = 1e-12 * b.square().sum()
        return 0.5 * w.square().sum() + C * cross_entropy(logits, target, reduction="sum") + free

    return _minimise(objective, x, 1 if n_classes == 2 else n_classes, max_iter, device)


def _minimise(
    objective: Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor],
    x: np.ndarray,
    rows: int,
    max_iter: int,
    device: torch.device,
) -> tuple[np.ndarray, np.ndarray]:
    features = torch.as_tensor(x, dtype=torch.float64, device=device)
    w = torch.zeros(rows, x.shape[1], dtype=torch.float64, device=device, requires_grad=True)
    b = torch.zeros(rows, dtype=torch.float64, device=device, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [w, b],
        max_iter=max_iter,
        max_eval=max_iter * 2,
        tolerance_grad=GRADIENT_TOLERANCE,
        tolerance_change=0.0,
        history_size=20,
        line_search_fn="strong_wolfe",
    )

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = objective(features @ w.T + b, w, b)
        loss.backward()
        return loss

    optimizer.step(closure)
    return w.detach().cpu().numpy(), b.detach().cpu().numpy()
