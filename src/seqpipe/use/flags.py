"""What is to be looked at twice: answers of low confidence, and of samples that are far from training."""

from __future__ import annotations

import numpy as np
import pandas as pd

LOW, FAR = "low confidence", "far from training"


def flags(probability: pd.Series, far: np.ndarray | None, sure_from: float | None) -> pd.Series:
    """What is to be said of each answer, `LOW` and `FAR` with a comma between them; empty where there is nothing.

    Args:
        probability: (N,) those of the answers.
        far: (N,) bool; None: nothing tells.
        sure_from: Below it they are low; None: nothing tells.
    """
    low = np.zeros(len(probability), bool) if sure_from is None else probability.to_numpy(np.float64) < sure_from
    distant = np.zeros(len(probability), bool) if far is None else far
    said = zip(np.where(low, LOW, ""), np.where(distant, FAR, ""), strict=True)
    return pd.Series([", ".join(filter(None, pair)) for pair in said], index=probability.index, dtype=object)


def counted_flags(flag: pd.Series) -> str:
    """How many answers are flagged and by what, as a sentence; empty where none is."""
    counts = {word: int(flag.str.contains(word, regex=False).sum()) for word in (LOW, FAR)}
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return f"{int((flag != '').sum())} of {len(flag)} answers are flagged: {told}." if told else ""
