"""What the report says of a language model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from seqpipe.evaluation.next_token import CLOSING
from seqpipe.evaluation.report.classification import FIGURES, description, facts
from seqpipe.evaluation.report.formats import count, share
from seqpipe.evaluation.report.section import Column, Heading, Part, Picture, Section, Side, Styled, Table, Text, anchor
from seqpipe.evaluation.results import Results

EXAMPLES = 8
"""Texts whose last token is told."""
LONGEST = 60
"""Characters of a text that are shown before its last token."""
COLUMNS = (
    Column("said", "the text so far"),
    Column("label", "what follows"),
    Column("p", "its probability", "share"),
    Column("rank", "its rank", "number"),
    Column("likely", "most likely"),
)


def model_sections(name: str, results: Results, figures: Mapping[str, bytes]) -> list[Section]:
    """One section: what the model is, its perplexity, and what it says comes next at the end of some texts."""
    shown = [(key, *FIGURES[key]) for key in ("learning_curves",) if key in figures]
    parts: tuple[Part, ...] = (
        _judgement(results),
        facts(results.fit, "the lowest perplexity"),
        Heading("The last token"),
        Table(COLUMNS, _examples(results.predictions)),
        Side([Picture(figures[key], f"{title} of {name}", title, note) for key, title, note in shown]),
    )
    return [Section(name, anchor("model", name), parts)]


def _judgement(results: Results) -> Text:
    metrics = results.metrics
    bounds = f"{metrics['perplexity_low']:.2f}\u00a0–\u00a0{metrics['perplexity_high']:.2f}"
    return Text(
        (
            f"{description(results.fit)} Perplexity ",
            Styled(f"{metrics['perplexity']:.2f}", "bold"),
            f" ({bounds}) over {count(metrics['n_tokens'])} tokens of {count(metrics['n_test'])} test texts: it is as "
            "unsure as if it chose among so many alike. ",
            f"The next token is the most likely one {share(metrics['accuracy'])} of the time, among the five most "
            f"likely {share(metrics['top5'])}; the last token of a text is right {share(metrics['last_accuracy'])} of "
            f"the time. {share(metrics['unknown'])} of the tokens are unknown to train.",
        )
    )


def _examples(predictions: pd.DataFrame) -> list[dict[str, Any]]:
    """The last token of some texts, evenly from the surest of what follows to the least sure."""
    closing = predictions[predictions[CLOSING]].sort_values(["p", "id"], ascending=[False, True], ignore_index=True)
    count_ = min(EXAMPLES, len(closing))
    places = [round(n * (len(closing) - 1) / max(1, count_ - 1)) for n in range(count_)]
    return [_example(closing.iloc[place], predictions) for place in dict.fromkeys(places)]


def _example(row: pd.Series, predictions: pd.DataFrame) -> dict[str, Any]:
    own = predictions[(predictions["id"] == row["id"]) & (predictions["step"] <= row["step"])]
    said = " ".join(own["given"])
    likely = ", ".join(f"{word} {p:.2f}" for word, p in zip(row["likely"], row["likely_p"], strict=True))
    shown = said if len(said) <= LONGEST else f"… {said[-LONGEST:].partition(' ')[2]}"
    return {"said": shown, "label": row["label"], "p": row["p"], "rank": int(row["rank"]), "likely": likely}
