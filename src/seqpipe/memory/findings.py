"""What the tables say of the models' memory, in sentences: every number is computed, and claimed no further than it "
"goes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from seqpipe.evaluation.report.section import plural

WORDS = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}
FAR_MORE = 3.0
"""By which factor a gradient is larger than gates would leave it, where that is worth a word."""
LITTLE_BYTES = 1e8
"""What no machine misses."""
REACHES = 0.01
"""A gradient of which less than this share is left is as good as gone."""


def in_steps(steps: float, step_s: float | None) -> str:
    """So many steps, with their seconds where they are known: 5 steps (0.4 s)."""
    told = f"{steps:.0f}" if steps >= 10 or steps == round(steps) else f"{steps:.1f}"
    return f"{told} {'step' if told == '1' else 'steps'}{in_seconds(steps, step_s)}"


def in_seconds(steps: float, step_s: float | None) -> str:
    """The seconds of so many steps in brackets; nothing where they are not known."""
    return "" if step_s is None else f" ({short(steps * step_s)} s)"


def short(value: float) -> str:
    """Two digits that tell something."""
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def listed(words: list[str]) -> str:
    """a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def memory_of(reach: pd.DataFrame, cell: str, when: str, measure: str = "gradient") -> pd.Series | None:
    """What `reach` says of a model, over its directions; of an LSTM that of C_t, which it remembers by.

    None where there is nothing: clips of one step, or no gradient anywhere.
    """
    rows = reach[(reach["cell"] == cell) & (reach["when"] == when) & (reach["measure"] == measure)]
    rows = rows[rows["part"] == ("C" if (rows["part"] == "C").any() else "h")].dropna(subset=["factor"])
    if rows.empty:
        return None
    means = rows[["steps_e", "steps_100", "left", "longest"]].mean()
    means["factor"] = math.exp(np.log(rows["factor"]).mean())
    return means


def of_gradients(reach: pd.DataFrame, facts: Mapping[str, Any]) -> list[str]:
    """How fast the gradient falls, before training and after it, a sentence a model."""
    if facts["longest"] == 1:
        return ["Every clip has one step: there is no lag over which anything could be forgotten."]
    sentences = [_of_gradient(reach, cell, facts) for cell in facts["models"]]
    return [sentence for sentence in sentences if sentence]


def _of_gradient(reach: pd.DataFrame, cell: str, facts: Mapping[str, Any]) -> str:
    before, after = (memory_of(reach, cell, when) for when in ("before", "after"))
    if before is None or after is None:
        return f"No gradient arrives in the {WORDS[cell]} at any step but the last, so that nothing can be told of it."
    kept = "C_t" if cell == "lstm" else "h_t"
    return (
        f"{WORDS[cell]}: before training the gradient at {kept} {_falls(before)} and {_gone(before, facts)}; after "
        f"training it {_falls(after)} and {_gone(after, facts)}.{_change(before, after)}"
    )


def _falls(of: pd.Series) -> str:
    if abs(of["factor"] - 1) < 0.01:
        return "neither falls nor grows"
    if of["factor"] < 1:
        return f"grows by a factor {1 / of['factor']:.2f} a step"
    return f"falls by a factor {of['factor']:.2f} a step"


def _gone(of: pd.Series, facts: Mapping[str, Any]) -> str:
    """Where it is down to 1 %, or what of it is left at the first step."""
    if of["steps_100"] <= of["longest"]:
        return f"is down to 1 % after {in_steps(of['steps_100'], facts['step_s'])}"
    return f"has {_share(of['left'])} left after {in_steps(of['longest'], facts['step_s'])}, as far as the clips go"


def _share(left: float) -> str:
    return f"{100 * left:.0f} %" if left >= 0.1 else f"{100 * left:.2g} %"


