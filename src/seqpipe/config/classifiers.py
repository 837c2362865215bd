"""Parameters of the linear models and the SVM on D': one class a kind."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    Field,
    model_validator,
)

from seqpipe.config.base import Count, Positive
from seqpipe.config.classifier_base import ClassifierConfig

Pooling = Annotated[
    Literal["mean", "mean_std", "pyramid", "concat"],
    Field(
        description="One vector a clip: the `mean` of its steps, with their standard deviation (`mean_std`), both "
        "blind to their order; these of the whole and of each third (`pyramid`; in a grid it is tried where samples "
        "have more than 100 steps); or all of them in a row (`concat`)."
    ),
]


Ahead = Annotated[
    bool,
    Field(description="Of tokens, where each step is answered: whether those behind the step are seen as well."),
]


class SolverConfig(ClassifierConfig):
    """A classifier with a convex objective, that a solver minimises."""

    C: Positive = Field(description="Inverse strength of the L2 regularisation.")
    solver: Literal["auto", "sklearn", "torch"] = Field(
        description="`auto`: torch for the linear SVM, for the rest torch on CUDA and scikit-learn on the CPU. Both "
        "minimise the same objective."
    )
    max_iter: Count = Field(description="Iterations of the solver at most.")
    ngrams: Count = Field(
        description="Of tokens: runs of 1 to so many are counted; where each step is answered, what is seen are the "
        "tokens up to so many less one on either side."
    )


class VectorClassifierConfig(SolverConfig):
    """A classifier on one vector a clip."""

    pooling: Pooling


class SvmConfig(VectorClassifierConfig):
    """Support vector machine, one against the rest (linear) or one against one (RBF)."""

    kernel: Literal["linear", "rbf"] = Field(description="`linear` (squared hinge loss) or `rbf`.")
    gamma: Literal["scale"] | Positive = Field(description="Width of the RBF kernel.")

    @model_validator(mode="after")
    def _solver_fits(self) -> SvmConfig:
        if self.kernel == "rbf" and self.solver == "torch":
            raise ValueError("solver torch has only the linear kernel; take solver auto with kernel rbf")
        return self


class RbfSvmConfig(SvmConfig):
    """Support vector machine with the RBF kernel, beside the linear one."""

    kernel: Literal["rbf"] = Field(description="`rbf`; the linear one is `svm`.")


class RocketConfig(SolverConfig):
    """Linear SVM on random convolutions of the sequence (ROCKET)."""

    kernels: Count = Field(description="Random kernels, shared out among the dilations; each gives two numbers.")


class LinearConfig(VectorClassifierConfig):
    """Multinomial logistic regression."""

    ahead: Ahead


class FrameLinearConfig(SolverConfig):
    """Multinomial logistic regression on each frame by itself."""

    ahead: Ahead
