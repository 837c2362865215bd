"""The report of the pipeline `memory`: how far back the user's recurrent models remember."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from seqpipe.evaluation.report.formats import count
from seqpipe.evaluation.report.page import render_page
from seqpipe.evaluation.report.section import (
    Column,
    Facts,
    Folded,
    Inline,
    Items,
    Part,
    Picture,
    Section,
    Styled,
    Table,
    Text,
    plural,
)
from seqpipe.evaluation.report.shared import reproduction
from seqpipe.memory import findings
from seqpipe.memory.findings import WORDS, in_seconds, in_steps

# Heading and how to read it.
FIGURES = {
    "gradients": (
        "What arrives of the gradient",
        "Dashed: before training, solid: after it; the median over the clips, in a band from the 10th to the 90th "
        "percentile. A straight line is a decay by the same factor every step.",
    ),
    "jacobians": (
        "What arrives of a change",
        "1: a change of the state so many steps back is as large at the last step; 0.01: a hundredth of it is left.",
    ),
    "gates": (
        "What a step keeps",
        "At 1 a unit keeps all of its state, at 0 nothing; over all units, clips and steps.",
    ),
    "padding": (
        "What the models answer when it lies further back",
        "The farther right a line stays up, the longer what was read is carried; bars: intervals.",
    ),
    "truncation": (
        "How far back the gradient must go",
        "Where a line is flat from some step on, a longer way back buys nothing.",
    ),
    "exams": ("Exams", "A line that leaves the dashed one has found what lies so many steps back."),
}
REACH_COLUMNS = (
    Column("model", "model"),
    Column("direction", "reads"),
    Column("when", "training"),
    Column("state", "at"),
    Column("factor", "falls a step by", title="Above 1 it falls, below 1 it grows."),
    Column("to_e", "to 1/e after"),
    Column("to_100", "to 1 % after"),
    Column("left", "left at the first step", title="As a share of that at the last step."),
)
MATRIX_COLUMNS = (
    Column("model", "model"),
    Column("direction", "reads"),
    Column("gate", "gate"),
    Column("radius_before", "radius before", "share", title="Spectral radius before training."),
    Column("radius_after", "after", "share"),
    Column("singular_before", "largest singular value before", "share"),
    Column("singular_after", "after", "share"),
)
GATE_COLUMNS = (
    Column("model", "model"),
    Column("direction", "reads"),
    Column("when", "training"),
    Column("mean", "keeps a step", "share"),
    Column("constant", "time constant"),
    Column("slowest", "slowest tenth of the units"),
)
PADDING_COLUMNS = (
    Column("model", "model"),
    Column("padding", "neutral steps", "count"),
    Column("time", "on one side"),
    Column("accuracy", "accuracy", "share"),
    Column("accuracy", "interval", "interval"),
)
TRUNCATION_COLUMNS = (
    Column("model", "model"),
    Column("back", "gradient goes back"),
    Column("val_accuracy", "val", "share"),
    Column("difference", "against all of it"),
    Column("val_loss", "val loss", "share"),
    Column("time", "training"),
    Column("memory", "activations kept"),
)
EXAM_COLUMNS = (
    Column("exam", "exam"),
    Column("steps_between", "steps between", "count"),
    Column("model", "model"),
    Column("result", "result"),
    Column("error", "error", "share"),
    Column("guessing", "guessing", "share"),
    Column("seconds", "training", "seconds"),
)
WAYS = {"forward": "forwards", "backward": "backwards"}


@dataclass(frozen=True, eq=False)
class MemoryInputs:
    """All that a section may speak of.

    Attributes:
        summary: command, git_commit, seed, device, versions.
        facts: What `seqpipe.memory.facts` tells of models and clips.
        reach, matrices, gates: Tables of `seqpipe.memory.inside`.
        padding, truncation: Tables of the modules of that name.
        exams: A row an exam, distance and cell, as `sit_exams` gives it; empty: none were sat.
        figures: PNG bytes by the names in `FIGURES`; those that are missing are left out.
    """

    summary: Mapping[str, Any]
    facts: Mapping[str, Any]
    reach: pd.DataFrame
    matrices: pd.DataFrame
    gates: pd.DataFrame
    padding: pd.DataFrame
    truncation: pd.DataFrame
    exams: pd.DataFrame
    figures: Mapping[str, bytes]

    @property
    def step_s(self) -> float | None:
        """Seconds of a step, where they are known."""
        seconds: float | None = self.facts["step_s"]
        return seconds


def render_memory_report(inputs: MemoryInputs) -> str:
    """The report as HTML in one string; everything of the user's is escaped."""
    facts = inputs.facts
    sentences = [
        findings.of_clips(inputs.reach, facts),
        findings.of_idle_frames(inputs.padding, facts),
        findings.against_gradients(inputs.reach, inputs.padding, facts),
    ]
    said = [Text(sentence, "contrast") for sentence in sentences if sentence]
    said += [Text(sentence, "warning") for sentence in facts["left_out"]]
    sections = [section for make in SECTIONS if (section := make(inputs))]
    return render_page(f"seqpipe memory: {facts['corpus']}", _lead(inputs), sections, said)


