"""The table of what cannot be used, and what is said of it."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Sequence
from pathlib import Path

import pandas as pd

from seqpipe.config import CorpusConfig
from seqpipe.core.errors import UserError
from seqpipe.media.corpora.files import printable
from seqpipe.media.frames import InvalidSample
from seqpipe.media.measured import Unforeseen
from seqpipe.media.medium import Medium, Probe

logger = logging.getLogger(__name__)

QUARANTINE_COLUMNS = ["path", "reason", "detail"]


def quarantine_table(listing: pd.DataFrame, rejected: dict[Hashable, InvalidSample]) -> pd.DataFrame:
    """The table, with the index of the listing."""
    rows = {
        index: (printable(str(listing.at[index, "path"])), rejected[index].reason, printable(rejected[index].detail))
        for index in listing.index
        if index in rejected
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=QUARANTINE_COLUMNS, dtype=object)


def warn_of_lost_classes(lost: pd.DataFrame, samples: pd.DataFrame) -> None:
    """Warns of classes that lose most of their samples, or all, to the quarantine."""
    left = samples["label"].value_counts()
    counts = lost["label"].value_counts()
    most = [label for label in sorted(counts.index) if counts[label] > left.get(label, 0)]
    if most:
        named = ", ".join(
            f"{label!r} ({left.get(label, 0)} of {left.get(label, 0) + counts[label]} left)" for label in most[:5]
        )
        more = f" and {len(most) - 5} more" if len(most) > 5 else ""
        logger.warning("Most samples of a class are quarantined: %s%s.", named, more)


def too_many(lost: pd.DataFrame, total: int, config: CorpusConfig, file: Path) -> UserError:
    """What to say where the run stops; ``file`` lists what is quarantined."""
    first = lost.iloc[0]
    return UserError(
        f"{len(lost)} of {total} samples cannot be used ({counted(lost)}), more than the "
        f"share {config.max_quarantine_share:g} that corpus.max_quarantine_share allows; {file} lists them all, "
        f"the first is {first['path']}: {first['detail']}"
    )


def counted(quarantine: pd.DataFrame) -> str:
    """How often each reason occurs, in words."""
    return ", ".join(f"{reason} {count}" for reason, count in quarantine["reason"].value_counts().items())


def check_measuring(results: Sequence[Probe | InvalidSample], medium: Medium) -> None:
    """Raises a UserError where every file fails in one way that nobody foresaw: that is hardly the files' fault."""
    failed = [result for result in results if isinstance(result, Unforeseen)]
    if failed and len(failed) == len(results) and len({result.error for result in failed}) == 1:
        raise UserError(
            f"Each of the {len(failed)} samples fails in the same way ({failed[0].error}), the first with: "
            f"{failed[0].detail} Either none of them is what corpus.modality says, or `measure` of "
            f"{type(medium).__name__} is broken: mend it."
        )
