"""What the report says of a model of sentences."""

from __future__ import annotations

from collections.abc import Mapping

from seqpipe.evaluation.report.classification import description, facts
from seqpipe.evaluation.report.formats import count, share
from seqpipe.evaluation.report.section import Column, Heading, Part, Section, Styled, Table, Text, anchor
from seqpipe.evaluation.results import Results
from seqpipe.evaluation.sentences import scores_of
from seqpipe.metrics.sentences.flavours import Kind

EXAMPLES = 8
COLUMNS = (Column("id", "sample"), Column("predicted", "answer"), Column("label", "first reference"))


def model_sections(name: str, results: Results, figures: Mapping[str, bytes], kind: Kind) -> list[Section]:
    """One section: what the model is, its scores, and some of its sentences."""
    parts: tuple[Part, ...] = (
        _judgement(results, kind),
        facts(results.fit),
        Heading("Sentences"),
        Table(COLUMNS, results.predictions.head(EXAMPLES).to_dict("records")),
    )
    return [Section(name, anchor("model", name), parts)]


def _judgement(results: Results, kind: Kind) -> Text:
    metrics, scores = results.metrics, scores_of(results.predictions, kind)
    primary = "cider" if kind == "captions" else "bleu_4"
    bounds = f"{metrics[f'{primary}_low']:.3f}\u00a0–\u00a0{metrics[f'{primary}_high']:.3f}"
    return Text(
        (
            f"{description(results.fit)} ",
            Styled(f"{metrics[primary]:.3f}", "bold"),
            f" ({bounds}) on {count(metrics['n_test'])} test samples; {share(metrics['exact'])} of the answers are one "
            f"of the references word by word. Scored by {scores.signatures()[primary.removesuffix('_4')]}.",
        )
    )
