"""What the report says of a model of sentences."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

import numpy as np

from seqpipe.evaluation.findings.sentences import copying, one_for_all
from seqpipe.evaluation.report.classification import facts
from seqpipe.evaluation.report.formats import count, share
from seqpipe.evaluation.report.section import (
    Column,
    Heading,
    Part,
    Picture,
    Section,
    Side,
    Styled,
    Table,
    Text,
    anchor,
    plural,
)
from seqpipe.evaluation.report.sentence_examples import example_parts
from seqpipe.evaluation.results import Results
from seqpipe.evaluation.sentences import scores_of
from seqpipe.metrics.sentences.flavours import Kind
from seqpipe.metrics.sentences.scores import SentenceScores
from seqpipe.metrics.sentences.vocabulary import words_never_said

SHEET = "examples"
"""The name of the figure that goes with the examples."""
FIGURES: dict[str, tuple[str, str]] = {
    "learning_curves": (
        "Learning curves",
        "Loss and accuracy are of each word behind the true ones; the score of val is of sentences said freely, one "
        "word at a time, and the epoch is chosen by it.",
    ),
    "trials": ("Settings tried", "Every setting was fitted on train and judged on val."),
    "lengths": (
        "Lengths",
        "On the left answers should be as long as references are; short ones are safe ones. On the right each dot is a "
        "sample, the line the mean of samples of about one length, as many behind each of its points.",
    ),
    "positions": (
        "Word by word",
        "How often the word at each place is that of the closest reference: where bars fall, the model loses its way.",
    ),
    "attention_places": (
        "Where it looks",
        "What is bright was looked at before the word above was said; marks are left out. All words of a sample share "
        "one scale: where all panels are evenly dim, it looks everywhere alike.",
    ),
    "attention_steps": (
        "When it looks",
        "A row for each word that is said, from left to right the time of what is seen: dark is what was looked at "
        "before the word was said. Words in the order of what happens lie on a diagonal; an evenly pale map is of a "
        "model that looks everywhere alike.",
    ),
    "attention_words": (
        "Which words it looks at",
        "A row for each word that is said, a column for each word of the source: dark is what was looked at before the "
        "word was said. The same order of words is a diagonal, another order leaves it; an evenly pale map is of a "
        "model that looks everywhere alike.",
    ),
}
"""Heading and how to read it, in the order in which they are shown."""
HEADINGS = {
    "bleu": "BLEU",
    **{f"bleu_{order}": f"BLEU-{order}" for order in range(1, 5)},
    "rouge_l": "ROUGE-L",
    "cider": "CIDEr-D",
    "chrf": "chrF",
    "wer": "word errors",
    "exact": "exact",
}
TITLES = {
    "wer": "words inserted, left out and replaced, over the words of the closest reference: 0 is the best",
    "exact": "the share of answers that are one of the references, word by word",
}
NEVER_SAID = 12
"""Words that are named of those that no answer has."""


def model_sections(
    name: str, results: Results, figures: Mapping[str, bytes], kind: Kind, primary: Column
) -> list[Section]:
    """One section: what the model is, its scores and what to doubt in them, its figures, and some of its sentences."""
    scores = scores_of(results.predictions, kind)
    parts: tuple[Part, ...] = (
        _judgement(results, scores, primary),
        *(Text(warning, "warning") for warning in (one_for_all(name, results), copying(name, results)) if warning),
        facts(results.fit, f"the highest {primary.heading}", primary),
        Heading("Scores"),
        _table_of_scores(results, scores),
        _never_said(scores),
        Side([_picture(key, figures[key], name) for key in _ordered(figures)]),
        *example_parts(results.predictions, kind, primary, figures.get(SHEET)),
    )
    return [Section(name, anchor("model", name), parts)]


def signatures(results: Mapping[str, Results], kind: Kind) -> dict[str, str]:
    """What each score was computed by, by its heading; of the first model, as it is the same for all."""
    scores = scores_of(next(iter(results.values())).predictions, kind)
    return {HEADINGS[name]: signature for name, signature in scores.signatures().items()}


def _judgement(results: Results, scores: SentenceScores, primary: Column) -> Text:
    metrics, words = results.metrics, str(results.fit.get("description", ""))
    answers = f"{_of_answers(metrics, scores)}{_unlikely(metrics)}"
    bounds = f"{share(metrics[f'{primary.key}_low'])}\u00a0–\u00a0{share(metrics[f'{primary.key}_high'])}"
    return Text(
        (
            f"{words[:1].upper()}{words[1:]}. {primary.heading} " if words else f"{primary.heading} ",
            Styled(share(metrics[primary.key]), "bold"),
            f" ({bounds}) on {count(metrics['n_test'])} test samples. {answers}",
        )
    )


def _of_answers(metrics: Mapping[str, float], scores: SentenceScores) -> str:
    """What kind of answers there are: how many differ, are copies or empty, and how long they are."""
    empty = sum(not words for words in scores.answer_words)
    long = np.mean([len(words) for words in chain.from_iterable(scores.reference_words)])
    copies = f", {share(metrics['copied'])} are sentences of train" if "copied" in metrics else ""
    none = f" {count(empty)} {plural(empty, 'answer is', 'answers are')} empty." if empty else ""
    return (
        f"Of the answers {share(metrics['exact'])} are one of the references, word by word{copies}; "
        f"the share of different ones is {share(metrics['distinct'])}. They have "
        f"{metrics['words']:.1f} words in the mean, the references {long:.1f}.{none}"
    )


def _unlikely(metrics: Mapping[str, float]) -> str:
    if "perplexity" not in metrics:
        return ""
    return f" At each word of the references it is as unsure as among {metrics['perplexity']:.1f} alike (perplexity)."


def _table_of_scores(results: Results, scores: SentenceScores) -> Table:
    """All scores of test, and of val where it has them."""
    columns = [Column(name, HEADINGS[name], "share", TITLES.get(name, "")) for name in scores.names]
    val = {name: results.fit.get(f"val_{name}") for name in scores.names}
    rows = [{"split": "test", **{name: results.metrics[name] for name in scores.names}}, {"split": "val", **val}]
    return Table([Column("split", "split"), *columns], rows)


def _never_said(scores: SentenceScores) -> Text:
    """The words that it has no use for, the most frequent first."""
    missing = words_never_said(scores.answer_words, scores.reference_words)
    known = {word for others in scores.reference_words for words in others for word in words}
    if not missing:
        return Text(f"All {count(len(known))} different words of the references are said.")
    named = ", ".join(f"{word} ({count(times)})" for word, times in list(missing.items())[:NEVER_SAID])
    told = f"Of the {count(len(known))} different words of the references {count(len(missing))} are never said"
    return Text(f"{told}, the most frequent of them: {named}.")


def _ordered(figures: Mapping[str, bytes]) -> list[str]:
    return [name for name in FIGURES if name in figures]


def _picture(key: str, png: bytes, model: str) -> Picture:
    heading, reading = FIGURES[key]
    return Picture(png, f"{heading} of {model}", heading, reading)