def _lead(inputs: MemoryInputs) -> Text:
    models = [f"{WORDS[cell]} ({description})" for cell, description in inputs.facts["models"].items()]
    return Text(
        (
            "How far back do the recurrent models that the last run trained on ",
            Styled(inputs.facts["corpus"], "bold"),
            f" remember? {findings.listed(models)}. A step is a frame that they read{_step(inputs)}. Each direction "
            "counts its lags backwards from the last step of a clip in its own order of reading.",
        ),
        "lead",
    )


def _step(inputs: MemoryInputs) -> str:
    return "" if inputs.step_s is None else f", {inputs.step_s:.3g} s after the one before it (the median)"


def gradient_section(inputs: MemoryInputs) -> Section:
    """dL/dh_t over the lag."""
    told = [Text(sentence, "finding") for sentence in findings.of_gradients(inputs.reach, inputs.facts)]
    note = (
        "The norm of the gradient of a clip's loss at the state h_t, and at the LSTM's C_t: what of the mistake at the "
        "end a step can still be corrected by. All that reaches C_t is in it; at the LSTM's h_t it is only what does "
        "not "
        "go by C_t. The decay is the straight line through the logarithms of the medians."
    )
    table = _reach_table(inputs, "gradient")
    return Section("Gradient", "gradient", [*told, *_pictures(inputs, "gradients"), *table, Text(note, "note")])


def jacobian_section(inputs: MemoryInputs) -> Section | None:
    """dh_T/dh_t over the lag."""
    if "jacobians" not in inputs.figures:
        return None
    note = (
        "||J||_F / √H of J = dh_T/dh_t, of the LSTM also of dC_T/dC_t: by how much a change of the state is longer or "
        "shorter at the last step, on average over all directions it may have (1 at lag 0). The gradient above is "
        "the loss seen through J: where the gradient is small and the gain is not, the model could remember more than "
        "its loss asks for. Norms of such products are what makes gradients vanish or explode (Pascanu, Mikolov and "
        "Bengio, ICML 2013)."
    )
    parts = [*_pictures(inputs, "jacobians"), *_reach_table(inputs, "jacobian"), Text(note, "note")]
    return Section("Jacobian", "jacobian", parts)


def _reach_table(inputs: MemoryInputs, measure: str) -> list[Part]:
    rows = inputs.reach[inputs.reach["measure"] == measure].to_dict("records")
    told = [
        {
            "model": WORDS[row["cell"]],
            "direction": WAYS[row["direction"]],
            "when": row["when"],
            "state": f"{row['part']}_t",
            "factor": _number(row["factor"]),
            "to_e": _until(row["steps_e"], row["longest"], inputs.step_s),
            "to_100": _until(row["steps_100"], row["longest"], inputs.step_s),
            "left": _number(row["left"]),
        }
        for row in rows
    ]
    return [Folded("Decay by model, direction and state", [Table(REACH_COLUMNS, told, narrow=True)])] if told else []


def _number(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:.3g}"


