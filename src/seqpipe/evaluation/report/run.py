"""The report of a run: its sections in order, of which other packages may add some."""

from __future__ import annotations

import logging
from collections.abc import Callable

from seqpipe.core.plugins import entry_points
from seqpipe.evaluation.report.by_column import column_sections
from seqpipe.evaluation.report.counted import SPLITS
from seqpipe.evaluation.report.formats import count
from seqpipe.evaluation.report.inputs import ReportInputs
from seqpipe.evaluation.report.page import render_page
from seqpipe.evaluation.report.section import Section, Styled, Text, anchor, plural
from seqpipe.evaluation.report.shared import (
    data_section,
    leaderboard_section,
    left_out_section,
    reproduce_section,
)

logger = logging.getLogger(__name__)

PICTURES_OF = {"rgb": ("frame", "frames"), "flow": ("picture of its optical flow", "pictures of the optical flow")}
"""What a backbone reads of a sample, one and several, by the stream."""
PLUGINS = "seqpipe.sections"
"""The group of entry points: functions ``(ReportInputs) -> Section | None``, None where there is nothing to say."""


def render_report(inputs: ReportInputs) -> str:
    """The report as HTML in one string; everything of the user's is escaped."""
    sections = [section for make in SECTIONS.values() for section in make(inputs)]
    return render_page(inputs.title, lead(inputs), sections)


def lead(inputs: ReportInputs) -> Text:
    """What was done, in a few sentences."""
    of, models = inputs.evaluation, len(inputs.models)
    trained = plural(models, f"{of.called[0]} was", f"{of.called[1]} were")
    splits = inputs.samples["split"].value_counts().reindex(SPLITS, fill_value=0)
    return Text(
        (
            f"{of.amount(inputs.samples, of.unit)} from ",
            Styled(inputs.summary["corpus"], "bold"),
            f", split into {count(splits['train'])} for training, {count(splits['val'])} for validation and "
            f"{count(splits['test'])} for the test. ",
            *_reading(inputs),
            f"On these features {models} {trained} trained; what follows "
            "is measured on the test split, which was read once, at the end.",
        ),
        "lead",
    )


def _reading(inputs: ReportInputs) -> tuple[str | Styled, ...]:
    """How a sample became features."""
    summary = inputs.summary
    if not summary["view"]:
        size = summary["feature_size"]
        numbers = f"{count(size)} {plural(size, 'number', 'numbers')}"
        words = f"Up to {summary['frames']} steps of each were read, {numbers} a step: "
        return (words, Styled(summary["backbone"], "bold"), ". ")
    step, steps = PICTURES_OF[summary.get("stream", "rgb")]
    if snippet := summary["snippet"]:
        apart = "" if snippet["stride"] == 1 else f", {snippet['stride']} apart,"
        step, steps = (f"{word} of {snippet['frames']} {steps}{apart}" for word in ("snippet", "snippets"))
    read = f"One {step} of each was" if summary["frames"] == 1 else f"Up to {summary['frames']} {steps} of each were"
    return (
        f"{read} read by ",
        Styled(summary["backbone"], "bold"),
        f", trained on {summary['source_domain']}, at its layer ",
        Styled(summary["layer"], "code"),
        f": {count(summary['feature_size'])} numbers a {step.split()[0]}. View of a frame: {summary['view']}. ",
    )


def model_sections(inputs: ReportInputs) -> list[Section]:
    """What the task says of each model, best first."""
    return [section for sections in inputs.models.values() for section in sections]


def added_sections(inputs: ReportInputs) -> list[Section]:
    """Those of other packages, in the order of their names."""
    made = [_added(name, function, inputs) for name, function in entry_points(PLUGINS).items()]
    return [section for section in made if section is not None]


def _added(name: str, function: Callable[[ReportInputs], object], inputs: ReportInputs) -> Section | None:
    """What the function gives; where it fails the report is written all the same, and says so in its place."""
    try:
        section = function(inputs)
        if not (section is None or isinstance(section, Section)):
            raise TypeError(f"expected a Section or None, got {type(section).__name__}")
        return section
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        logger.warning("The report's section %r of another package could not be made (%s).", name, why)
        return Section(name, anchor("added", name), (Text(f"This section could not be made ({why}).", "warning"),))


SECTIONS: dict[str, Callable[[ReportInputs], list[Section]]] = {
    "leaderboard": lambda inputs: [leaderboard_section(inputs)],
    "columns": column_sections,
    "models": model_sections,
    "data": lambda inputs: [data_section(inputs)],
    "left_out": lambda inputs: [left_out_section(inputs)],
    "added": added_sections,
    "reproduce": lambda inputs: [reproduce_section(inputs)],
}
"""What makes the report, from top to bottom."""
