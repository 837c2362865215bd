"""The report of the pipeline `fuse`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from seqpipe.config import EvaluationConfig
from seqpipe.evaluation.base import Evaluation
from seqpipe.evaluation.leaderboard import parameters_text
from seqpipe.evaluation.report.formats import count
from seqpipe.evaluation.report.page import render_page
from seqpipe.evaluation.report.section import Column, Facts, Inline, Part, Picture, Section, Side, Styled, Table, Text
from seqpipe.evaluation.report.shared import reproduction
from seqpipe.evaluation.results import Results

MIXTURE_COLUMNS = (
    Column("mixture", "mixture"),
    Column("weight", "weight of the first", "share"),
    Column("val_log_loss", "val log loss", "share"),
    Column("val_accuracy", "val accuracy", "share"),
    Column("test_log_loss", "test log loss", "share"),
    Column("test_accuracy", "test accuracy", "share"),
)


@dataclass(frozen=True, eq=False)
class FusionInputs:
    """All that the report may speak of.

    Attributes:
        summary: command, git_commit, seed, device; optionally versions.
        leaderboard: Both models and the mixture, best first.
        mixtures: What ``fixed_mixtures`` gave.
        result: The mixture's.
        finding: What mixing is worth, as a sentence.
        doubt: Why val tells little of the weight; empty where it tells enough.
        trained_on: By the models' names, the facts of the data that each was trained on, dotted.
        figures: PNG bytes by name.
        evaluation: Of the models' task.
        config: What they were judged with.
    """

    summary: Mapping[str, Any]
    leaderboard: pd.DataFrame
    mixtures: pd.DataFrame
    result: Results
    finding: str
    doubt: str
    trained_on: Mapping[str, Mapping[str, Any]]
    figures: Mapping[str, bytes]
    evaluation: Evaluation
    config: EvaluationConfig


def render_fusion_report(inputs: FusionInputs) -> str:
    """The report as HTML in one string; everything of the user's is escaped."""
    lead = Text(
        ("Late fusion: ", Styled(inputs.result.fit["description"], "bold"), ", the weight chosen on val."), "lead"
    )
    return render_page("seqpipe fusion", lead, [make(inputs) for make in SECTIONS])


def leaderboard_section(inputs: FusionInputs) -> Section:
    """Both models and the mixture."""
    primary = inputs.evaluation.primary
    columns = [
        Column("model", "model"),
        primary,
        Column(primary.key, f"{100 * inputs.config.confidence:g} % interval", "interval"),
        *(column for column in inputs.evaluation.scores if column.key in inputs.leaderboard),
        Column(f"val_{primary.key}", f"val {primary.heading}", primary.format),
        Column("fit_seconds", "fit", "seconds"),
    ]
    note = f"{inputs.evaluation.interval(inputs.leaderboard, inputs.config)} {inputs.evaluation.note}".strip()
    parts: tuple[Part, ...] = (
        Table(columns, inputs.leaderboard.to_dict("records"), best=(0,)),
        Text(note, "note"),
        Text(inputs.finding, "finding"),
        *([Text(inputs.doubt, "warning")] if inputs.doubt else []),
        Picture(inputs.figures["comparison"], f"{primary.heading} of both models and of their mixture"),
    )
    return Section("Leaderboard", "leaderboard", parts)


OF_VAL = (
    "What val is answered by is not quite what the test is answered by. Networks that are trained again on train and "
    "val answer it by one of them, where the test has the mean of all, which is the better one; and the probabilities "
    "of an SVM were made to fit val itself. The weight may give too little to the networks, and too much to the SVM."
)


def weights_section(inputs: FusionInputs) -> Section:
    """How the weight was chosen, beside weights that nothing was chosen for."""
    parts = (
        Text(
            f"p = w p_1 + (1 - w) p_2: of {count(inputs.result.fit['trials'])} weights w of the first, val chose; of "
            "equals the one nearest to a half. The test had no part in it. A third and two thirds is what LRCN gives "
            "to frames and flow (Donahue et al., CVPR 2015)."
        ),
        Text(OF_VAL, "note"),
        Table(MIXTURE_COLUMNS, inputs.mixtures.to_dict("records")),
        Picture(inputs.figures["weights"], "Scores on val over the weight"),
    )
    return Section("Weight", "weight", parts)


def fused_section(inputs: FusionInputs) -> Section:
    """How the mixture does."""
    pictures = [
        Picture(inputs.figures["confusion_matrix"], "Confusion of the mixture", "Confusion"),
        Picture(inputs.figures["calibration"], "Calibration of the mixture", "Calibration"),
    ]
    return Section("The mixture", "mixture", (Side(pictures),))


def models_section(inputs: FusionInputs) -> Section:
    """Which models were mixed, and what they read."""
    facts: list[tuple[str, Inline]] = [
        (name, Styled(parameters_text(of), "code")) for name, of in inputs.trained_on.items()
    ]
    return Section("Models", "models", (Facts(facts),))


def reproduce_section(inputs: FusionInputs) -> Section:
    """The command and what it was run with."""
    return reproduction(inputs.summary, "The models were trained by other commands: their answers were read from disk.")


SECTIONS: tuple[Callable[[FusionInputs], Section], ...] = (
    leaderboard_section,
    weights_section,
    fused_section,
    models_section,
    reproduce_section,
)
"""What makes the report, from top to bottom."""
