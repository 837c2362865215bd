"""One recipe for fingerprints: what is kept between runs is known by what decided it, or by what it holds.

A fingerprint is SHA-256 over canonical JSON (sorted keys, no spaces) and the bytes of arrays, cut to 128 bits: 32
hexadecimal digits, everywhere. The SHA-256 of a sample's own bytes (column ``sha256``) stays whole: it is that of the
system's tools.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

LENGTH = 32


def fingerprint(facts: Any) -> str:
    """Of facts that JSON can hold; equal for equal facts, whatever the order of their keys.

    Raises:
        TypeError: A fact is no JSON, so that it might be told differently by the next run.
    """
    return Digest(facts).hexdigest()


def table_digest(table: pd.DataFrame, columns: Sequence[str]) -> str:
    """Of these columns of a table, read as texts, in the order of its rows."""
    return fingerprint([list(columns), *(table[column].astype(str).tolist() for column in columns)])


class Digest:
    """A fingerprint that grows: of facts, and of arrays that may come in pieces."""

    def __init__(self, facts: Any) -> None:
        self._hash = hashlib.sha256()
        self.add(facts)

    def add(self, facts: Any) -> None:
        """Facts that JSON can hold."""
        text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        self._hash.update(f"{len(text)} {text}".encode())

    def add_array(self, name: str, dtype: Any, shape: Sequence[int], pieces: Iterable[np.ndarray]) -> None:
        """An array of this type and shape, whose bytes are those of the pieces one after the other."""
        self.add([name, str(dtype), [int(size) for size in shape]])
        for piece in pieces:
            self._hash.update(np.ascontiguousarray(piece).reshape(-1).view(np.uint8).data)

    def hexdigest(self) -> str:
        """The fingerprint of all that was added."""
        return self._hash.hexdigest()[:LENGTH]
