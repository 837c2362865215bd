"""How nodes are given what they take: by name, never by its place in a list."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

PARAMETERS = "params:"


def by_name(*datasets: str, **aliases: str) -> dict[str, str]:
    """The inputs of a node, each argument with the dataset or parameters of its own name.

    Two inputs of one type cannot be swapped: ``by_name("feature_store", "params:clip")`` gives the arguments
    ``feature_store`` and ``clip``. ``aliases`` are the arguments that are called something else, each with what it is
    given; those that are allowed are stated in the wiring's test.
    """
    return {name.removeprefix(PARAMETERS): name for name in datasets} | aliases


def parameters(groups: Iterable[str]) -> list[str]:
    """The datasets of these groups of parameters."""
    return [f"{PARAMETERS}{group}" for group in groups]


def with_parameters(function: Callable[..., Any], models: Mapping[str, type], **fixed: Any) -> Callable[..., Any]:
    """``function``, whose last argument is ``**kwargs``, with these named in it instead, each with its type.

    Kedro checks a stage's parameters by the annotation of the argument that takes them, and finds this by its place
    among those that are given: so what may be left out comes last. ``fixed`` are arguments that the wiring decides:
    they are no inputs, and the node has them as ``fixed``.
    """
    given = inspect.signature(function)
    kept = [argument for name, argument in given.parameters.items() if name not in fixed]
    named = [argument for argument in kept if argument.kind is not argument.VAR_KEYWORD]
    needed = [argument for argument in named if argument.default is argument.empty]
    added = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=of) for name, of in models.items()]
    optional = [argument.replace(kind=argument.KEYWORD_ONLY) for argument in named if argument not in needed]

    def node(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs, **fixed)

    node.__name__, node.__doc__, node.__module__ = function.__name__, function.__doc__, function.__module__
    node.fixed = fixed  # type: ignore[attr-defined]
    node.__annotations__ = {**inspect.get_annotations(function, eval_str=True), **models}
    node.__signature__ = given.replace(parameters=[*needed, *added, *optional])  # type: ignore[attr-defined]
    return node