def _until(steps: float, longest: float, step_s: float | None) -> str:
    """So many steps and seconds; what lies beyond the clips is an extrapolation, and far beyond them not told."""
    if pd.isna(steps):
        return "–"
    if steps > 100 * max(longest, 1):
        return "never, as it looks"
    return f"{in_steps(steps, step_s)}{', beyond the clips' if steps > longest else ''}"


def gates_section(inputs: MemoryInputs) -> Section:
    """The recurrent matrices and the gates."""
    told = [
        *findings.of_gates(inputs.gates, inputs.facts),
        *findings.beyond_gates(inputs.reach, inputs.gates),
        *findings.of_matrices(inputs.matrices),
    ]
    note = (
        "Of each gate that part of its matrix which reads h_{t-1}. The spectral radius is what it does in the long "
        "run, "
        "the largest singular value the most that it does in one step. In an RNN they bound what is remembered; of "
        "gated "
        "cells they say how strongly a gate listens to the state, and what is kept is decided by the forget gate "
        "f_t, or "
        "the GRU's z_t. A time constant is 1 / (1 - f) steps, in which a unit falls to about 1/e."
    )
    tables: list[Part] = [Folded("Spectra of the recurrent matrices", [_matrix_table(inputs)])]
    if len(inputs.gates):
        tables.append(Folded("Gates by direction", [_gate_table(inputs)]))
    parts = [*(Text(sentence, "finding") for sentence in told), *_pictures(inputs, "gates"), *tables]
    return Section("Gates and matrices", "gates", [*parts, Text(note, "note")])


def _matrix_table(inputs: MemoryInputs) -> Table:
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in inputs.matrices.to_dict("records"):
        names = {"model": WORDS[row["cell"]], "direction": WAYS[row["direction"]], "gate": row["gate"]}
        told = {f"{value}_{row['when']}": row[value] for value in ("radius", "singular")}
        rows.setdefault(tuple(names.values()), names).update(told)
    return Table(MATRIX_COLUMNS, list(rows.values()))


def _gate_table(inputs: MemoryInputs) -> Table:
    rows = [
        {
            **{"model": WORDS[row["cell"]], "direction": WAYS[row["direction"]], "when": row["when"]},
            "mean": row["mean"],
            "constant": in_steps(row["steps"], inputs.step_s),
            "slowest": in_steps(row["slowest_steps"], inputs.step_s),
        }
        for row in inputs.gates.to_dict("records")
    ]
    return Table(GATE_COLUMNS, rows)


def behaviour_section(inputs: MemoryInputs) -> Section:
    """Accuracy over the padding."""
    told = [Text(sentence, "finding") for sentence in findings.of_padding(inputs.padding, inputs.facts) if sentence]
    note = (
        "Neutral steps are the mean frame of train (of tokens: <unknown>), which is zero after the preprocessing, as "
        "many before each clip of test as after it: either direction must carry what it has read past them. The models "
        "were not trained on such clips, so that what falls here is memory or what is unfamiliar; what holds, is "
        "remembered. All networks of a model answer, as they do elsewhere."
    )
    rows = [
        row | {"model": WORDS[row["cell"]], "time": in_seconds(row["padding"], inputs.step_s).strip(" ()") or "–"}
        for row in inputs.padding.to_dict("records")
    ]
    table = Folded("Accuracy by padding", [Table(PADDING_COLUMNS, rows)])
    return Section("Behaviour", "behaviour", [*told, *_pictures(inputs, "padding"), table, Text(note, "note")])


def truncation_section(inputs: MemoryInputs) -> Section | None:
    """The sweep of the truncation."""
    if inputs.truncation.empty:
        return None
    told = [Text(sentence, "finding") for sentence in findings.of_truncation(inputs.truncation)]
    note = (
        "One network of each model, trained anew with the parameters that were chosen for it; the gradient goes back "
        "to "
        "the beginning of a chunk of so many steps. Memory is what autograd keeps of a batch for the backward pass, a "
        "storage that is shared counted once; of a truncated one, with the states carried over and one chunk, "
        "which is computed again. The difference is on the same clips of val, with its interval."
    )
    table = Table(TRUNCATION_COLUMNS, [_truncation_row(row) for row in inputs.truncation.to_dict("records")])
    return Section("Truncation", "truncation", [*told, *_pictures(inputs, "truncation"), table, Text(note, "note")])


