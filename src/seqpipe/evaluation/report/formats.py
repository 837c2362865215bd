"""How a report writes numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

Format = Literal["text", "number", "share", "points", "seconds", "count", "interval", "sentence"]


def share(value: float | None) -> str:
    """Three decimals; a dash where there is nothing to say."""
    return "–" if value is None or math.isnan(value) else f"{value:.3f}"


def points(difference: float) -> str:
    """A difference of shares in points, with its sign; a dash where there is nothing to say."""
    return "–" if math.isnan(difference) else f"{100 * difference:+.1f}"


def seconds(value: float) -> str:
    """In seconds or minutes, with no more digits than tell something; a dash where there is nothing to say."""
    if math.isnan(value):
        return "–"
    if value < 10:
        return f"{value:.1f} s"
    return f"{value:.0f} s" if value < 120 else f"{value / 60:.1f} min"


def count(n: float) -> str:
    """A whole number, its thousands apart; a dash where there is nothing to say."""
    return "–" if math.isnan(n) else f"{int(n):,}".replace(",", "\u202f")


def interval(bounds: tuple[float, float]) -> str:
    """From the lower to the upper bound, two shares."""
    return f"{share(bounds[0])} – {share(bounds[1])}"


FORMATS: dict[Format, Callable[[Any], str]] = {
    "text": str,
    "number": str,
    "share": share,
    "points": points,
    "seconds": seconds,
    "count": count,
    "interval": interval,
    "sentence": str,
}
"""By the names that a table's columns give; text, sentences and intervals are written from the left."""