def _change(before: pd.Series, after: pd.Series) -> str:
    """What training did to the rate of forgetting, where it did something."""
    rates = [math.log(of["factor"]) for of in (before, after)]
    if min(rates) <= 0 or 0.8 < rates[0] / rates[1] < 1.25:
        return ""
    times = max(rates) / min(rates)
    return f" Training has made its memory {short(times)} times as {'long' if rates[1] < rates[0] else 'short'}."


def of_clips(reach: pd.DataFrame, facts: Mapping[str, Any]) -> str:
    """Which models learn from the whole of a clip, and which from its end alone."""
    found = {cell: memory_of(reach, cell, "after") for cell in facts["models"]}
    known = {cell: of for cell, of in found.items() if of is not None}
    if not known or facts["longest"] == 1:
        return ""
    whole = [WORDS[cell] for cell, of in known.items() if of["left"] >= REACHES]
    part = {cell: of for cell, of in known.items() if of["left"] < REACHES}
    clips = f"clips of {in_steps(facts['longest'], facts['step_s'])}"
    sentences = [f"Your {clips} are within the memory of the {listed(whole)}: all of a clip is learned from."] * bool(
        whole
    )
    for cell, of in part.items():
        back = in_steps(of["steps_100"], facts["step_s"])
        sentences.append(
            f"The {WORDS[cell]} learns next to nothing from what it reads more than {back} before its last step, and "
            f"your {clips} are longer."
        )
    return " ".join(sentences)


def of_padding(padding: pd.DataFrame, facts: Mapping[str, Any]) -> list[str]:
    """From which padding on the answers are measurably worse, a sentence a model."""
    return [_of_padding(WORDS[str(cell)], rows, facts) for cell, rows in padding.groupby("cell", sort=False)]


def _of_padding(words: str, rows: pd.DataFrame, facts: Mapping[str, Any]) -> str:
    first, last = rows.iloc[0], rows.iloc[-1]
    if len(rows) == 1:
        return ""
    fallen = rows[rows["accuracy_high"] < first["accuracy_low"]]
    begun = f"{first['accuracy']:.2f}"
    if fallen.empty:
        return (
            f"{words}: up to {_frames(last, facts)} on both sides cost no accuracy that could be measured ({begun}, "
            f"{last['accuracy']:.2f} at the end)."
        )
    at, half = fallen.iloc[0], _half_gone(rows, facts["chance"])
    sentence = f"{words}: with {_frames(at, facts)} on both sides accuracy falls from {begun} to {_interval(at)}"
    if half is not None and half["padding"] > at["padding"]:
        gone = "more than half of what it is ahead of chance is gone"
        sentence = f"{sentence}; with {_frames(half, facts)} {gone}, {_interval(half)}"
    if last["accuracy_low"] <= facts["chance"]:
        return f"{sentence}; with {last['padding']:.0f} it cannot be told from chance ({facts['chance']:.2f})."
    chance = f"where chance is {facts['chance']:.2f}"
    return f"{sentence}; with {last['padding']:.0f} it is {last['accuracy']:.2f}, {chance}."


def _half_gone(rows: pd.DataFrame, chance: float) -> pd.Series | None:
    """The first padding that takes more than half of what a model is ahead of chance; None where none does."""
    gone = rows[rows["accuracy"] < (rows["accuracy"].iloc[0] + chance) / 2]
    return gone.iloc[0] if len(gone) else None


def _frames(row: pd.Series, facts: Mapping[str, Any]) -> str:
    m = int(row["padding"])
    return f"{m} neutral {plural(m, 'step', 'steps')}{in_seconds(m, facts['step_s'])}"


def _interval(row: pd.Series) -> str:
    return f"{row['accuracy']:.2f} ({row['accuracy_low']:.2f} to {row['accuracy_high']:.2f})"


