"""Train, val and test by group: what belongs together stays on one side."""

from __future__ import annotations

import logging
import re

import numpy as np
import pandas as pd

from seqpipe.config import CorpusConfig
from seqpipe.core.errors import UserError
from seqpipe.media.corpora.group_names import log_named_groups, log_too_few, named_groups
from seqpipe.media.corpora.listed_files import spelling, stem_of
from seqpipe.media.group_choice import choose_groups

logger = logging.getLogger(__name__)

SPLITS = ("train", "val", "test")
REMEDIES = {
    "val": "raise corpus.val_share or lower corpus.test_share",
    "test": "raise corpus.test_share",
}
"""What leaves something for a split that would be empty."""


def assign_splits(samples: pd.DataFrame, config: CorpusConfig, seed: int, strata: pd.Series | None) -> pd.DataFrame:
    """A copy of ``samples`` with its columns ``group`` and ``split`` filled; the same seed gives the same.

    Needs the columns id, label, split and group; sha256 where it is known, for equal contents are one
    group, and so are ids that differ by their ending alone: a clip and its frames. A group is the column's value, else
    what ``group_pattern`` finds in the id, else the id; where there is neither column nor pattern, what
    ``named_groups`` recognises. Official splits are kept; the missing ones are taken out of train, stratified as far as
    groups allow by ``strata``, with the index of ``samples``: the class that each is of to the task.
    Without strata they are divided by group alone, and where no group can be spared for val, val stays empty, which is
    logged.
    Raises UserError where there are no samples, a group lies on two official sides, a class has no training sample,
    or val or test would be empty.
    """
    if samples.empty:
        raise UserError("No usable sample is left to be split: the quarantine names what is wrong with each.")
    table = samples.copy()
    table["group"] = _groups(table, config.group_pattern)
    table["split"] = _official(table)
    if strata is not None:
        check_classes(
            strata, table["split"]
        )  # before groups are taken out of train: that leaves something of each class
    random = np.random.default_rng(seed)
    if not (table["split"] == "test").any():
        _carve(table, "test", config.test_share, random, strata)
    if not (table["split"] == "val").any() and (strata is not None or _can_spare(table)):
        _carve(table, "val", config.val_share, random, strata)
    if strata is not None:
        _tell_missing(strata, table["split"])
    return table


def _can_spare(table: pd.DataFrame) -> bool:
    """Whether train has a group to spare; logs where it has not."""
    groups = table["group"][table["split"] == "train"].nunique()
    if groups < 2:
        logger.warning(
            "Train has one group alone: val is taken from the ends of its videos, and says less than it should."
        )
    return groups > 1


def check_classes(strata: pd.Series, splits: pd.Series) -> None:
    """Raises UserError where one class is left, or a class has no training sample."""
    classes = sorted(strata.unique())
    if len(classes) < 2:
        raise UserError(
            f"At least two classes are needed to tell apart; usable samples are left of {classes[0]!r} only."
        )
    untrained = sorted(set(classes) - set(strata[splits == "train"]))
    if untrained:
        raise UserError(
            f"No training sample of {', '.join(map(repr, untrained))}: each class needs at least one in "
            "train; move samples in the split column, or leave the class out."
        )


def _tell_missing(strata: pd.Series, splits: pd.Series) -> None:
    """Warns of classes that val or test have nothing of: a class of one sample, or of one group, is among them."""
    for split, lost in (("test", "what the report says"), ("val", "the choice of a model's parameters")):
        present = set(strata[splits == split])
        counts = strata.value_counts().sort_index()
        missing = [f"{label!r} ({n} in all)" for label, n in counts.items() if label not in present]
        if missing:
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            logger.warning(
                "No %s sample of %s%s: %s leaves that out. Only a class of three groups or more can be in train, "
                "val and test; a sample is a group of its own unless told otherwise.",
                split,
                ", ".join(missing[:5]),
                more,
                lost,
            )


def _groups(table: pd.DataFrame, pattern: str | None) -> pd.Series:
    named = table["group"].where(table["group"].notna(), None)
    found = pd.Series(None, index=table.index, dtype=object)
    if pattern:
        found = table["id"].map(lambda text: _matched(pattern, text))
        _check_pattern(pattern, table["id"][named.isna() & found.isna()], len(table))
    elif named.isna().all():
        found = _recognised(table)
    groups = named.where(named.notna(), found.where(found.notna(), table["id"])).astype(str)
    forms = table["id"].map(lambda text: spelling(stem_of(text)))
    _log_forms(forms, table["id"])
    groups = _joined(groups, forms)
    return _joined(groups, table["sha256"]) if "sha256" in table else groups


