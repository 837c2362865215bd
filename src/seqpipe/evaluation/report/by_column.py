"""What the report says of the columns that were kept with the samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from seqpipe.evaluation.by_column import parts_of, scores_by
from seqpipe.evaluation.next_token import CLOSING
from seqpipe.evaluation.report.formats import count, share
from seqpipe.evaluation.report.inputs import ReportInputs
from seqpipe.evaluation.report.section import Column, Part, Picture, Section, Table, Text


def column_sections(inputs: ReportInputs) -> list[Section]:
    """One section: how every model does by each column that was kept; none where there is none, or nothing of clips."""
    tables = {model: _of_samples(results.predictions) for model, results in inputs.results.items()}
    if not inputs.columns or not all("correct" in table and "id" in table for table in tables.values()):
        return []
    if any(table["id"].duplicated().any() for table in tables.values()):
        return []
    score, called = inputs.evaluation.of_each
    models = [model for model in inputs.leaderboard["model"] if model in tables]
    ordered = {model: tables[model].assign(correct=score(tables[model])) for model in models}
    parts = [
        part for name, values in inputs.columns.items() for part in _of_column(name, values, ordered, inputs, called)
    ]
    return [Section("By column", "by-column", parts)] if parts else []


def _of_samples(predictions: pd.DataFrame) -> pd.DataFrame:
    """A row a sample: of a language model that of the last token."""
    return predictions[predictions[CLOSING]] if CLOSING in predictions else predictions


def _of_column(
    name: str, values: pd.Series, tables: Mapping[str, pd.DataFrame], inputs: ReportInputs, called: str
) -> tuple[Part, ...]:
    """The figure and the table of one column; of one that has the same value in all of test, that it has."""
    from seqpipe.evaluation.figures.by_column import by_column_figure
    from seqpipe.evaluation.figures.style import png_bytes

    scores = scores_by(tables, values, inputs.config, 0)
    parts = list(dict.fromkeys(scores["part"]))
    if len(parts) < 2:
        return (Text(f"All test samples are of {name} {parts[0] if parts else 'nothing'}.", "note"),)
    told = parts_of(values)
    drawn = png_bytes(by_column_figure(scores, name, parts, called))
    reading = (
        f"The lines part where one model is more at a loss than another. {_fewest(scores)}{_empty(tables, values)}"
    )
    return (
        Picture(drawn, f"{called[:1].upper()}{called[1:]} of all models over {name}", f"Over {name}", reading),
        _table(name, scores, parts),
        *(_finding(name, scores, parts) if told.cat.ordered else ()),
    )


def _table(name: str, scores: pd.DataFrame, parts: list[str]) -> Table:
    by_part = scores.pivot(index="part", columns="model", values="accuracy").reindex(parts)
    samples = scores.drop_duplicates("part").set_index("part")["samples"]
    models = [str(model) for model in dict.fromkeys(scores["model"])]
    rows: list[dict[Any, Any]] = [
        {"part": part, "samples": int(samples[part]), **accuracy}
        for part, accuracy in zip(parts, by_part.to_dict("records"), strict=True)
    ]
    columns = [Column("part", name), Column("samples", "test samples", "number")]
    return Table([*columns, *(Column(model, model, "share") for model in models)], rows)


def _fewest(scores: pd.DataFrame) -> str:
    """How few samples the smallest part has: its intervals are as wide as that."""
    fewest = scores.sort_values("samples").iloc[0]
    return f"The fewest test samples, {count(int(fewest['samples']))}, are of {fewest['part']}."


def _empty(tables: Mapping[str, pd.DataFrame], values: pd.Series) -> str:
    """How many test samples the column says nothing of, which are in no part."""
    test = next(iter(tables.values())).query("split == 'test'")["id"]
    count_ = int(parts_of(values).reindex(test).isna().sum())
    return f" {count(count_)} test samples have nothing there, and are left out." if count_ else ""


def _finding(name: str, scores: pd.DataFrame, parts: list[str]) -> tuple[Text, ...]:
    """From the first part to the last: which model loses most, and which least."""
    first, last = (_accuracies(scores, part) for part in (parts[0], parts[-1]))
    lost = {model: float(first[model] - last[model]) for model in first if model in last}
    if len(set(lost.values())) < 2:
        return ()
    most, least = max(lost, key=lost.__getitem__), min(lost, key=lost.__getitem__)
    ends = [f"{model} goes from {share(first[model])} to {share(last[model])}" for model in (most, least)]
    return (Text(f"Between {name} {parts[0]} and {parts[-1]} {ends[0]}, and {ends[1]}.", "finding"),)


def _accuracies(scores: pd.DataFrame, part: str) -> dict[str, float]:
    """Of each model under this part."""
    own = scores[scores["part"] == part]
    return dict(zip(own["model"].astype(str), own["accuracy"].astype(float), strict=True))
