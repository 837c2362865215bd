"""Progress of long work: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from typing import Any

from tqdm.auto import tqdm

SECONDS_BETWEEN_LINES = 10.0


def progress(total: int | None, what: str, unit: str, **options: Any) -> tqdm:
    """A bar with rate and time left: ``what`` is being done to ``total`` times ``unit``.

    Use it as a context manager and call ``update(n)``. Where standard error is no terminal it prints a
    line every ten seconds at most, so that a log stays readable.
    """
    live = sys.stderr.isatty()
    return tqdm(
        total=total,
        desc=f"  {what}",
        unit=unit,
        mininterval=0.2 if live else SECONDS_BETWEEN_LINES,
        dynamic_ncols=live,
        ascii=not live,
        leave=False,
        delay=1.0,
        file=None if live else _Lines(),
        **options,
    )


class _Lines:
    """Standard error for a bar where there is no terminal: a line for each of its states, not one over the other."""

    def write(self, text: str) -> None:
        if state := text.strip("\r\n "):
            print(state, file=sys.stderr)

    def flush(self) -> None:
        sys.stderr.flush()
