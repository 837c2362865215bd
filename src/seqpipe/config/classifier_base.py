"""What every classifier C' on D' has, and the grid that it is searched on."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Self

from pydantic import (
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo

from seqpipe.config.base import Stage, flat, leaves, what_is_allowed, with_value

OF_VECTORS = frozenset(("standardize", "pca", "pooling", "gaussian_noise", "time_warp"))
"""Parameters that say nothing where D' holds tokens."""
OF_TOKENS = frozenset(("ngrams", "ahead", "embedding", "token_dropout"))
"""Parameters that say nothing where it holds vectors."""
OF_SEVERAL_STEPS = frozenset(("pooling",))
"""Parameters that say nothing of clips of one step."""
MANY_STEPS = 100
"""A sample of more is long: its thirds are worth looking at, and a net's last state remembers little of it."""
OF_MANY_STEPS: Mapping[str, Any] = {"pooling": "pyramid"}
"""Values that a grid tries where samples are long; of a few frames it is a recurrent net's task to tell the order."""


def _check_value(name: str, field: FieldInfo, value: Any) -> None:
    try:
        checked: Any = Annotated[field.annotation, field]
        TypeAdapter(checked).validate_python(value)
    except ValidationError as error:
        raise ValueError(f"{name}: got {value!r}; it {what_is_allowed(error.errors()[0])}") from error


class SearchedConfig(Stage):
    """What every model on D' has: the grid that it is searched on, and whether it is fitted again."""

    refit: bool = Field(
        description="Once chosen on val, fit again on train and val together (scaling, PCA and calibration stay). "
        "`transfer` never does: a fine-tuned CNN has not seen val either."
    )
    grid: dict[str, list[Any]] = Field(
        description="Values to try for any of these parameters, instead of its own, each by its name here "
        "(`training.learning_rate`); every combination is fitted, the best on val stays. A parameter given with "
        "--params is not searched."
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

    def combinations_without(self, idle: Collection[str]) -> list[dict[str, Any]]:
        """The combinations that differ in something else than these parameters, which are left out of them."""
        distinct: list[dict[str, Any]] = []
        for chosen in self.combinations():
            deciding = {name: value for name, value in chosen.items() if name not in idle}
            if deciding not in distinct:
                distinct.append(deciding)
        return distinct

    def with_chosen(self, chosen: dict[str, Any]) -> Self:
        """These parameters with one combination in place, and nothing left to search."""
        if not self.grid:
            return self
        values = self.model_dump() | {"grid": {}}
        for name, value in chosen.items():
            values = with_value(values, name, value)
        return type(self).model_validate(values)

    @field_validator("grid", mode="before")
    @classmethod
    def _names_dotted(cls, grid: Any) -> Any:
        """The command line gives ``grid.training.epochs=[2]`` as blocks within blocks."""
        return flat(grid) if isinstance(grid, dict) else grid

    @field_validator("grid")
    @classmethod
    def _names_known(cls, grid: dict[str, list[Any]]) -> dict[str, list[Any]]:
        known = {name: field for name, field in leaves(cls).items() if name not in ("grid", "refit")}
        for name, values in grid.items():
            if name not in known:
                raise ValueError(f"unknown parameter {name!r} in the grid; known: {', '.join(sorted(known))}")
            if not values:
                raise ValueError(f"the grid of {name!r} is empty: give at least one value or leave it out")
            for value in values:
                _check_value(name, known[name], value)
        return grid


class ClassifierConfig(SearchedConfig):
    """What every classifier C' on D' has: how its inputs are prepared."""

    standardize: bool = Field(
        description="Unit variance for each feature; false: one scale for all, so that strong ones stay strong. "
        "Centred either way, by train alone."
    )
    pca: Annotated[int, Field(ge=1)] | Annotated[float, Field(gt=0.0, lt=1.0)] | None = Field(
        description="Components a PCA keeps at most (or the share of the variance it keeps), fitted on train alone; "
        "null: no PCA."
    )