def _recognised(table: pd.DataFrame) -> pd.Series:
    """The groups that the samples' names tell, within each side of an official split."""
    everywhere = named_groups(table)
    log_named_groups(everywhere, table)
    sides = table["split"].where(table["split"].notna(), "")
    if sides.nunique() == 1:
        log_too_few(everywhere, table)
        return everywhere
    torn = everywhere.notna() & (sides.groupby(everywhere).transform("nunique") > 1)
    if torn.any():
        logger.warning(
            "%d of %d recognised groups, such as %r, lie on more than one side of the official split, which is kept: "
            "scores may be too good.",
            *(everywhere[torn].nunique(), everywhere.nunique(), everywhere[torn].iloc[0]),
        )
    within = pd.concat([named_groups(part) for _, part in table.groupby(sides)]).reindex(table.index)
    return within.where(~torn | within.isna(), within.astype(str) + " in " + sides.astype(str))


def _log_forms(forms: pd.Series, ids: pd.Series) -> None:
    """Says which samples are there twice, as a clip and as its frames, say."""
    several = ids[forms.duplicated(keep=False)]
    if len(several):
        alike = ids[forms == forms[several.index[0]]]
        logger.warning(
            "%d samples differ by their ending alone, such as %s: each such set is taken for forms of one sample, and "
            "is one group.",
            *(len(several), " and ".join(alike)),
        )


def _check_pattern(pattern: str, alone: pd.Series, total: int) -> None:
    """``alone`` are the ids without a group; raises UserError where these are all of them."""
    if not len(alone):
        return
    first = alone.iloc[0]
    if len(alone) == total:
        raise UserError(
            f"corpus.group_pattern {pattern!r} matches no sample, such as {first!r}; mend the pattern or set it "
            "to null."
        )
    logger.warning(
        "%d of %d samples matched no group of corpus.group_pattern %r, such as %s; each is a group of its own.",
        len(alone),
        total,
        pattern,
        first,
    )


def _matched(pattern: str, text: str) -> str | None:
    match = re.search(pattern, text)
    return (match[1] if match.re.groups else match[0]) if match else None


def _joined(groups: pd.Series, keys: pd.Series) -> pd.Series:
    """Groups that share a key, such as a sample's very bytes, become one, named by the first of their names."""
    leader = {name: name for name in groups.unique()}

    def lead(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    for _, alike in groups.groupby(keys):
        names = sorted({lead(name) for name in alike})
        leader.update(dict.fromkeys(names, names[0]))
    return groups.map(lead)


def _official(table: pd.DataFrame) -> pd.Series:
    """The official split, or train everywhere where there is none."""
    split = table["split"].where(table["split"].notna(), None)
    if split.isna().all():
        return pd.Series("train", index=table.index, dtype=object)
    if split.isna().any():
        first = table["id"][split.isna()].iloc[0]
        raise UserError(f"The split is given for some samples and missing for others, such as {first}; fill it in.")
    sides = split.groupby(table["group"]).unique()
    torn = sides[sides.map(len) > 1]
    if len(torn):
        raise UserError(
            f"Group {torn.index[0]!r} lies on two sides of the official split "
            f"({' and '.join(sorted(torn.iloc[0]))}), which leaks; move its samples to one side, or leave "
            "the split column out."
        )
    return split


def _carve(
    table: pd.DataFrame, split: str, share: float, random: np.random.Generator, strata: pd.Series | None
) -> None:
    """Moves about ``share`` of the training samples to ``split``, by whole groups."""
    pool = table.index[table["split"] == "train"]
    classes = pd.Series("", index=table.index) if strata is None else strata
    counts = pd.crosstab(table.loc[pool, "group"], classes.loc[pool])
    chosen = counts.index[choose_groups(counts.to_numpy(), share, random)]
    if not len(chosen):
        raise UserError(
            f"The {split} split would be empty: of {len(counts)} group(s) of {counts.shape[1]} classes, none can be "
            f"spared for a share of {share:g}; {REMEDIES[split]}, add samples, or give official splits. (Groups that "
            "were recognised in names: corpus.group_pattern '(.*)' makes each sample one of its own.)"
        )
    table.loc[pool[table.loc[pool, "group"].isin(chosen)], "split"] = split
