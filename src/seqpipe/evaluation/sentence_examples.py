"""Which samples a report shows of a model of sentences: the best, the middling and the worst by a score of each."""

from __future__ import annotations

import pandas as pd

from seqpipe.evaluation.sentences import scores_of
from seqpipe.metrics.sentences.flavours import Kind

PLACE, SCORE = "place", "score"
BEST, MEDIAN, WORST = "best", "median", "worst"


def examples(predictions: pd.DataFrame, kind: Kind, primary: str, each: int) -> pd.DataFrame:
    """So many rows of a table of predictions of every place, the best first; fewer of a table that is short.

    Args:
        predictions: What `sentence_table` gave, at least one row.
        kind: Of the sentences.
        primary: The score of each sample that they are ordered by; of equals the id decides.
        each: How many of each place.

    Returns:
        The rows with `PLACE` (`BEST`, `MEDIAN`, `WORST`) and `SCORE`.
    """
    scored = predictions.assign(**{SCORE: scores_of(predictions, kind).per_sample(primary)})
    ordered = scored.sort_values([SCORE, "id"], ascending=[False, True], ignore_index=True)
    count = len(ordered)
    some = max(1, min(each, count // 3))
    starts = {BEST: 0, WORST: count - some, MEDIAN: (count - some) // 2}
    places: dict[int, str] = {}
    for place, start in starts.items():  # of two there is no median, of one no worst
        places |= {row: place for row in range(start, start + some) if row not in places}
    rows = sorted(places)
    return ordered.iloc[rows].assign(**{PLACE: [places[row] for row in rows]})
