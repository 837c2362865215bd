"""The report: one HTML file that needs nothing beside it, made from the tables and figures of a run."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from seqpipe.config import EvaluationConfig
from seqpipe.evaluation.figures.style import DPI
from seqpipe.evaluation.findings.classification import failing_groups, group_finding, has_groups
from seqpipe.evaluation.leaderboard import parameters_text
from seqpipe.evaluation.predictions import class_names, group_accuracy
from seqpipe.evaluation.results import Results

SUMMARY_KEYS = [
    "corpus", "backbone", "source_domain", "view", "layer", "frames", "feature_size",
    "seed", "device", "command", "git_commit",
]  # fmt: skip
WIDE_PX = 6 * DPI
ROWS_OPEN = 12  # longer tables are folded
SPLITS = ["train", "val", "test"]

# Heading and what to look for, in the order in which they are shown.
FIGURES = {
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
    "mistakes": ("The most confident mistakes", "Frames in the order in which the model saw them."),
}


def render_report(
    *,
    title: str,
    summary: Mapping[str, Any],
    config: EvaluationConfig,
    leaderboard: pd.DataFrame,
    results: Mapping[str, Results],
    comparison: bytes,
    samples: pd.DataFrame,
    quarantine: pd.DataFrame,
    contrast: str,
) -> str:
    """The report as HTML: style, text and pictures in one string; everything of the user's is escaped.

    Args:
        title: heading of the report.
        summary: `SUMMARY_KEYS`: corpus (its name or path), backbone, source_domain (what it was trained on),
            view (what it reads of a frame, and why), layer, frames (T), feature_size (D), seed, device, command,
            git_commit; optionally versions (a dictionary).
        config: of the intervals and the calibration.
        leaderboard: what `leaderboard` gave for these results.
        results: by the model's name; of figures, those of `FIGURES` and any others.
        comparison: the figure of all models, as PNG bytes.
        samples: columns label, split, group of all samples used.
        quarantine: columns path, reason, detail.
        contrast: the sentence of `order_contrast`; empty leaves it out.

    Raises:
        ValueError: ``summary`` lacks a key.
    """
    missing = [key for key in SUMMARY_KEYS if key not in summary]
    if missing:
        raise ValueError(f"the report's summary lacks {', '.join(missing)}")
    models = [_model(name, results[name]) for name in leaderboard["model"]]
    return environment().get_template("report.html.j2").render(
        title=title,
        summary=summary,
        config=config,
        leaderboard=leaderboard.to_dict("records"),
        has_top5="top5" in leaderboard,
        comparison=picture(comparison),
        contrast=contrast,
        models=models,
        interval=_interval_note(leaderboard, config),
        data=_data(samples, quarantine),
        rows_open=ROWS_OPEN,
    )  # fmt: skip


def environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {
        "share": _share,
        "points": _points,
        "seconds": _seconds,
        "count": lambda n: f"{int(n):,}".replace(",", "\u202f"),
    }
    return env


def _share(value: Any) -> str:
    """Three decimals; a dash where there is nothing to say."""
    return "–" if value is None or math.isnan(value) else f"{value:.3f}"


def _points(share: float) -> str:
    """A difference of shares in points, with its sign; a dash where there is nothing to say."""
    return "–" if math.isnan(share) else f"{100 * share:+.1f}"


def _seconds(value: float) -> str:
    if value < 10:
        return f"{value:.1f} s"
    return f"{value:.0f} s" if value < 120 else f"{value / 60:.1f} min"


def picture(png: bytes) -> str:
    """A PNG as a ``data:`` address."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _model(name: str, results: Results) -> dict[str, Any]:
    """All that the section of one model shows."""
    fit, metrics, predictions = results.fit, results.metrics, results.predictions
    grouped = has_groups(predictions)
    groups = group_accuracy(predictions) if grouped else pd.DataFrame()
    failing = failing_groups(predictions, groups) if grouped else []
    return {
        "name": name,
        "fit": fit,
        "said": _description(fit),
        "parameters": parameters_text(fit["parameters"]),
        "metrics": metrics,
        "classes": [_class_row(c, metrics) for c in class_names(predictions)],
        "figures": [_shown(key, results.figures[key]) for key in _ordered(results.figures)],
        "groups": groups.to_dict("records"),
        "finding": group_finding(name, predictions, groups, failing) if grouped else "",
        "fails": bool(failing),
    }


def _description(fit: Mapping[str, Any]) -> str:
    """What the model is, as a sentence or two."""
    order = "It reads the frames in order." if fit["reads_order"] else "It is blind to the order of the frames."
    said = str(fit.get("description", ""))
    return f"{said[:1].upper()}{said[1:]}. {order}" if said else order


def _ordered(figures: Mapping[str, bytes]) -> list[str]:
    known = [name for name in FIGURES if name in figures]
    return known + [name for name in figures if name not in FIGURES]


def _shown(name: str, png: bytes) -> dict[str, Any]:
    heading, reading = FIGURES.get(name, (name.replace("_", " ").capitalize(), ""))
    width_px = int.from_bytes(png[16:20], "big")  # PNG's first chunk begins with it
    wide = width_px > WIDE_PX
    return {"name": name, "heading": heading, "reading": reading, "wide": wide, "picture": picture(png)}


def _class_row(name: str, metrics: Mapping[str, float]) -> dict[str, Any]:
    scores = {key: metrics.get(f"{key}/{name}") for key in ("precision", "recall", "f1")}
    return {"name": name, "support": int(metrics[f"support/{name}"])} | scores


def _interval_note(leaderboard: pd.DataFrame, config: EvaluationConfig) -> str:
    """How the intervals came about, and where they promise less than they seem to."""
    groups, n = int(leaderboard["n_groups"].min()), int(leaderboard["n_test"].min())
    what = f"{100 * config.confidence:g} % percentile bootstrap, {config.bootstrap} resamples"
    if groups == 1:
        return f"{what} of the samples: test is one group, so they say nothing about other groups."
    unit = "of the test samples, each a group of its own" if groups == n else f"of the {groups} test groups"
    few = "; so few groups make them rough" if groups < 10 else ""
    return f"{what} {unit}{few}."


def _data(samples: pd.DataFrame, quarantine: pd.DataFrame) -> dict[str, Any]:
    """How the samples are shared out, and what was left out and why."""
    table = pd.crosstab(samples["label"].astype(str), samples["split"])
    table = table.reindex(columns=SPLITS, fill_value=0)
    return {
        "n": len(samples),
        "k": len(table),
        "n_groups": samples["group"].nunique(),
        "splits": table.sum().to_dict(),
        "classes": [{"name": name, **counts} for name, counts in table.to_dict("index").items()],
        "quarantine": [
            {"reason": reason, "files": part[["path", "detail"]].astype(str).to_dict("records")}
            for reason, part in _by_size(quarantine)
        ],
        "n_quarantine": len(quarantine),
    }


def _by_size(quarantine: pd.DataFrame) -> Sequence[tuple[str, pd.DataFrame]]:
    """The quarantine by reason, the commonest first."""
    parts = [(str(reason), part) for reason, part in quarantine.groupby("reason")]
    return sorted(parts, key=lambda item: (-len(item[1]), item[0]))
