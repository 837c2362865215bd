"""Parameters of the exams of long dependencies, which the recurrent cells sit side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    field_validator,
)

from seqpipe.config.base import Count, Positive, Stage

ExamName = Literal["adding", "temporal_order", "copy_memory"]
# Below, what is to be told apart would lie on one step.
StepsBetween = Annotated[int, Field(ge=5)]


class CellRates(Stage):
    """A learning rate for each cell: each has its own best, and none is to lose for having another's."""

    rnn: Positive = Field(description="The RNN's.")
    gru: Positive = Field(description="The GRU's.")
    lstm: Positive = Field(description="The LSTM's.")


class ExamsConfig(Stage):
    """What is examined, and how each cell learns for it."""

    adding: list[StepsBetween] = Field(
        description="Steps of the adding problem, a number for each time it is sat; empty: never."
    )
    temporal_order: list[StepsBetween] = Field(description="The same of the temporal order problem.")
    copy_memory: list[StepsBetween] = Field(description="The same of the copy memory problem: its blanks.")
    cells: list[Literal["rnn", "gru", "lstm"]] = Field(min_length=1, description="Cells that sit them.")
    hidden: Count = Field(description="Units of a cell.")
    gate_biases: Literal["open", "chrono"] = Field(
        description="With what the gates that keep begin: `open`, a forget gate of the LSTM's with a bias of 1; "
        "`chrono`, those of LSTM and GRU with times of all lengths up to the exam's."
    )
    batch_size: Count = Field(description="Sequences a step.")
    learning_rate: CellRates
    clip_norm: Positive | None = Field(description="The norm of the gradient is clipped to this; null: never.")
    steps: Count = Field(description="Steps until a cell with gates has to have solved its exam.")
    steps_without_gates: Positive = Field(
        description="Steps of a cell without gates, as a multiple of those that the slowest with gates took in the "
        "same exam, and no more than `steps`."
    )
    judge_every: Count = Field(description="Steps between two looks at whether it is solved.")
    judged_by: Count = Field(description="Fresh sequences, never learned from, that it is judged by.")

    @field_validator("adding", "temporal_order", "copy_memory", "cells")
    @classmethod
    def _each_once(cls, listed: list[Any]) -> list[Any]:
        if len(set(listed)) < len(listed):
            raise ValueError(f"got {listed}, with something twice: name each once")
        return listed

    @property
    def steps_between(self) -> Mapping[ExamName, list[int]]:
        """How far back each exam asks, by its name."""
        return {"adding": self.adding, "temporal_order": self.temporal_order, "copy_memory": self.copy_memory}
