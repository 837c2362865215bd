"""The linear SVM's primal by Newton steps: exact in a handful of them, however large C is."""

from __future__ import annotations

import torch
from torch import Tensor

# The Hessian of a problem this wide takes some seconds; beyond it L-BFGS, which has none, is the better way.
WIDEST_HESSIAN = 2048
GRADIENT = 1e-9
"""Where to stop: the largest component of the gradient, by unit of the one at zero."""
SUFFICIENT = 1e-4
SMALLEST_STEP = 1e-10


def squared_hinge_weights(x: Tensor, y: Tensor, C: float, max_iter: int, products: Tensor | None = None) -> Tensor:
    """min over w of f(w) = 1/2 |w|^2 + C sum_i max(0, 1 - y_i w.x_i)^2.

    f is convex, once differentiable and quadratic between the points where a sample enters or leaves the margin, so
    Newton's method on the generalised Hessian I + 2 C X_I^T X_I, over the samples I inside the margin, ends at the
    solution after finitely many steps (Mangasarian, Optimization Methods and Software 2002; Keerthi and DeCoste,
    JMLR 2005).

    Args:
        x: (N, D) float64. y: (N,) float64, +1 or -1. C: weight of the losses.
        products: What ``products_of`` gives for x; the classes, and values of C, have it in common.

    Returns:
        w (D,) float64.
    """
    w, scores = x.new_zeros(x.shape[1]), x.new_zeros(len(x))
    enough = GRADIENT * float((2 * C * (x.T @ y)).abs().max().clamp(min=1.0))
    for _ in range(max_iter):
        slack = 1 - y * scores
        inside = (slack > 0).nonzero().squeeze(1)
        near = x[inside]
        gradient = w - 2 * C * (near.T @ (y * slack)[inside])
        if float(gradient.abs().max()) <= enough:
            break
        step = -_solved(near, None if products is None else products[inside][:, inside], C, gradient)
        scores_step = x @ step
        length = _length(w, scores, step, scores_step, gradient, y, C)
        w, scores = w + length * step, scores + length * scores_step
    return w


def products_of(x: Tensor) -> Tensor | None:
    """x x^T (N, N) where Newton's steps are shorter with it: the samples are no more than their numbers."""
    return x @ x.T if len(x) <= x.shape[1] else None


def _solved(near: Tensor, products: Tensor | None, C: float, gradient: Tensor) -> Tensor:
    """H^-1 g for H = I + 2 C A^T A, A = ``near`` (n, D).

    With ``products`` A A^T it is g - A^T (I / 2C + A A^T)^-1 A g (Woodbury): no product of matrices is left to take.
    """
    if products is None:
        return _ridge_solved(2 * C * (near.T @ near), 1.0, gradient)
    return gradient - near.T @ _ridge_solved(products, 1 / (2 * C), near @ gradient)


def _ridge_solved(matrix: Tensor, ridge: float, right: Tensor) -> Tensor:
    """(A + ridge I)^-1 b for A (n, n) symmetric with no negative eigenvalue, which is written over."""
    matrix.diagonal().add_(ridge)
    factor, failed = torch.linalg.cholesky_ex(matrix)
    if int(failed):  # so little ridge that it is lost in rounding
        inverse: Tensor = torch.linalg.pinv(matrix, hermitian=True)
        return inverse @ right
    return torch.cholesky_solve(right[:, None], factor).squeeze(1)


def _length(
    w: Tensor, scores: Tensor, step: Tensor, scores_step: Tensor, gradient: Tensor, y: Tensor, C: float
) -> float:
    """The largest of 1, 1/2, 1/4, ... at which f falls by enough of what its slope promises (Armijo's rule)."""

    def f(length: float) -> float:
        losses = (1 - y * (scores + length * scores_step)).clamp(min=0).square().sum()
        return float(0.5 * (w + length * step).square().sum() + C * losses)

    here, slope, length = f(0.0), float(gradient @ step), 1.0
    while length > SMALLEST_STEP and f(length) > here + SUFFICIENT * length * slope:
        length /= 2
    return length