def _truncation_row(row: Mapping[Any, Any]) -> dict[str, Any]:
    words = {"model": WORDS[row["cell"]], "back": f"{row['truncate']} {plural(row['truncate'], 'step', 'steps')}"}
    if row["whole"]:
        words["back"] += ": all of it" if row["trained"] else ": the same as all of it, not trained again"
    unknown = row["diverged"] or not row["trained"]
    ahead = [100 * row[name] for name in ("ahead", "ahead_low", "ahead_high")]
    compared = not (unknown or row["whole"] or pd.isna(row["ahead"]))
    return words | {
        "val_accuracy": row["val_accuracy"],
        "difference": "{:+.1f} ({:+.1f} to {:+.1f}) points".format(*ahead) if compared else "–",
        "val_loss": row["val_loss"],
        "time": "diverged" if row["diverged"] else f"{row['seconds']:.1f} s" if row["trained"] else "–",
        "memory": "–" if unknown else f"{row['kept_bytes'] / 1e6:.2f} MB",
    }


def exams_section(inputs: MemoryInputs) -> Section | None:
    """The cells on problems whose distance is known."""
    if inputs.exams.empty:
        return None
    told = [Text(sentence, "finding") for sentence in findings.of_exams(inputs.exams)]
    rows = [
        row | {"model": WORDS[row["cell"]], "exam": row["exam"].replace("_", " "), "result": _result(row)}
        for row in inputs.exams.to_dict("records")
    ]
    parts = [*told, *_pictures(inputs, "exams"), Table(EXAM_COLUMNS, rows, narrow=True)]
    return Section("Exams", "exams", parts)


def _result(row: Mapping[Any, Any]) -> str:
    if row["solved"]:
        return f"solved after {count(row['steps'])} steps"
    return "diverged" if row["diverged"] else f"not solved in {count(row['steps'])} steps"


def measured_section(inputs: MemoryInputs) -> Section:
    """On what was measured, and what was left out."""
    facts = inputs.facts
    clips: list[tuple[str, Inline]] = [
        ("Gradients, Jacobians, gates", _looked_at(facts)),
        ("Behaviour", f"all {count(facts['test'])} clips of test."),
        ("Truncation", f"trained on {count(facts['train'])} clips of train, judged on {count(facts['val'])} of val."),
    ]
    items: list[Inline] = list(facts["left_out"])
    parts: list[Part] = [Facts(clips), *([Items(items)] if items else [])]
    return Section("Measured on", "measured", parts)


def _looked_at(facts: Mapping[str, Any]) -> str:
    split, used, available = facts["split"], facts["clips"], facts["available"]
    words = f"{count(used)} of the {count(available)} clips of {split}"
    words += "" if used == available else f" ({count(available - used)} not used: `memory.samples`, or long clips)"
    if split == "train":
        words += ", for val has too few"
    elif facts["refitted"]:
        words += ", which the models were fitted on as well in the end (`refit`)"
    lengths = (
        f"{facts['longest']}" if facts["shortest"] == facts["longest"] else f"{facts['shortest']} to {facts['longest']}"
    )
    words += f"; {lengths} {plural(facts['longest'], 'step', 'steps')} long."
    if facts["of_one_step"] and facts["longest"] > 1:
        words += f" {count(facts['of_one_step'])} of them have a single step, and no lag but 0."
    return f"{words} The first network of each model, in double precision."


def reproduce_section(inputs: MemoryInputs) -> Section:
    """The command and what it was run with."""
    return reproduction(inputs.summary, "The models are those that lay on disk: they were trained by another command.")


SECTIONS: tuple[Callable[[MemoryInputs], Section | None], ...] = (
    gradient_section,
    jacobian_section,
    gates_section,
    behaviour_section,
    truncation_section,
    exams_section,
    measured_section,
    reproduce_section,
)
"""What makes the report, from top to bottom."""


def _pictures(inputs: MemoryInputs, *names: str) -> list[Part]:
    """Those of the figures that there are."""
    return [Picture(inputs.figures[name], FIGURES[name][0], *FIGURES[name]) for name in names if name in inputs.figures]
