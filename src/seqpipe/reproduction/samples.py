"""The samples of a run against the files of today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from seqpipe.config import CorpusConfig
from seqpipe.core.errors import UserError
from seqpipe.core.progress import only_warnings, progress
from seqpipe.media.corpora.files import content_of
from seqpipe.media.corpora.reading import WITHOUT_LABELS, read_corpus
from seqpipe.media.parts.reading import exists
from seqpipe.modalities.registry import modality, modality_parameters
from seqpipe.reproduction.differences import Difference

NAMED = 3
"""How many of many are named."""


def data_differences(samples: pd.DataFrame, there: Iterable[str], quarantined: Iterable[str]) -> list[Difference]:
    """Samples that are gone, changed, or there in addition.

    Args:
        samples: Those of the run: id, path, kind, sha256.
        there: The paths of all samples that lie in the corpus now.
        quarantined: Those that the run found and could not use.
    """
    gone, changed = [], []
    with progress(len(samples), "comparing samples", "samples") as bar:
        for id_, path, kind, sha256 in samples[["id", "path", "kind", "sha256"]].itertuples(index=False):
            if not exists(path):
                gone.append(id_)
            elif content_of(path, kind)[0] != sha256:
                changed.append(id_)
            bar.update()
    known = {*samples["path"], *quarantined}
    added = sorted(path for path in there if path not in known)
    found = (("gone", gone), ("changed", changed), ("added", added))
    return [Difference("data", how, MISSING_ONE[how], _named(names)) for how, names in found if names]


def listed_now(corpus: Mapping[str, Any], parameters: Mapping[str, Any]) -> list[str]:
    """The paths of all samples that a corpus lists now; none where it is no corpus any more, which the run will tell.

    Where a task reads annotations, what is new is told by the run alone.

    Args:
        corpus: What the lineage says of it: path, layout, modality.
        parameters: Of the run, nested.
    """
    if corpus["layout"] == ANNOTATED:
        return []
    config = CorpusConfig.model_validate({**parameters["corpus"], "path": corpus["path"], "layout": "auto"})
    groups = {name: known.model_validate(parameters[name]) for name, known in modality_parameters().items()}
    try:
        with only_warnings():
            files, labelled = modality(corpus["modality"], groups).files, corpus["layout"] not in WITHOUT_LABELS
            listing = read_corpus(config, files, labelled).listing
    except UserError:
        return []
    return [str(path) for path in listing["path"]]


ANNOTATED = "annotations"
"""The layout of a corpus whose samples are named by what happens in them."""
MISSING_ONE = {"gone": "there", "changed": "as it was", "added": "not there"}


def _named(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more} ({len(names)})"


def changed_samples(before: pd.DataFrame, now: pd.DataFrame) -> str:
    """How the samples of two runs differ, in words."""
    both = before.merge(now, on="id", suffixes=("", "_now"))
    known, there = set(before["id"]), set(now["id"])
    found = {
        "gone": sorted(known - there),
        "new": sorted(there - known),
        "of other content": list(both.loc[both["sha256"] != both["sha256_now"], "id"]),
        "in another split": list(both.loc[both["split"] != both["split_now"], "id"]),
        "of another label": list(both.loc[both["label"].astype(str) != both["label_now"].astype(str), "id"]),
        "of another group": list(both.loc[both["group"] != both["group_now"], "id"]),
    }
    return "; ".join(f"{how}: {_named(names)}" for how, names in found.items() if names)
