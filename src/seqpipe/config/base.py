"""What every stage's parameters are made of."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic.fields import FieldInfo

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Part = Annotated[float, Field(gt=0.0, lt=1.0)]
Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0.0)]


def is_text(annotation: Any) -> bool:
    """Whether a type asks for a text or a path, or a list of them, and for nothing that YAML has a type for."""
    kinds = _plain_types(annotation) - {NoneType}
    return bool(kinds) and kinds <= {str, Path}


def _plain_types(annotation: Any) -> set[Any]:
    """The types that are left of unions, lists and annotations."""
    inner = get_args(annotation)
    if get_origin(annotation) is Literal or not inner:
        return {annotation}
    parts = inner[:1] if get_origin(annotation) is Annotated else inner
    return set().union(*map(_plain_types, parts))


def as_text(value: Any) -> Any:
    """A whole number as its digits; raises ValueError for what YAML makes of several texts: no, off; 3.10, 3.1."""
    if isinstance(value, bool | float | date):
        raise ValueError(f"got {value!r}, which YAML has made of a text without quotes: put it in quotes")
    return str(value) if isinstance(value, int) else value


class Stage(BaseModel):
    """A stage's parameters: frozen, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    @field_validator("*", mode="before")
    @classmethod
    def _texts_are_texts(cls, value: Any, info: ValidationInfo) -> Any:
        """A text that YAML has read as a number is taken for the text; where it cannot be told any more, refused."""
        field = cls.model_fields[str(info.field_name)]
        if not is_text(field.annotation):
            return value
        return [as_text(item) for item in value] if isinstance(value, list) else as_text(value)


def what_is_allowed(detail: Any) -> str:
    """Pydantic's message without its subject: ``should be ...``, or what one of our own checks said."""
    message = str(detail["msg"]).removesuffix(", unable to parse string as a number")
    for subject in ("Value error, ", "Input ", "String "):
        message = message.removeprefix(subject)
    return message


def block_of(field: FieldInfo | None) -> type[Stage] | None:
    """The model of the block of parameters that a field is; None where it is a single parameter."""
    annotation = field.annotation if field else None
    return annotation if isinstance(annotation, type) and issubclass(annotation, Stage) else None


def leaves(model: type[Stage], under: str = "") -> dict[str, FieldInfo]:
    """Every single parameter of a model by its dotted name, those of the blocks within it too."""
    fields: dict[str, FieldInfo] = {}
    for name, field in model.model_fields.items():
        block = block_of(field)
        fields |= leaves(block, f"{under}{name}.") if block else {f"{under}{name}": field}
    return fields


def flat(parameters: dict[str, Any], under: str = "") -> dict[str, Any]:
    """Nested parameters as one dictionary of dotted names to leaves."""
    single: dict[str, Any] = {}
    for key, value in parameters.items():
        if isinstance(value, dict) and value:
            single |= flat(value, f"{under}{key}.")
        else:
            single[f"{under}{key}"] = value
    return single


def with_value(parameters: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    """Nested parameters with another value at a dotted name; raises KeyError where there is no such block."""
    key, _, rest = name.partition(".")
    return {**parameters, key: with_value(parameters[key], rest, value) if rest else value}
