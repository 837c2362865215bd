"""Further columns of a manifest, kept with the samples: what scores may be broken down by."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.files import printable
from seqpipe.media.corpora.listing import Row

KEPT = "column:"
"""Before the name of such a column in a listing and in the samples' table."""


def kept_columns(table: pd.DataFrame) -> list[str]:
    """The names in the table of the columns that were kept."""
    return [name for name in map(str, table.columns) if name.startswith(KEPT)]


def kept_values(samples: pd.DataFrame) -> dict[str, pd.Series]:
    """By their names in the manifest, the columns that were kept, each by the sample's id."""
    by_id = samples.set_index("id")
    return {name.removeprefix(KEPT): by_id[name] for name in kept_columns(samples)}


def kept_cells(row: Row, names: Sequence[str]) -> dict[str, Any]:
    """What a list says of a sample in these columns; None of a sample that is in no list."""
    return {KEPT + name: printable(row.others[name]) if name in row.others else None for name in names}


def check_columns(rows: Sequence[Row], names: Sequence[str], path: Path) -> None:
    """Raises UserError where ``corpus.columns`` names what no list of the corpus has."""
    there = list(dict.fromkeys(name for row in rows for name in row.others))
    missing = [name for name in names if name not in there]
    if missing:
        has = f"it has {', '.join(there)}" if there else "nothing but a manifest has columns"
        raise UserError(f"corpus.columns names {', '.join(missing)}, and {path} has no such column: {has}.")
