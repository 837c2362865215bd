"""What all extraction shares: what a sample is known by, where its features lie, and what these may be."""

from __future__ import annotations

import logging
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.extraction.store import Stored

log = logging.getLogger(__name__)


def sample_keys(samples: pd.DataFrame) -> list[str]:
    """What the store knows each sample by: its kind and the digest of its bytes."""
    return [f"{kind}-{sha256}" for kind, sha256 in zip(samples["kind"], samples["sha256"], strict=True)]


def feature_index(samples: pd.DataFrame, keys: list[str], known: dict[str, Stored], fingerprint: str) -> pd.DataFrame:
    """Where the features of each sample lie: a row a sample in their order.

    Columns id, sha256, shard (relative to the store's root), frames, fingerprint (of what decides the features).
    """
    return pd.DataFrame(
        {
            "id": samples["id"].to_numpy(),
            "sha256": samples["sha256"].to_numpy(),
            "shard": [known[key].shard for key in keys],
            "frames": [known[key].frames for key in keys],
            "fingerprint": fingerprint,
        }
    )


def log_missing(keys: list[str], missing: int) -> None:
    """Says how many samples there are, and how many contents are still to be extracted."""
    contents = len(set(keys))
    log.info(
        "Features of %d samples%s: %d in the store, %d to extract.",
        len(keys),
        "" if contents == len(keys) else f" ({contents} different ones)",
        contents - missing,
        missing,
    )


class RangeAdvice(NamedTuple):
    """What to do, in words, about features that are no numbers, or larger than what they are stored in."""

    not_numbers: str
    too_large: str


def check_range(id_: str, x: np.ndarray, dtype: str, advice: RangeAdvice) -> None:
    """Raises a UserError where features (n, D) of a sample are no numbers, or beyond what ``dtype`` holds."""
    largest = np.abs(x).max()
    if np.isnan(largest):
        raise UserError(f"The features of {id_} are not numbers (NaN): {advice.not_numbers}.")
    if not largest <= np.finfo(dtype).max:
        raise UserError(f"The features of {id_} reach {largest:g}, which {dtype} cannot hold: {advice.too_large}.")
