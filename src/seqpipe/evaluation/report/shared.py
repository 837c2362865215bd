"""The sections that the reports of all tasks share: leaderboard, data, what was left out, how to do it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from seqpipe.evaluation.leaderboard import trained_rows
from seqpipe.evaluation.report.formats import count, share
from seqpipe.evaluation.report.inputs import ReportInputs
from seqpipe.evaluation.report.section import (
    Column,
    Command,
    Facts,
    Folded,
    Inline,
    Items,
    Link,
    Part,
    Picture,
    Section,
    Styled,
    Table,
    Text,
    folded_if_long,
    plural,
)

WIDEST = 12
"""Columns of a leaderboard in letters of the usual size."""
PARTIAL = ("--from-", "--nodes", "--pipeline")
"""What a command has that does a part of the run."""


def leaderboard_section(inputs: ReportInputs) -> Section:
    """All models in one table and one figure, with what must be said of any of them."""
    board = inputs.leaderboard
    note = f"{_interval_note(inputs)}{_chance_note(board)}{inputs.evaluation.note}"
    columns = _leaderboard_columns(inputs)
    parts: list[Part] = [
        Table(columns, _leaderboard_rows(inputs), best=_best(inputs), narrow=len(columns) > WIDEST),
        Text(note, "note"),
        *_computed_by(inputs),
        *([Text(inputs.contrast, "contrast")] if inputs.contrast else []),
        *_warnings(inputs),
        Picture(inputs.comparison, f"{inputs.evaluation.primary.heading} of all models{_with_intervals(inputs)}"),
    ]
    return Section("Leaderboard", "leaderboard", parts)


def _interval_note(inputs: ReportInputs) -> str:
    words = inputs.evaluation.interval(inputs.leaderboard, inputs.config)
    return f"Intervals: {words} " if words else ""


def _with_intervals(inputs: ReportInputs) -> str:
    return " with their intervals" if _interval_note(inputs) else ""


def _chance_note(board: pd.DataFrame) -> str:
    if "chance" not in board:
        return ""
    return f"Always answering the commonest test class would reach {share(board['chance'].iloc[0])}. "


def _leaderboard_columns(inputs: ReportInputs) -> list[Column]:
    primary = inputs.evaluation.primary
    interval = Column(primary.key, f"{100 * inputs.config.confidence:g} % interval", "interval")
    return [
        Column("model", "model"),
        primary,
        *([interval] if _interval_note(inputs) else []),
        *(column for column in inputs.evaluation.scores if column.key in inputs.leaderboard),
        Column(f"val_{primary.key}", f"val {primary.heading}", primary.format),
        Column("fit_seconds", "fit", "seconds"),
        Column("peak_memory_mb", "MiB", "count"),
        Column("trainable_parameters", "trained", "count"),
    ]


def _leaderboard_rows(inputs: ReportInputs) -> list[dict[Any, Any]]:
    """With links to the models' sections, and a badge for the best of several models."""
    rows = inputs.leaderboard.to_dict("records")
    for row in rows:
        name = row["model"]
        row["model"] = (Link(name, inputs.models[name][0].anchor) if name in inputs.models else name,)
    if len(trained_rows(inputs.leaderboard)) > 1:
        for place in _best(inputs):
            rows[place]["model"] += (Styled("best", "badge"),)
    return rows


def _best(inputs: ReportInputs) -> list[int]:
    """The places of the models that share the first one: what is no model has no part in it."""
    board = inputs.leaderboard.reset_index(drop=True)
    reached = trained_rows(board)[inputs.evaluation.primary.key]
    return [int(place) for place in reached.index[reached == reached.iloc[0]]]


def _computed_by(inputs: ReportInputs) -> Iterator[Part]:
    """The signatures of the scores, which are the same for all models."""
    if signatures := inputs.evaluation.signatures(inputs.results):
        facts = [(name, Styled(signature, "code")) for name, signature in signatures.items()]
        yield Folded("What the scores were computed by", (Facts(facts),))


def _warnings(inputs: ReportInputs) -> Iterator[Text]:
    """The bad findings in the models' sections."""
    for sections in inputs.models.values():
        for section in sections:
            yield from (part for part in section.parts if isinstance(part, Text) and part.look == "warning")


def data_section(inputs: ReportInputs) -> Section:
    """How the samples are shared out."""
    table = inputs.evaluation.shared_out(inputs.samples)
    counted = (
        f"{count(len(inputs.samples))} {inputs.evaluation.unit} in {count(inputs.samples['group'].nunique())} groups."
    )
    parts = (
        Text(f"{counted} A group (the same scene, subject or source video) is on one side of the split only."),
        folded_if_long(table, f"All {len(table.rows)} classes"),
    )
    return Section("Data", "data", parts)


def left_out_section(inputs: ReportInputs) -> Section:
    """The quarantine by reason, the commonest first."""
    n = len(inputs.quarantine)
    if n == 0:
        return Section("Left out", "left-out", (Text("Nothing: every file of the corpus could be used."),))
    files, are = plural(n, "file", "files"), plural(n, "is", "are")
    told = Text(f"{count(n)} {files} could not be used and {are} in no number above:")
    reasons = [(str(reason), part) for reason, part in inputs.quarantine.groupby("reason")]
    reasons.sort(key=lambda item: (-len(item[1]), item[0]))
    folded = [Folded(f"{reason}: {len(part)}", (Items(_files(part)),)) for reason, part in reasons]
    return Section("Left out", "left-out", (told, *folded))


def _files(quarantine: pd.DataFrame) -> list[Inline]:
    rows = quarantine[["path", "detail"]].astype(str).itertuples(index=False)
    return [(Styled(path, "code"), f" {detail}") for path, detail in rows]


def reproduce_section(inputs: ReportInputs) -> Section:
    """The command and what it was run with."""
    if any(part in inputs.summary["command"] for part in PARTIAL):
        note = "This command did a part of the run: what it took from the disk was made before, by other commands."
    else:
        note = "The same commit, versions, machine, seed and files give the same numbers."
    return reproduction(inputs.summary, note)


def reproduction(summary: Mapping[str, Any], note: str = "") -> Section:
    """How a run of this summary (command, git_commit, seed, device, versions) is done again."""
    facts: list[tuple[str, Inline]] = [
        ("Commit", Styled(summary["git_commit"], "code")),
        ("Seed", str(summary["seed"])),
        ("Device", summary["device"]),
    ]
    if versions := summary.get("versions"):
        names = sorted(versions, key=str.lower)
        facts.append(("Versions", ", ".join(f"{name} {versions[name]}" for name in names)))
    parts: list[Part] = [Command(summary["command"]), Facts(facts)]
    return Section("Reproduce", "reproduce", parts + ([Text(note, "note")] if note else []))
