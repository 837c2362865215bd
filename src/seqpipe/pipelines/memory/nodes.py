"""Nodes of ``memory``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seqpipe.config import EvaluationConfig, MemoryConfig, RuntimeConfig
from seqpipe.pipelines.types import FeatureDataset, Picture, Table, TrainedModel


def look_inside(
    dataset: FeatureDataset, memory: MemoryConfig, runtime: RuntimeConfig, **models: TrainedModel
) -> list[Any]:
    """Gradients and Jacobians over the lag, how far they reach, matrices and gates: before training and after it."""
    from seqpipe.memory.clips import choose_clips
    from seqpipe.memory.facts import memory_facts
    from seqpipe.memory.inside import look_inside
    from seqpipe.memory.opened import open_models
    from seqpipe.runtime.devices import computing

    opened, left_out = open_models(models, dataset)
    clips = choose_clips(dataset, memory.samples)
    with computing(runtime):
        inside = look_inside(opened, clips, memory, runtime.seed)
    return [*inside.tables(), memory_facts(opened, left_out, dataset, clips)]


def pad_clips(
    dataset: FeatureDataset,
    memory: MemoryConfig,
    evaluation: EvaluationConfig,
    runtime: RuntimeConfig,
    **models: TrainedModel,
) -> Table:
    """The accuracy on test with neutral steps before and after every clip."""
    from seqpipe.memory.opened import open_models
    from seqpipe.memory.padding import accuracy_padded

    opened, _ = open_models(models, dataset)
    return accuracy_padded(opened, dataset, memory.padding, evaluation, runtime.seed)


def sweep_truncation(
    dataset: FeatureDataset,
    memory: MemoryConfig,
    evaluation: EvaluationConfig,
    runtime: RuntimeConfig,
    **models: TrainedModel,
) -> Table:
    """Each model trained anew with its gradient cut off behind a few steps, and behind more."""
    from seqpipe.memory.opened import open_models
    from seqpipe.memory.sweep import sweep_truncation

    opened, _ = open_models(models, dataset)
    return sweep_truncation(opened, dataset, memory.truncate, evaluation, runtime)


def sit_exams(memory: MemoryConfig, runtime: RuntimeConfig) -> tuple[Table, Table]:
    """The cells on problems whose distance is known, and their errors as they learned."""
    from seqpipe.memory.sittings import sit_exams

    return sit_exams(memory.exams, runtime)


def draw_memory(
    gradients: Table,
    jacobians: Table,
    histogram: Table,
    padding: Table,
    truncation: Table,
    exams: Table,
    curves: Table,
    facts: dict[str, Any],
) -> dict[str, Picture]:
    """What is there to be drawn of the tables, by name."""
    from seqpipe.memory.figures import all_figures

    return all_figures(gradients, jacobians, histogram, padding, truncation, exams, curves, facts)


def write_memory_report(
    facts: dict[str, Any],
    reach: Table,
    matrices: Table,
    gates: Table,
    padding: Table,
    truncation: Table,
    exams: Table,
    figures: dict[str, Picture],
) -> str:
    """The self-contained report, made of what lies on disk: no parameter of this command says anything in it."""
    from seqpipe.memory.report import MemoryInputs, render_memory_report
    from seqpipe.tracking.provenance import summary

    told = {"seed": facts["seeds"], "device": "cpu", **summary(Path.cwd())}
    return render_memory_report(
        MemoryInputs(told, facts, reach, matrices, gates, padding, truncation, exams, figures),
    )
