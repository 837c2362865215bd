"""The report of the pipeline `transfer`: which solution, on these data, and at what price."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from seqpipe.evaluation.findings.transfer import ranking, which_solution, worth_of_transfer
from seqpipe.evaluation.report.page import environment, picture

# Figures by section: name, heading, and what to look for.
SECTIONS = {
    "costs": (
        "Costs",
        {"trade_off": ("Accuracy against cost", "Up and to the left is better: more right answers for less.")},
    ),
    "samples": (
        "Few samples",
        {
            "samples_curve": (
                "Accuracy over the number of training samples",
                "The mean over training sets drawn at random, in a band from lowest to highest; the last is all.",
            )
        },
    ),
    "compatible": (
        "Source and target",
        {
            "scores": (
                "Compatibility, told before training",
                "A score that ranks the layers as their measured accuracy does spares the training.",
            ),
            "domains": ("How far the target is from the source", "0: the layer cannot tell the two domains apart."),
        },
    ),
    "look": (
        "Looking",
        {
            "embedding": (
                "D' in the plane",
                "t-SNE: neighbours are near in x'; distances between clusters say little.",
            ),
            "gradcam": (
                "What the fine-tuned CNN looks at",
                "Grad-CAM for the answer given: right ones above, wrong below.",
            ),
        },
    ),
}


def render_transfer_report(
    *,
    title: str,
    summary: Mapping[str, Any],
    grid: pd.DataFrame,
    scores: pd.DataFrame,
    figures: Mapping[str, bytes],
    samples: pd.DataFrame,
) -> str:
    """The report as HTML in one string; everything of the user's is escaped.

    Args:
        title: Its heading.
        summary: corpus, source_domain, view, command, git_commit, seed, device, versions.
        grid: A row a solution, as `fit_grid` gives it.
        scores: A row a layer: backbone, layer, pool, logme, leep, mmd2, accuracy.
        figures: PNG bytes by the names in `SECTIONS`; those that are missing are left out.
        samples: The table of samples: label, split.
    """
    sentences = [which_solution(grid), worth_of_transfer(grid)]
    return environment().get_template("transfer.html.j2").render(
        title=title,
        summary=summary,
        grid=grid.sort_values(["accuracy", "macro_f1"], ascending=False, kind="stable").to_dict("records"),
        scores=scores.to_dict("records"),
        correlation=ranking(scores),
        findings=[sentence for sentence in sentences if sentence],
        sections=[_section(name, figures) for name in SECTIONS],
        several=grid["backbone"].nunique() > 1,
        n=len(samples),
        k=samples["label"].nunique(),
        splits={split: int((samples["split"] == split).sum()) for split in ("train", "val", "test")},
    )  # fmt: skip


def _section(name: str, figures: Mapping[str, bytes]) -> dict[str, Any]:
    heading, known = SECTIONS[name]
    shown = [
        {"heading": title, "reading": reading, "picture": picture(figures[figure])}
        for figure, (title, reading) in known.items()
        if figure in figures
    ]
    return {"id": name, "heading": heading, "figures": shown}
