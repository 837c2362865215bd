"""What an entry of a registry names: that it can be imported, and is a class as its protocol asks for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from seqpipe.core.errors import UserError


def imported(where: str) -> Any:
    """What lies at ``module:Name``.

    Raises:
        UserError: There is no such module, or nothing of that name in it.
    """
    module, _, name = where.partition(":")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise UserError(
            f"{where} cannot be imported ({type(error).__name__}: {error}): expected module:Name of what an installed "
            "package has; mend the entry that names it."
        ) from error


def check_class(what: str, name: str, of: type, protocol: type, called: str) -> None:
    """A class of another package has what its protocol asks of a class, and goes by the name of its entry.

    Args:
        what, name: Of the entry: ``task``, ``first_word``.
        of: The class.
        protocol: Its methods, properties and class variables are asked for.
        called: The class variable that holds the name.

    Raises:
        UserError: It lacks some of it, or has another name.
    """
    where = f"The {what} {name} ({of.__module__}:{of.__qualname__})"
    if missing := sorted({*_asked_for(protocol), called} - {*dir(of), *getattr(of, "__dataclass_fields__", ())}):
        raise UserError(
            f"{where} lacks {', '.join(missing)}, which {protocol.__module__}.{protocol.__name__} asks for: "
            "add this to the class."
        )
    if getattr(of, called) != name:
        raise UserError(
            f"{where}: expected {called} to be {name!r}, the name of its entry, got {getattr(of, called)!r}; give both "
            "the same name."
        )


def _asked_for(protocol: type) -> set[str]:
    variables = {name for name, of in protocol.__annotations__.items() if str(of).startswith("ClassVar")}
    return variables | {name for name in vars(protocol) if not name.startswith("_")}