def of_idle_frames(padding: pd.DataFrame, facts: Mapping[str, Any]) -> str:
    """How much idle video around a clip each model stands, and what that asks of the clips.

    What it stands is less than what takes half of its accuracy above chance: a sharper fall cannot be told from the
    paddings that were tried.
    """
    models = list(padding.groupby("cell", sort=False))
    lost = {WORDS[str(cell)]: half for cell, rows in models if (half := _half_gone(rows, facts["chance"])) is not None}
    if not lost:
        return ""
    by_frames: dict[str, list[str]] = {}
    for words, half in lost.items():
        by_frames.setdefault(_frames(half, facts), []).append(f"the {words}")
    told = "; ".join(f"{frames} on either side for {listed(words)}" for frames, words in by_frames.items())
    spared = [WORDS[str(cell)] for cell, _ in models if WORDS[str(cell)] not in lost]
    rest = f" None that was tried cost the {listed(spared)} so much." if spared else ""
    return f"Idle frames at both ends of a clip cost most of what was learned: {told}.{rest}"


def against_gradients(reach: pd.DataFrame, padding: pd.DataFrame, facts: Mapping[str, Any]) -> str:
    """Models whose gradient sees the whole clip, and which yet forget within a clip's length of nothing."""
    short_lived = []
    for cell, rows in padding.groupby("cell", sort=False):
        of, half = memory_of(reach, str(cell), "after"), _half_gone(rows, facts["chance"])
        if of is not None and of["left"] >= REACHES and half is not None and half["padding"] < facts["longest"]:
            short_lived.append(WORDS[str(cell)])
    if not short_lived:
        return ""
    return (
        f"So the {listed(short_lived)} {plural(len(short_lived), 'remembers', 'remember')} what happens within clips "
        "like "
        "these, and not for longer: the gradient reaches all of a clip, and yet fewer idle frames than a clip has "
        "are too "
        "many. Cut the clips to be answered as tightly as those that were learned from, or train on clips cut as "
        "loosely."
    )


def of_truncation(truncation: pd.DataFrame) -> list[str]:
    """The shortest way back that costs nothing measurable, a sentence a model."""
    sentences = [_of_truncation(WORDS[str(cell)], rows) for cell, rows in truncation.groupby("cell", sort=False)]
    return [sentence for sentence in sentences if sentence]


def _of_truncation(words: str, rows: pd.DataFrame) -> str:
    rows = rows[rows["trained"]]
    diverged = rows[rows["diverged"]]
    told = f" With {listed([str(k) for k in diverged['truncate']])} it diverged." if len(diverged) else ""
    cut, whole = rows[~rows["whole"]], rows[rows["whole"]]
    if cut.empty or whole.empty or bool(whole["diverged"].iloc[0]):
        return told.strip() and f"{words}:{told}"
    reference = whole.iloc[0]
    # An interval that ends at zero is not one that leaves a loss out.
    enough = cut[((cut["ahead"] >= 0) | (cut["ahead_high"] > 0)) & ~cut["diverged"]]
    if enough.empty:
        widest = cut.iloc[-1]
        return f"{words}: no truncation is enough; with {_k(widest)} it has {_against(widest, reference)}.{told}"
    return f"{words}: {_enough(enough.iloc[0], cut, reference)}{told}"


def _enough(row: pd.Series, cut: pd.DataFrame, reference: pd.Series) -> str:
    memory, time = row["kept_bytes"] / reference["kept_bytes"], row["seconds"] / reference["seconds"]
    sentence = (
        f"`truncate: {row['truncate']}` is enough here: {_against(row, reference)}, at {100 * memory:.0f} % of the "
        "memory "
        f"for activations and {time:.1f} times the time."
    )
    less = cut[(cut["truncate"] < row["truncate"]) & ~cut["diverged"]]
    if len(less):
        sentence += f" With {_k(less.iloc[-1])} it has {_against(less.iloc[-1], reference)}."
    if time > 1 and reference["kept_bytes"] < LITTLE_BYTES:
        sentence += f" It saves nothing that is scarce: all of it keeps {reference['kept_bytes'] / 1e6:.1f} MB a batch."
    return sentence


