"""From a corpus listing to the table of samples that can be used, and the quarantine of those that cannot."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, cast

import pandas as pd

from seqpipe.config import CorpusConfig
from seqpipe.core.cores import available_cores
from seqpipe.core.errors import UserError
from seqpipe.core.files import written_aside
from seqpipe.core.lineage import REFERENCES
from seqpipe.core.progress import progress
from seqpipe.media.corpora.files import ESCAPED
from seqpipe.media.corpora.kept_columns import kept_columns
from seqpipe.media.corpora.listing_checks import check_official_splits
from seqpipe.media.duplicates import duplicate_details
from seqpipe.media.frames import NOTHING_LOST, InvalidSample, Reason
from seqpipe.media.likeness import unlike_others
from seqpipe.media.medium import Medium, Probe, reading_for
from seqpipe.media.parts.reading import exists
from seqpipe.media.probe_cache import ProbeCache
from seqpipe.media.quarantine import check_measuring, counted, quarantine_table, too_many, warn_of_lost_classes
from seqpipe.media.splits import SPLITS, assign_splits
from seqpipe.media.untrained import untrained_details

logger = logging.getLogger(__name__)

BEFORE = ("id", "path", "kind", "label", "group", "split", "length", "rate", "duration_s")
BEHIND = ("remark", "sha256", "bytes")
"""The columns of every modality, before and behind its own."""
Fits = Callable[[str, Probe], None]
"""Raises InvalidSample where the annotations of a sample, by its id, do not fit it."""
Suits = Callable[[Probe], None]
"""Raises InvalidSample where what is to be read of a sample is not in it."""
StrataOf = Callable[[pd.DataFrame], Sequence[str] | None]
"""What of each sample the splits keep the shares of; None: they go by group alone."""
SAVED_EVERY_S = 10.0
"""Seconds after which new results are written, so that a killed run loses few."""


def ingest(
    corpus_listing: pd.DataFrame,
    config: CorpusConfig,
    seed: int,
    probe_cache: Path,
    medium: Medium,
    measuring: str,
    strata_of: StrataOf,
    fits: Fits | None = None,
    suits: Suits | None = None,
    labelled: bool = True,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(samples, quarantine) of a listing as ``read_corpus`` gives it; every file is read from end to end.

    samples: one row a usable sample, sorted by id, with what ``medium`` has measured, and the ``references`` of the
    listing where it has them, a list of sentences each. quarantine: path, reason code,
    and a sentence. Raises UserError where too much is quarantined (``quarantine.csv`` beside the cache then lists it),
    or what is left cannot be learnt from, or ``medium`` fails at every file. ``measuring``: digest of all that decides
    what it measures, beside a file's bytes and the limits of ``config``. ``strata_of``: what the task stratifies
    the splits by.

    Where samples have annotations within them, ``fits`` raises InvalidSample where these do not fit what probing has
    found. ``suits`` does where what is to be read of a sample is not in it. Where samples are not ``labelled``, none
    needs a label of its own, and none keeps one.
    """
    cache = ProbeCache(probe_cache, config, medium, measuring)
    probed = probe_all(corpus_listing, config, cache, fits, suits, labelled)
    check_measuring(list(probed.values()), medium)
    references = [REFERENCES] if REFERENCES in corpus_listing else []
    columns = [*BEFORE, *medium.columns, *BEHIND, *references, *kept_columns(corpus_listing)]
    usable = {index: result for index, result in probed.items() if isinstance(result, Probe)}
    rejected = {index: result for index, result in probed.items() if isinstance(result, InvalidSample)}
    facts = pd.DataFrame.from_dict(
        {index: result.columns() for index, result in usable.items()},
        orient="index",
        columns=[column for column in columns if column not in corpus_listing],
    )
    samples = corpus_listing.join(facts, how="inner")
    rejected |= unlike_others(samples, medium.files.alike if medium.files else ())
    for index, detail in duplicate_details(samples).items():
        rejected[index] = InvalidSample("duplicate", detail)
    samples = samples.drop(index=[index for index in rejected if index in samples.index])
    # Where samples are not labelled, none keeps one.
    strata = _strata(samples if labelled else samples.assign(label=""), strata_of)
    untrained = untrained_details(samples["split"], strata)
    rejected |= {index: InvalidSample("class_not_in_train", detail) for index, detail in untrained.items()}
    samples, strata = samples.drop(index=list(untrained)), None if strata is None else strata.drop(list(untrained))
    quarantine = quarantine_table(corpus_listing, rejected)
    lost = quarantine[~quarantine["reason"].isin(NOTHING_LOST)]
    total = len(samples) + len(lost)
    warn_of_lost_classes(corpus_listing.loc[lost.index], samples)
    if len(lost) > config.max_quarantine_share * total:
        file = probe_cache / "quarantine.csv"
        with written_aside(file) as aside:  # no later step will write it
            quarantine.to_csv(aside, index=False)
        raise too_many(lost, total, config, file)
    check_official_splits(lost.join(corpus_listing["split"]), samples)
    samples = samples if labelled else samples.assign(label="")
    with reading_for(medium.files):  # what of a name is its ending, the splits ask too
        samples = assign_splits(samples, config, seed, strata)
    samples = samples[columns].sort_values("id", ignore_index=True)
    _tell(samples, quarantine, 0 if strata is None else strata.nunique())
    return samples, quarantine.reset_index(drop=True)


