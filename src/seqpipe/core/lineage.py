"""Lineage: the corpus, backbone and layer that data came from, handed down with them and kept where they lie.

A lineage has up to four parts, each a dictionary of JSON values; an entry of the catalog carries those it depends on:

    corpus    name, path (None: made by the project itself), layout
    samples   digest (of contents, labels, references, groups and splits), seed (that they were split by), measuring
              (digest of the modality that measured them, its version and parameters), parameters (of that modality, if
              it has any)
    backbone  name, weights, source, view (with the pixels that frames are resized and cropped to), fingerprint
    features  layer, node, pool, how frames were sampled, and the stream that they are of

Reports, the names of runs and MLflow's tags are made of it: what a command says of a corpus that its run did not read
has decided nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from seqpipe.core.errors import UserError
from seqpipe.core.fingerprint import table_digest

if TYPE_CHECKING:
    import pandas as pd

Lineage: TypeAlias = dict[str, dict[str, Any]]

REFERENCES = "references"
"""The column of the samples' table that holds the sentences told of each, a list."""
PARTS = ("corpus", "samples", "backbone", "features")
ATTRIBUTE = "lineage"
"""The key in a table's ``attrs``, which pandas writes to Parquet and reads from it."""
PANDAS_METADATA = b"PANDAS_ATTRS"
"""Where pandas keeps ``DataFrame.attrs`` in a Parquet file."""
BEGIN_WITH = {"corpus": "list_samples", "samples": "probe_samples", "backbone": "load_backbone"}
"""The node that makes a part anew; features are made by ``extract_features``."""


def corpus_name(path: Path) -> str:
    """What to call the corpus at ``path``: its folder, also where its manifest is named."""
    folder = path.absolute().parent if path.suffix.lower() == ".csv" else path.absolute()
    return folder.name or str(folder)


def with_lineage(table: pd.DataFrame, *parts: Lineage) -> pd.DataFrame:
    """The table, carrying the lineages of all that it was made from; equal ones are equal bytes in a file."""
    whole = {name: facts for part in parts for name, facts in part.items()}
    table.attrs[ATTRIBUTE] = {name: dict(sorted(whole[name].items())) for name in sorted(whole)}
    return table


def lineage_of(table: pd.DataFrame) -> Lineage:
    """What the table carries; empty where nothing was handed down."""
    lineage: Lineage = table.attrs.get(ATTRIBUTE, {})
    return lineage


def stream_of(lineage: Lineage) -> str:
    """What was read of a video at each time: ``rgb``, which versions of before knew alone, or ``flow``."""
    return str(lineage.get("features", {}).get("stream", "rgb"))


def parquet_lineage(path: Path) -> Lineage:
    """What the table in a Parquet file carries, by its footer; empty where it carries nothing."""
    import pyarrow.parquet as pq

    attrs = (pq.read_schema(path).metadata or {}).get(PANDAS_METADATA)
    lineage: Lineage = json.loads(attrs).get(ATTRIBUTE, {}) if attrs else {}
    return lineage


def samples_digest(samples: pd.DataFrame) -> str:
    """Of the samples' names, contents, labels, groups and splits, and of their references where they have any."""
    columns = ["id", "kind", "sha256", "label", "group", "split"]
    if REFERENCES in samples:  # lists before they are written to Parquet, arrays when they are read from it
        samples = samples.assign(**{REFERENCES: [json.dumps([*sentences]) for sentences in samples[REFERENCES]]})
        columns.append(REFERENCES)
    return table_digest(samples, columns)


def complete(lineage: Lineage, *parts: str) -> Lineage:
    """The same lineage, of which none of these parts is missing; where none are named, of all parts.

    Raises:
        UserError: An entry was written by an earlier version of the project, which handed nothing down.
    """
    if missing := [part for part in parts or PARTS if part not in lineage]:
        raise UserError(
            f"What lies on disk does not say of which {missing[0]} it is: an earlier version has written it. Run all "
            "of `kedro run` once."
        )
    return lineage


def check_agree(carried: Mapping[str, Lineage]) -> Lineage:
    """The lineage of data that are read together, by the names of their entries.

    Raises:
        UserError: Two of them are of different corpora, samples, backbones or layers.
    """
    whole: Lineage = {}
    said_by: dict[str, str] = {}
    for entry, lineage in carried.items():
        for part, facts in lineage.items():
            known = whole.setdefault(part, {})
            if differing := [name for name in known if name in facts and known[name] != facts[name]]:
                first, second = (_told(differing, of) for of in (known, facts))
                raise _disagreement(part, f"{said_by[part]} has {first}, {entry} has {second}")
            known |= facts
            said_by.setdefault(part, entry)
    return whole


def _told(differing: list[str], facts: Mapping[str, Any]) -> str:
    """These facts in words, the name first."""
    names = sorted(differing, key=lambda name: (name != "name", name))
    return ", ".join(f"{name} {facts[name]}" for name in names if facts[name] is not None)


def _disagreement(part: str, difference: str) -> UserError:
    return UserError(
        f"What lies on disk is not of the same {part}: {difference}. Begin with the node that makes it anew "
        f"(`--from-nodes {BEGIN_WITH.get(part, 'extract_features')}`), or run all of `kedro run`."
    )