def _k(row: pd.Series) -> str:
    return f"{row['truncate']} {plural(int(row['truncate']), 'step', 'steps')}"


def _against(row: pd.Series, reference: pd.Series) -> str:
    interval = f"{100 * row['ahead_low']:+.1f} to {100 * row['ahead_high']:+.1f} points"
    losses = f"loss {row['val_loss']:.3f} against {reference['val_loss']:.3f}"
    accuracies = f"{row['val_accuracy']:.3f} on val against {reference['val_accuracy']:.3f} with all of it"
    return f"{accuracies} ({interval}; {losses})"


def of_gates(gates: pd.DataFrame, facts: Mapping[str, Any]) -> list[str]:
    """What a step keeps, in the mean over the directions, before training and after it."""
    sentences = []
    for cell, rows in gates.groupby("cell", sort=False):
        before, after = (rows[rows["when"] == when].mean(numeric_only=True) for when in ("before", "after"))
        gate = "forget gate f_t" if cell == "lstm" else "update gate z_t"
        sentences.append(
            f"The {WORDS[str(cell)]}'s {gate} keeps {after['mean']:.2f} of its state a step ({before['mean']:.2f} "
            f"before training), which is a time constant of {in_steps(after['steps'], facts['step_s'])}; the slowest "
            f"tenth of its units keep for {in_steps(after['slowest_steps'], facts['step_s'])} or longer."
        )
    return sentences


def beyond_gates(reach: pd.DataFrame, gates: pd.DataFrame) -> list[str]:
    """Models of whose gradient far more arrives than even their slowest units' gates would leave."""
    sentences = []
    for cell, rows in gates[gates["when"] == "after"].groupby("cell", sort=False):
        of = memory_of(reach, str(cell), "after")
        if of is None or of["longest"] < 1:
            continue
        by_gates = (1.0 - 1.0 / rows["slowest_steps"].max()) ** of["longest"]
        if of["left"] > FAR_MORE * by_gates:
            sentences.append(
                f"Gates alone would leave {_share(by_gates)} of a state after {in_steps(of['longest'], None)} even in "
                f"the {WORDS[str(cell)]}'s slowest units, and {_share(of['left'])} of the gradient arrives: the rest "
                "is written anew step by step through the recurrent weights, as was learned on clips of this kind."
            )
    return sentences


def of_matrices(matrices: pd.DataFrame) -> list[str]:
    """What the recurrent matrix of an RNN bounds: a gated cell has more ways than its matrices."""
    rows = matrices[(matrices["cell"] == "rnn") & (matrices["gate"] == "h")]
    if rows.empty:
        return []
    before, after = (rows[rows["when"] == when].mean(numeric_only=True) for when in ("before", "after"))
    bound = (
        "so that the gradient must vanish, whatever is read"
        if after["singular"] < 1
        else "so that the gradient need not vanish by the matrix alone; what shrinks it then are the units at the flat "
        "ends of tanh"
    )
    return [
        f"The RNN's recurrent matrix has the spectral radius {after['radius']:.2f} ({before['radius']:.2f} before "
        "training) "
        f"and the largest singular value {after['singular']:.2f} ({before['singular']:.2f}), {bound}."
    ]


def of_exams(exams: pd.DataFrame) -> list[str]:
    """How far apart what belongs together may lie for each cell, a sentence an exam."""
    return [_of_exam(str(exam), rows) for exam, rows in exams.groupby("exam", sort=False)]


def _of_exam(exam: str, rows: pd.DataFrame) -> str:
    told = []
    for cell, of in rows.groupby("cell", sort=False):
        solved = of.loc[of["solved"], "steps_between"]
        told.append(f"the {WORDS[str(cell)]} " + (f"(up to {solved.max()})" if len(solved) else "(at no distance)"))
    asked = listed([str(n) for n in sorted(rows["steps_between"].unique())])
    return f"{exam.replace('_', ' ').capitalize()}, over {asked} steps: solved by {listed(told)}."
