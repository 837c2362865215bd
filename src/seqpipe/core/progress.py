"""Progress of long work: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm.auto import tqdm

SECONDS_BETWEEN_LINES = 10.0
CURSOR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
"""What moves the cursor of a terminal, to the line of a bar below another."""


def progress(total: int | None, what: str, unit: str, **options: Any) -> tqdm:
    """A bar with rate and time left: ``what`` is being done to ``total`` times ``unit``.

    Use it as a context manager and call ``update(n)``. Where standard error is no terminal it prints a
    line every ten seconds at most, so that a log stays readable, and a last one at the end of what it spoke of.
    """
    live = sys.stderr.isatty()
    return tqdm(
        total=total,
        desc=f"  {what}",
        unit=unit,
        mininterval=0.2 if live else SECONDS_BETWEEN_LINES,
        dynamic_ncols=live,
        ascii=not live,
        leave=not live,
        delay=1.0,
        file=None if live else _Lines(),
        **options,
    )


@contextmanager
def only_warnings() -> Iterator[None]:
    """Inside the block, seqpipe tells no more than warnings: for small work that is done many times over."""
    logger = logging.getLogger("seqpipe")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


class _Lines:
    """Standard error for a bar where there is no terminal: a line for each of its states, not one over the other."""

    def __init__(self) -> None:
        self._said = ""

    def write(self, text: str) -> None:
        state = CURSOR.sub("", text).strip("\r\n ")
        reached = state.rpartition("[")[0] or state  # without the seconds
        # The end is told twice where a line was due then.
        if state and reached != self._said:
            print(state, file=sys.stderr)
            self._said = reached

    def flush(self) -> None:
        sys.stderr.flush()
