"""Groups that stand in the names of files: the source video, person or scene that several clips were cut from."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

import pandas as pd

from seqpipe.media.corpora.listed_files import stem_of
from seqpipe.media.parts.paths import own_name
from seqpipe.media.text import normal_text

logger = logging.getLogger(__name__)

UCF101_NAME = re.compile(r"v_(?P<group>(?P<label>.+)_g\d+)_c\d+")
"""Soomro et al., UCF101 (2012): group of clips from one source video, clip."""
HMDB51_NAME = re.compile(r"(?P<group>.+)_[fuhl]_[cn]m_np\d+_(?:fr|ba|le|ri)_(?:bad|med|goo)_\d+")
"""Kuehne et al., HMDB (2011): film and action, body parts, camera motion, persons, viewpoint, quality, clip."""
KINETICS_NAME = re.compile(r"(?P<group>[\w-]{11})_\d{6}_\d{6}")
"""Kay et al., Kinetics (2017): YouTube's name of the video, first and last second."""
NAMING_SCHEMES = (UCF101_NAME, HMDB51_NAME, KINETICS_NAME)

COUNTED_NAME = re.compile(r"(?P<stem>.*?)[\s_.(-]*(?<!\d)\d{1,6}\)?")
DATED_NAME = re.compile(
    r"(?:.*\D)?(?:19|20)\d\d[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12]\d|3[01])"
    r"(?:[-_.T\s]*[0-2]\d[-_.h:]?[0-5]\d(?:[-_.m:]?[0-5]\d)?)?"
)
"""A name that ends in a date or a time of day: that is no counter."""
WORD_OR_NUMBER = re.compile(r"[^\W\d_]+|\d+")
NUMBERING_WORDS = frozenset(
    [
        *("train", "training", "val", "valid", "validation", "test", "testing", "data", "dataset", "sample", "item"),
        *("img", "image", "images", "photo", "pic", "picture", "pict", "frame", "frames", "dsc", "dscn", "dscf", "pxl"),
        *("clip", "clips", "video", "videos", "vid", "mov", "movie", "mvi", "gopr", "dji", "file", "seq", "sequence"),
        *("scan", "screenshot", "download", "new", "copy", "no", "nr", "number", "id", "class"),
    ]
)
"""A stem of nothing but these and the name of its class numbers the files of a corpus; it names no source."""
FEWEST_GROUPS = 3
"""A class needs as many to be in train, val and test."""
LARGEST_SHARE = 0.75
"""A stem before more than this share of a class's files numbers the class: it leaves too little for val and test."""


def named_groups(samples: pd.DataFrame) -> pd.Series:
    """The group that the name of each sample tells, None where it tells none: for ``samples`` with id and label.

    By the naming of UCF101, HMDB51 and Kinetics; else the stem that files share before a counter
    (``lecture3_clip_01``), whatever folders they lie in, unless all that is counted is a class: where it has fewer
    than ``FEWEST_GROUPS`` such stems, or one holds more than ``LARGEST_SHARE`` of it. A group has two samples or more.
    """
    by_scheme = _of_each(_by_scheme, samples)
    sources = _sources(_shared_stems(samples), samples)
    return _shared(by_scheme.where(by_scheme.notna(), sources))


def _of_each(rule: Callable[[str, str], str | None], samples: pd.DataFrame) -> pd.Series:
    """What the rule finds in each sample's name and label."""
    names = (normal_text(stem_of(own_name(sample))) for sample in samples["id"])
    found = [rule(name, label) for name, label in zip(names, samples["label"], strict=True)]
    return pd.Series(found, index=samples.index, dtype=object)


def _by_scheme(name: str, label: str) -> str | None:
    match = next((match for scheme in NAMING_SCHEMES if (match := scheme.fullmatch(name))), None)
    if match is None:
        return None
    return _without_action(match["group"], label) if match.re is HMDB51_NAME else match["group"]


def _before_counter(name: str, label: str) -> str | None:
    """What stands before the counter, unless it says no more than the label and that files are numbered."""
    match = COUNTED_NAME.fullmatch(name)
    if match is None or DATED_NAME.fullmatch(name):
        return None
    said = set(WORD_OR_NUMBER.findall(match["stem"].casefold()))
    if said <= NUMBERING_WORDS | set(WORD_OR_NUMBER.findall(label.casefold())):
        return None
    return _without_action(match["stem"], label)


def _without_action(stem: str, label: str) -> str:
    """``film_action`` is ``film``: several actions may be of one film, and belong together."""
    words = r"[\W_]*".join(re.escape(word) for word in WORD_OR_NUMBER.findall(label))
    return re.sub(rf"[\W_]+{words}$", "", stem, flags=re.IGNORECASE) if words else stem


def _shared(groups: pd.Series) -> pd.Series:
    """The groups of two samples or more, None elsewhere."""
    return groups.where(groups.map(groups.value_counts()) > 1, None)


def _shared_stems(samples: pd.DataFrame) -> pd.Series:
    return _shared(_of_each(_before_counter, samples))


def _sources(stems: pd.Series, samples: pd.DataFrame) -> pd.Series:
    """The stems that name sources, None elsewhere; one that does so in some class does so in all."""
    if stems.isna().all():
        return stems
    sizes = samples["label"].value_counts()
    counts = pd.DataFrame({"stem": stems, "label": samples["label"]}).dropna().value_counts().reset_index()
    clips_left = sizes.sub(counts.groupby("label")["count"].sum(), fill_value=0)  # each of them is a group of its own
    groups = clips_left.add(counts["label"].value_counts(), fill_value=0)
    few = counts["label"].map(groups) < FEWEST_GROUPS
    numbering = few | (counts["count"] > LARGEST_SHARE * counts["label"].map(sizes))
    return stems.where(stems.isin(counts["stem"][~numbering]), None)


def log_named_groups(groups: pd.Series, samples: pd.DataFrame) -> None:
    """Says which groups were recognised, and how to have others."""
    sizes = groups.value_counts()
    if not len(sizes):
        return
    example = samples["id"][groups == sizes.index[0]]
    logger.info(
        "Recognised %d groups in the names of %d of %d samples, such as %r (%s and %d more): what shares a group stays "
        "on one side of a split. corpus.group_pattern names other groups; '(.*)' makes each sample one of its own.",
        *(len(sizes), sizes.sum(), len(samples), sizes.index[0], example.iloc[0], len(example) - 1),
    )


def log_too_few(groups: pd.Series, samples: pd.DataFrame) -> None:
    """Says which stems would be ``groups`` if a class had more of them; a class with one stem is merely numbered."""
    stems = _shared_stems(samples)
    stems = stems[stems.notna() & groups.isna()]
    by_label = stems.groupby(samples["label"].loc[stems.index]).unique()
    several = by_label[by_label.map(len) > 1]
    if len(several):
        logger.info(
            "The files of %r count behind %s: fewer than %d groups cannot be divided into train, val and test, so that "
            "each file is a group of its own. corpus.group_pattern decides otherwise.",
            *(several.index[0], " and ".join(map(repr, several.iloc[0])), FEWEST_GROUPS),
        )
