"""How the report tells what a task counts: samples of classes, where a task says nothing else."""

from __future__ import annotations

import pandas as pd

from seqpipe.evaluation.report.formats import count
from seqpipe.evaluation.report.section import Column, Table

SPLITS = ["train", "val", "test"]


def by_class(samples: pd.DataFrame) -> pd.DataFrame:
    """(K, 3) how many rows (label, split) each class has in each split."""
    return pd.crosstab(samples["label"].astype(str), samples["split"]).reindex(columns=SPLITS, fill_value=0)


def amount_of_classes(samples: pd.DataFrame, unit: str) -> str:
    """How many there are of what is counted, and of how many classes."""
    return f"{count(len(samples))} {unit} of {count(len(by_class(samples)))} classes"


def table_of_classes(samples: pd.DataFrame) -> Table:
    """How many each class has in each split."""
    table = by_class(samples)
    rows = [{"class": name, **counts} for name, counts in table.to_dict("index").items()]
    columns = [Column("class", "class"), *(Column(split, split, "number") for split in SPLITS)]
    return Table(columns, rows, {"class": "all", **table.sum().to_dict()})
