"""What is kept from one call to the next: to cut a network takes longer than to read a clip with it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Made = TypeVar("Made")
_KEPT: ContextVar[dict[Any, Any] | None] = ContextVar("kept", default=None)


@contextmanager
def extractors_kept() -> Iterator[None]:
    """While the block runs, an extractor is made once for each backbone: for who asks about files one by one.

    Elsewhere it goes with the call, for what is trained next needs the memory.
    """
    token = _KEPT.set({})
    try:
        yield
    finally:
        _KEPT.reset(token)


def made_once(make: Callable[..., Made], *of: Hashable) -> Made:
    """``make(*of)``; within ``extractors_kept`` what it gave the first time."""
    kept = _KEPT.get()
    if kept is None:
        return make(*of)
    if (make, *of) not in kept:
        kept[make, *of] = make(*of)
    made: Made = kept[make, *of]
    return made
