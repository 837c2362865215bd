"""Parameters of the models on D': one class a kind."""

from __future__ import annotations

import itertools
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from seqpipe.config.base import Count, Positive, Stage, what_is_allowed


def _check_value(model: type[BaseModel], name: str, value: Any) -> None:
    try:
        field = model.model_fields[name]
        checked: Any = Annotated[field.annotation, field]
        TypeAdapter(checked).validate_python(value)
    except ValidationError as error:
        raise ValueError(f"{name}: got {value!r}; it {what_is_allowed(error.errors()[0])}") from error


class ClassifierConfig(Stage):
    """What every classifier C' on D' has."""

    standardize: bool = Field(
        description="Unit variance for each feature; false: one scale for all, so that strong ones stay strong. "
        "Centred either way, by train alone."
    )
    pca: Annotated[int, Field(ge=1)] | Annotated[float, Field(gt=0.0, lt=1.0)] | None = Field(
        description="Components a PCA keeps at most (or the share of the variance it keeps), fitted on train alone; "
        "null: no PCA."
    )
    refit: bool = Field(
        description="Once chosen on val, fit again on train and val together (scaling, PCA and calibration stay). "
        "`transfer` never does: a fine-tuned CNN has not seen val either."
    )
    grid: dict[str, list[Any]] = Field(
        description="Values to try for any of these parameters, instead of its own; every combination is fitted, "
        "the best on val stays. A parameter given with --params is not searched."
    )

    @model_validator(mode="after")
    def _combinations_fit(self) -> Self:
        for chosen in self.combinations():
            self.with_chosen(chosen)
        return self

    def deciding(self) -> dict[str, Any]:
        """What of it decides the weights: all of it."""
        return self.model_dump()

    def combinations(self) -> list[dict[str, Any]]:
        """Every combination of the grid, in its order; one empty combination where the grid is empty."""
        return [dict(zip(self.grid, values, strict=True)) for values in itertools.product(*self.grid.values())]

    def with_chosen(self, chosen: dict[str, Any]) -> Self:
        """These parameters with one combination in place, and nothing left to search."""
        if not self.grid:
            return self
        return type(self).model_validate({**self.model_dump(), **chosen, "grid": {}})

    @field_validator("grid")
    @classmethod
    def _names_known(cls, grid: dict[str, list[Any]]) -> dict[str, list[Any]]:
        known = set(cls.model_fields) - {"grid", "refit"}
        for name, values in grid.items():
            if name not in known:
                raise ValueError(f"unknown parameter {name!r} in the grid; known: {', '.join(sorted(known))}")
            if not values:
                raise ValueError(f"the grid of {name!r} is empty: give at least one value or leave it out")
            for value in values:
                _check_value(cls, name, value)
        return grid


class VectorClassifierConfig(ClassifierConfig):
    """A classifier on one vector a clip."""

    pooling: Literal["mean", "concat"] = Field(
        description="One vector a clip: the mean of its frames (blind to their order), or all of them in a row."
    )
    C: Positive = Field(description="Inverse strength of the L2 regularisation.")
    solver: Literal["auto", "sklearn", "torch"] = Field(
        description="`auto`: torch for the linear SVM, for the rest torch on CUDA and scikit-learn on the CPU. Both "
        "minimise the same objective."
    )
    max_iter: Count = Field(description="Iterations of the solver at most.")


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


class LinearConfig(VectorClassifierConfig):
    """Multinomial logistic regression."""
