"""Some sentences of a model in the report: the best, middling and worst, with their references and beams."""

from __future__ import annotations

from typing import Any

import pandas as pd

from seqpipe.evaluation.report.section import Column, Folded, Heading, Part, Picture, Styled, Table, Text
from seqpipe.evaluation.sentence_examples import PLACE, SCORE, examples
from seqpipe.evaluation.sentences import BEAMS, REFERENCES, SCORES, scores_of
from seqpipe.metrics.sentences.errors import closest
from seqpipe.metrics.sentences.flavours import Kind
from seqpipe.modalities.base import READ

EACH = 3
"""Examples of every place."""
SOURCE, CLOSEST = "source", "closest"


def example_parts(predictions: pd.DataFrame, kind: Kind, primary: Column, sheet: bytes | None) -> tuple[Part, ...]:
    """The examples: as pictures where there is a ``sheet`` of them, in a table, and with all that was found of each."""
    shown = with_closest(examples(predictions, kind, primary.key, EACH), kind)
    rows = [_row(row) for row in shown.to_dict("records")]
    columns = [
        Column(PLACE, ""),
        Column(SCORE, primary.heading, "share"),
        *([Column(SOURCE, "source", "sentence")] if READ in shown else []),
        Column("predicted", "answer", "sentence"),
        Column(CLOSEST, "closest reference", "sentence"),
        Column("id", "sample"),
    ]
    note = f"By {primary.heading} of each sample by itself; of several references the one with the fewest word errors."
    pictures = [] if sheet is None else [Picture(sheet, "Some samples with the answers to them")]
    return (
        Heading("Examples"),
        Text(note, "note"),
        *pictures,
        Table(columns, rows),
        Folded("All that was found of each, and all references", [part for row in rows for part in _in_full(row)]),
    )


def with_closest(shown: pd.DataFrame, kind: Kind) -> pd.DataFrame:
    """The examples with `CLOSEST`, the reference that an answer is closest to."""
    scores = scores_of(shown, kind)
    places = [
        others.index(list(closest(words, others)))
        for words, others in zip(scores.answer_words, scores.reference_words, strict=True)
    ]
    return shown.assign(**{CLOSEST: [of[place] for of, place in zip(shown[REFERENCES], places, strict=True)]})


def joined(tokens: list[str]) -> str:
    """Tokens of a source in one line: letters as they are, words with a blank between them."""
    return ("" if all(len(token) == 1 for token in tokens) else " ").join(tokens)


def _row(row: dict[Any, Any]) -> dict[Any, Any]:
    return row | ({SOURCE: joined(list(row[READ]))} if READ in row else {})


def _in_full(row: dict[Any, Any]) -> tuple[Part, ...]:
    """What was found of a sample, the best first, with what it is compared by; then its references."""
    found = [
        {"what": "answer" if place == 0 else f"beam {place + 1}", SCORE: score, "text": text}
        for place, (text, score) in enumerate(zip(row[BEAMS], row[SCORES], strict=True))
    ]
    true = [{"what": "reference", SCORE: None, "text": text} for text in row[REFERENCES]]
    columns = [Column("what", ""), Column(SCORE, "log p, normalised", "share"), Column("text", "sentence", "sentence")]
    return Text((Styled(str(row["id"]), "bold"), f", {row[PLACE]}")), Table(columns, [*found, *true])
