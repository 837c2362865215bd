"""How the report tells the data of tasks of sentences: samples, and what is told of them."""

from __future__ import annotations

import pandas as pd

from seqpipe.evaluation.report.counted import SPLITS
from seqpipe.evaluation.report.formats import count
from seqpipe.evaluation.report.section import Column, Row, Table, plural
from seqpipe.evaluation.sentences import SENTENCES, WORDS


def amount_of_sentences(samples: pd.DataFrame, unit: str) -> str:
    """How many samples there are, and how many sentences are told of them."""
    sentences = int(samples[SENTENCES].sum())
    return f"{count(len(samples))} {unit} with {count(sentences)} {plural(sentences, 'sentence', 'sentences')}"


def table_of_sentences(samples: pd.DataFrame) -> Table:
    """What each split has: samples, sentences, and words in a sentence."""
    parts = {split: samples[samples["split"] == split] for split in SPLITS}
    rows: list[Row] = [
        {"of": "samples", **{split: count(len(part)) for split, part in parts.items()}},
        {"of": "sentences", **{split: count(part[SENTENCES].sum()) for split, part in parts.items()}},
        {"of": "words in a sentence, mean", **{split: _mean_words(part) for split, part in parts.items()}},
    ]
    return Table([Column("of", ""), *(Column(split, split, "number") for split in SPLITS)], rows)


def _mean_words(samples: pd.DataFrame) -> str:
    return f"{samples[WORDS].sum() / samples[SENTENCES].sum():.1f}" if len(samples) else "–"
