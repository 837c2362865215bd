"""The report of the pipeline `transfer`: which solution, on these data, and at what price."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from seqpipe.evaluation.findings.transfer import ranking, which_solution, worth_of_transfer
from seqpipe.evaluation.report.counted import SPLITS
from seqpipe.evaluation.report.formats import count
from seqpipe.evaluation.report.page import render_page
from seqpipe.evaluation.report.section import Column, Part, Picture, Section, Styled, Table, Text
from seqpipe.evaluation.report.shared import reproduction

# Heading and what to look for.
FIGURES = {
    "trade_off": ("Accuracy against cost", "Up and to the left is better: more right answers for less."),
    "learning_curve": (
        "Accuracy over the number of training samples",
        "The mean over training sets drawn at random, in a band from lowest to highest; the last is all.",
    ),
    "transferability": (
        "Compatibility, told before training",
        "A score that ranks the layers as their measured accuracy does spares the training.",
    ),
    "domains": ("How far the target is from the source", "0: the layer cannot tell the two domains apart."),
    "embedding": ("D' in the plane", "t-SNE: neighbours are near in x'; distances between clusters say little."),
    "gradcam": (
        "What the fine-tuned CNN looks at",
        "Grad-CAM for the answer given: right ones above, wrong below.",
    ),
}

SCORE_COLUMNS = (
    Column("backbone", "backbone"),
    Column("spec", "x' at"),
    Column("logme", "LogME", "share"),
    Column("leep", "LEEP", "share"),
    Column("mmd2", "MMD² to source", "share"),
    Column("accuracy", "accuracy (chosen on val)", "share"),
)
GRID_COLUMNS = (
    Column("solution", "solution"),
    Column("backbone", "backbone"),
    Column("spec", "x' at"),
    Column("accuracy", "accuracy", "share"),
    Column("accuracy", "interval", "interval"),
    Column("gain", "gain", "points"),
    Column("macro_f1", "macro F1", "share"),
    Column("val_accuracy", "val", "share"),
    Column("trainable_parameters", "trained", "count"),
    Column("fit_seconds", "fit", "seconds"),
    Column("search_seconds", "search", "seconds"),
    Column("peak_memory_mb", "MiB", "count"),
    Column("train_gflops", "GFLOP", "count"),
)
GRID_NOTE = (
    "Best on the test split first. ",
    Styled("gain", "italic"),
    ", in points of accuracy, is over the fixed features that val would have one choose, on the same samples. ",
    Styled("trained", "italic"),
    " counts the parameters that training moves; ",
    Styled("fit", "italic"),
    " is the chosen setting alone, ",
    Styled("search", "italic"),
    " every setting tried on val; for features they leave out the CNN's one pass over the frames, which all "
    "classifiers of a layer share. ",
    Styled("MiB", "italic"),
    " is the most memory held at once beyond what was held before. ",
    Styled("GFLOP", "italic"),
    " is what the CNN computes for training, a proxy of energy that depends on no machine: one forward pass over the "
    "training frames for features; forward and backward, every epoch, for fine-tuning.",
)


@dataclass(frozen=True, eq=False)
class TransferInputs:
    """All that a section may speak of.

    Attributes:
        title: Heading of the report.
        summary: corpus, source_domain, view, command, git_commit, seed, device, versions.
        grid: A row a solution, as `fit_grid` gives it.
        transferability: A row a layer: backbone, layer, pool, logme, leep, mmd2, accuracy.
        figures: PNG bytes by the names in `FIGURES`; those that are missing are left out.
        samples: The table of samples: label, split.
    """

    title: str
    summary: Mapping[str, Any]
    grid: pd.DataFrame
    transferability: pd.DataFrame
    figures: Mapping[str, bytes]
    samples: pd.DataFrame


def render_transfer_report(inputs: TransferInputs) -> str:
    """The report as HTML in one string; everything of the user's is escaped."""
    sentences = (which_solution(inputs.grid), worth_of_transfer(inputs.grid))
    findings = [Text(sentence, "contrast") for sentence in sentences if sentence]
    sections = [make(inputs) for make in SECTIONS]
    return render_page(inputs.title, _lead(inputs), [section for section in sections if section], findings)


def _lead(inputs: TransferInputs) -> Text:
    samples, summary = inputs.samples, inputs.summary
    train, val, test = (count((samples["split"] == split).sum()) for split in SPLITS)
    return Text(
        (
            f"From the source domain, {summary['source_domain']}, to {count(len(samples))} samples of "
            f"{samples['label'].nunique()} classes from ",
            Styled(summary["corpus"], "bold"),
            f": {train} for training, {val} for validation, {test} for the test. ",
            Styled("Fine-tuning", "bold"),
            " trains the CNN itself; ",
            Styled("features", "bold"),
            " leave it as it is, read x' at one of its layers and train a new classifier on D'. All were trained on "
            "the same train split, chosen on the same val split and judged on the same test split. "
            f"View of a frame: {summary['view']}.",
        ),
        "lead",
    )


def table_section(inputs: TransferInputs) -> Section:
    """Every solution, the best on test first; the backbone's column where there are several."""
    best_first = inputs.grid.sort_values(["accuracy", "macro_f1"], ascending=False, kind="stable")
    rows = [row | {"spec": _spec(row)} for row in best_first.to_dict("records")]
    several = inputs.grid["backbone"].nunique() > 1
    columns = [column for column in GRID_COLUMNS if several or column.key != "backbone"]
    return Section("Table", "table", (Table(columns, rows, best=(0,), narrow=True), Text(GRID_NOTE, "note")))


def _spec(row: Mapping[Any, Any]) -> str:
    """Where x' was read; fine-tuning reads none."""
    return "–" if row.get("kind") == "fine-tuning" else f"{row['layer']} ({row['pool']})"


def costs_section(inputs: TransferInputs) -> Section | None:
    """What a solution takes for what it reaches."""
    return _section("Costs", "costs", _pictures(inputs, "trade_off"))


def samples_section(inputs: TransferInputs) -> Section | None:
    """How the solutions do with few samples."""
    return _section("Few samples", "samples", _pictures(inputs, "learning_curve"))


def compatible_section(inputs: TransferInputs) -> Section | None:
    """How well source and target go together, spec by spec."""
    parts: list[Part] = [*_pictures(inputs, "transferability", "domains")]
    if len(inputs.transferability):
        rows = [row | {"spec": _spec(row)} for row in inputs.transferability.to_dict("records")]
        parts += [Table(SCORE_COLUMNS, rows), Text(ranking(inputs.transferability), "note")]
    return _section("Source and target", "compatible", parts)


def look_section(inputs: TransferInputs) -> Section | None:
    """D' and the fine-tuned CNN, to look at."""
    return _section("Looking", "look", _pictures(inputs, "embedding", "gradcam"))


def reproduce_section(inputs: TransferInputs) -> Section:
    """The command and what it was run with."""
    return reproduction(inputs.summary)


SECTIONS: tuple[Callable[[TransferInputs], Section | None], ...] = (
    table_section,
    costs_section,
    samples_section,
    compatible_section,
    look_section,
    reproduce_section,
)
"""What makes the report, from top to bottom."""


def _pictures(inputs: TransferInputs, *names: str) -> list[Part]:
    """Those of the figures that there are."""
    return [Picture(inputs.figures[name], FIGURES[name][0], *FIGURES[name]) for name in names if name in inputs.figures]


def _section(title: str, anchor: str, parts: list[Part]) -> Section | None:
    """None where there is nothing to say."""
    return Section(title, anchor, parts) if parts else None
