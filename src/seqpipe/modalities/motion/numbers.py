"""The numbers in a column, which of a text are texts."""

from __future__ import annotations

import numpy as np
import pandas as pd


def as_numbers(column: pd.Series) -> np.ndarray:
    """(T,) float64, NaN where there is none; a comma may be the decimal sign."""
    if column.dtype.kind in "biuf":
        return column.to_numpy(np.float64, na_value=np.nan)
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.isna().any():
        numbers = numbers.fillna(pd.to_numeric(column.astype(str).str.replace(",", ".", n=1), errors="coerce"))
    return numbers.to_numpy(np.float64)
