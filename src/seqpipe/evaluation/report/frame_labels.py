"""What the report says of a model that labels frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seqpipe.evaluation.frame_predictions import video_scores
from seqpipe.evaluation.predictions import class_names
from seqpipe.evaluation.report.classification import FIGURES, description, facts
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
    folded_if_long,
)
from seqpipe.evaluation.results import Results

PICTURES = {
    **FIGURES,
    "timelines": ("Timelines", "Truth above, answers below, from the worst sample to the best; pale is background."),
    "confusion_matrix": ("Confusion", "Counts of steps: rows are the truth, columns the answers."),
}
SEGMENTS: tuple[Column, ...] = (
    Column("edit", "edit", "share", title="1 - edit distance of the orders of segments, by the longer one's length"),
    Column("f1_10", "F1@10", "share"),
    Column("f1_25", "F1@25", "share"),
    Column("f1_50", "F1@50", "share"),
)
VIDEO_COLUMNS = (
    Column("id", "sample"),
    Column("group", "group"),
    Column("labelled", "labelled steps", "number"),
    Column("accuracy", "accuracy", "share"),
    Column("macro_f1", "macro F1", "share"),
    *SEGMENTS,
)
CLASS_COLUMNS = (Column("name", "class"), Column("support", "test steps", "number"), Column("f1", "F1", "share"))


def model_sections(name: str, results: Results, figures: Mapping[str, bytes]) -> list[Section]:
    """One section: what the model is, its scores, its timelines, and how it does by video and by class."""
    parts = (
        _judgement(results),
        facts(results.fit),
        _pictures(name, figures),
        *_by_video(results),
        *_by_class(results),
    )
    return [Section(name, anchor("model", name), parts)]


def _judgement(results: Results) -> Text:
    metrics = results.metrics
    bounds = f"{share(metrics['accuracy_low'])}\u00a0–\u00a0{share(metrics['accuracy_high'])}"
    f1 = f"{share(metrics['f1_50_low'])}\u00a0–\u00a0{share(metrics['f1_50_high'])}"
    return Text(
        (
            f"{description(results.fit)} Right on ",
            Styled(share(metrics["accuracy"]), "bold"),
            f" of the steps of a sample ({bounds}), mean over {count(metrics['n_test'])} test samples; F1@50 ",
            Styled(share(metrics["f1_50"]), "bold"),
            f" ({f1}), edit score {share(metrics['edit'])}. Smoothed by a median over "
            f"{results.fit['task']['median']} steps, chosen on val.",
        )
    )


def _pictures(name: str, figures: Mapping[str, bytes]) -> Side:
    known = [key for key in ("timelines", *PICTURES) if key in figures]
    shown = [(key, *PICTURES[key]) for key in dict.fromkeys(known)]
    return Side([Picture(figures[key], f"{title} of {name}", title, note) for key, title, note in shown])


def _by_video(results: Results) -> tuple[Part, ...]:
    videos = video_scores(results.predictions, results.fit["task"]["background"])
    table = Table(VIDEO_COLUMNS, videos.to_dict("records"))
    return Heading("By sample"), folded_if_long(table, f"All {len(videos)} samples, worst first")


def _by_class(results: Results) -> tuple[Part, ...]:
    rows = [_class_row(name, results.metrics) for name in class_names(results.predictions)]
    return Heading("By class"), folded_if_long(Table(CLASS_COLUMNS, rows), f"All {len(rows)} classes")


def _class_row(name: str, metrics: dict[str, float]) -> dict[str, Any]:
    return {"name": name, "support": int(metrics[f"support/{name}"]), "f1": metrics.get(f"f1/{name}")}
