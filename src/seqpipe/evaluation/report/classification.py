"""What the report says of a classifier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seqpipe.evaluation.findings.classification import failing_groups, group_finding, has_groups
from seqpipe.evaluation.leaderboard import parameters_text
from seqpipe.evaluation.predictions import class_names, group_accuracy
from seqpipe.evaluation.report.formats import count, seconds, share
from seqpipe.evaluation.report.section import (
    Column,
    Facts,
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

# Heading and what to look for, in the order in which they are shown.
FIGURES: dict[str, tuple[str, str]] = {
    "confusion_matrix": (
        "Confusion",
        "Rows are the truth, columns the answers: all on the diagonal is perfect.",
    ),
    "calibration": (
        "Calibration",
        "Bars on the dashed line: of the answers given with 80 % confidence, 80 % are right.",
    ),
    "roc_pr": (
        "ROC and precision-recall",
        "Each class against all the others, as its threshold moves; the area is 1 at best.",
    ),
    "learning_curves": ("Learning curves", "Val drawing away from train is overfitting."),
    "trials": ("Settings tried", "Every setting was fitted on train and judged on val."),
    "mistakes": ("The most confident mistakes", "What the model was shown of each, in the order of time."),
}

GROUP_COLUMNS = (
    Column("group", "group"),
    Column("n", "samples", "number"),
    Column("accuracy", "accuracy", "share"),
    Column("macro_f1", "macro F1", "share"),
    Column(
        "macro_f1_without",
        "macro F1 without it",
        "share",
        title="of all samples but those of this group; a dash where a class would be gone",
    ),
    Column("confusion", "most frequent confusion"),
)
ACCURACY = Column("accuracy", "accuracy", "share")
CLASS_COLUMNS = (
    Column("name", "class"),
    Column("support", "test samples", "number"),
    Column("precision", "precision", "share"),
    Column("recall", "recall", "share"),
    Column("f1", "F1", "share"),
)


def model_sections(name: str, results: Results, figures: Mapping[str, bytes]) -> list[Section]:
    """One section: what the model is, how it was chosen, and how it does by group, by class and in figures."""
    parts = (
        _judgement(results),
        facts(results.fit),
        *_by_group(name, results),
        *_by_class(results),
        Side([_picture(key, figures[key], name) for key in _ordered(figures)]),
    )
    return [Section(name, anchor("model", name), parts)]


def _judgement(results: Results) -> Text:
    metrics = results.metrics
    bounds = f"{share(metrics['accuracy_low'])}\u00a0–\u00a0{share(metrics['accuracy_high'])}"
    return Text(
        (
            f"{description(results.fit)} Right on ",
            Styled(share(metrics["accuracy"]), "bold"),
            f" of {count(metrics['n_test'])} test samples ({bounds}), macro F1 ",
            Styled(share(metrics["macro_f1"]), "bold"),
            ".",
        )
    )


def description(fit: Mapping[str, Any]) -> str:
    """What the model is, as a sentence or two."""
    order = "It reads the steps in order." if fit["reads_order"] else "It is blind to the order of the steps."
    words = str(fit.get("description", ""))
    return f"{words[:1].upper()}{words[1:]}. {order}" if words else order


def facts(fit: Mapping[str, Any], chosen_by: str = "the highest macro F1", told: Column = ACCURACY) -> Facts:
    """How it came about.

    Args:
        fit: What is told of it.
        chosen_by: In words, what a search chooses by.
        told: The score on val that is told of the chosen one.
    """
    return Facts(
        (
            ("Hyper-parameters", Styled(parameters_text(fit["parameters"]), "code")),
            ("Chosen", _choice(fit, chosen_by, told)),
            ("Fit", f"{seconds(fit['fit_seconds'])} on {fit['device']}"),
        )
    )


def _choice(fit: Mapping[str, Any], chosen_by: str, told: Column) -> str:
    val = share(fit[f"val_{told.key}"])
    if fit["trials"] > 1:
        return (
            f"{chosen_by} on validation of {fit['trials']} settings fitted on train ({told.heading} there "
            f"{val}); test had no part in it"
        )
    return f"as configured, without a search ({told.heading} on validation {val})"


def _by_group(name: str, results: Results) -> tuple[Part, ...]:
    """Nothing where there are no groups to compare."""
    predictions = results.predictions
    if not has_groups(predictions):
        return ()
    groups = group_accuracy(predictions)
    failing = failing_groups(predictions, groups)
    finding = group_finding(name, predictions, groups, failing)
    rows = groups.assign(confusion=groups["confusion"].replace("", "–")).to_dict("records")
    table = folded_if_long(Table(GROUP_COLUMNS, rows), f"All {len(rows)} groups, worst first")
    return Heading("By group"), Text(finding, "warning" if failing else "finding"), table


def _by_class(results: Results) -> tuple[Part, ...]:
    rows = [_class_row(name, results.metrics) for name in class_names(results.predictions)]
    return Heading("By class"), folded_if_long(Table(CLASS_COLUMNS, rows), f"All {len(rows)} classes")


def _class_row(name: str, metrics: Mapping[str, float]) -> dict[str, Any]:
    scores = {key: metrics.get(f"{key}/{name}") for key in ("precision", "recall", "f1")}
    return {"name": name, "support": int(metrics[f"support/{name}"])} | scores


def _ordered(figures: Mapping[str, bytes]) -> list[str]:
    known = [name for name in FIGURES if name in figures]
    return known + [name for name in figures if name not in FIGURES]


def _picture(key: str, png: bytes, model: str) -> Picture:
    heading, reading = FIGURES.get(key, (key.replace("_", " ").capitalize(), ""))
    return Picture(png, f"{heading} of {model}", heading, reading)
