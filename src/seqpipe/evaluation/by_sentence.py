"""How the models of the tasks of sentences are judged: captions of images and videos, translations."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd

from seqpipe.config import EvaluationConfig
from seqpipe.data.base import Dataset
from seqpipe.evaluation.base import Evaluation, Judged
from seqpipe.evaluation.findings.sentences import sentence_contrast
from seqpipe.evaluation.report.interval import bootstrap_note
from seqpipe.evaluation.report.section import Column
from seqpipe.evaluation.report.sentence_data import amount_of_sentences, table_of_sentences
from seqpipe.evaluation.report.sentences import model_sections, signatures
from seqpipe.evaluation.results import Results
from seqpipe.evaluation.sentences import (
    counted_sentences,
    human_rows,
    scores_of,
    sentence_metrics,
    sentence_table,
    with_copies,
)
from seqpipe.metrics.sentences.flavours import Kind

COMMON = (
    Column("distinct", "distinct", "share"),
    Column("copied", "copied", "share"),
    Column("words", "words", "share"),
)
NOTE = (
    "Perplexity is of the references, each word behind the true ones; all else of sentences said freely. Distinct is "
    "the share of different answers, copied that of sentences of train, words their mean number."
)


def _figures(judged: Judged, kind: Kind, primary: Column) -> dict[str, bytes]:
    from seqpipe.evaluation.figures.sentences import sentence_figures

    return sentence_figures(judged, kind, primary)


def _evaluation(kind: Kind, primary: Column, scores: tuple[Column, ...], note: str) -> Evaluation:
    def predictions(data: Dataset, said: np.ndarray, answers: np.ndarray) -> pd.DataFrame:
        return sentence_table(data, said, answers, kind)

    def metrics(table: pd.DataFrame, config: EvaluationConfig, seed: int, _: Mapping[str, object]) -> dict[str, float]:
        return sentence_metrics(table, config, seed, kind, primary.key)

    def beside(results: Mapping[str, Results]) -> list[dict[str, object]]:
        return human_rows(results, kind, primary.key)

    return Evaluation(
        predictions=predictions,
        metrics=metrics,
        primary=primary,
        scores=(*scores, *COMMON),
        note=f"{note} {NOTE}",
        sections=partial(model_sections, kind=kind, primary=primary),
        figures=partial(_figures, kind=kind, primary=primary),
        behind=("distinct", "copied", "words"),
        contrast=lambda board, results, _: sentence_contrast(board, results, kind, primary),
        interval=bootstrap_note,
        counted=partial(counted_sentences, kind=kind),
        amount=amount_of_sentences,
        shared_out=table_of_sentences,
        called=("model", "models"),
        told_apart=("trainable_parameters", "has a net", "has none"),
        of_each=(lambda table: scores_of(table, kind).per_sample(primary.key), primary.heading),
        signatures=partial(signatures, kind=kind),
        beside=beside,
        with_train=lambda table, data: with_copies(table, data, kind),
    )


CAPTIONS = _evaluation(
    "captions",
    Column("cider", "CIDEr-D", "share"),
    (
        Column("bleu_4", "BLEU-4", "share"),
        Column("rouge_l", "ROUGE-L", "share"),
        Column("exact", "exact", "share"),
        Column("perplexity", "perplexity", "share"),
    ),
    "CIDEr-D weighs runs of words by how rare they are in the references of the test split, so that it cannot be "
    "compared with that of another test split.",
)
IMAGE_CAPTIONING = VIDEO_CAPTIONING = CAPTIONS
TRANSLATION = _evaluation(
    "translation",
    Column("bleu_4", "BLEU", "share"),
    (
        Column("chrf", "chrF", "share"),
        Column("exact", "exact", "share"),
        Column("perplexity", "perplexity", "share"),
    ),
    "BLEU and chrF are sacreBLEU's, from 0 to 1.",
)
