"""What a check finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Finding:
    """What a check finds.

    Attributes:
        told: What there is, in a sentence or two.
        facts: The same for machines; whatever JSON can hold.
        lacks: What is needed and not there: a sentence each, with the remedy.
        hints: What would be of use and is not needed, likewise.
    """

    told: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()


def gib(number: float) -> str:
    """Bytes as GiB, as they are told."""
    return f"{number / 2**30:.1f} GiB"


def listed(names: list[str]) -> str:
    """``a, b and c``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else "none"