def probe_all(
    listing: pd.DataFrame,
    config: CorpusConfig,
    cache: ProbeCache,
    fits: Fits | None = None,
    suits: Suits | None = None,
    labelled: bool = True,
) -> dict[Hashable, Probe | InvalidSample]:
    """The result for each row of the listing, in its order."""
    workers = config.workers or available_cores()
    results: dict[Hashable, Probe | InvalidSample] = {}
    pool = ThreadPoolExecutor(workers, thread_name_prefix="probe")
    try:
        futures = {
            pool.submit(_probe_one, cache, row, fits, suits, labelled): index
            for index, row in listing.to_dict("index").items()
        }
        for future in _watched(futures):
            results[futures[future]] = future.result()
            cache.save(every_s=SAVED_EVERY_S)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        cache.save()
    return {index: results[index] for index in listing.index}


def _watched(futures: dict[Future, Any]) -> Iterator[Future]:
    """The futures as they complete, with progress."""
    with progress(total=len(futures), what="Probing", unit="file") as bar:
        for future in as_completed(futures):
            yield future
            bar.update(1)


def _probe_one(
    cache: ProbeCache, row: dict[Hashable, Any], fits: Fits | None, suits: Suits | None, labelled: bool
) -> Probe | InvalidSample:
    path, label = row["path"], row["label"]
    if isinstance(row["reason"], str):  # the reader of the corpus has judged
        return InvalidSample(cast(Reason, row["reason"]), str(row["detail"]))
    if labelled and (not isinstance(label, str) or not label):
        return InvalidSample("label_unknown", "The corpus gives it no label.")
    if ESCAPED.search(path) and not exists(path):
        return InvalidSample("unreadable", "Its name, or that of a folder it lies in, is not UTF-8; rename it.")
    try:
        probe = cache.probe(path, row["kind"])
        if suits is not None:
            suits(probe)
        if fits is not None:
            fits(row["id"], probe)
        return probe
    except InvalidSample as unusable:
        return unusable


def _strata(samples: pd.DataFrame, strata_of: StrataOf) -> pd.Series | None:
    """The strata with the index of the samples; raises a UserError where there is not one for each."""
    strata = strata_of(samples)
    if strata is None:
        return None
    if len(strata) != len(samples):
        raise UserError(
            f"The task gave {len(strata)} strata for {len(samples)} samples; expected one for each, or None: mend its "
            "`strata`."
        )
    return pd.Series(list(strata), index=samples.index, name="stratum")


def _tell(samples: pd.DataFrame, quarantine: pd.DataFrame, classes: int) -> None:
    sizes = samples["split"].value_counts()
    logger.info(
        "Using %d samples%s (%s); quarantined %d%s",
        len(samples),
        f" of {classes} classes" if classes else "",
        ", ".join(f"{split} {sizes.get(split, 0)}" for split in SPLITS),
        len(quarantine),
        f" ({counted(quarantine)})" if len(quarantine) else "",
    )
    tell_remarks(samples)


def tell_remarks(samples: pd.DataFrame) -> None:
    """Counts and names what is read otherwise than it lies."""
    for remark, ids in samples[samples["remark"] != ""].groupby("remark", sort=False)["id"]:
        logger.warning("%d sample(s), first %s: %s", len(ids), ids.iloc[0], remark)
