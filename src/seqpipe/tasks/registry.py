"""Every task by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from seqpipe.core.errors import unknown_name
from seqpipe.tasks.base import Task
from seqpipe.tasks.classification import Classification
from seqpipe.tasks.frame_labels import FrameLabels


def _frame_labels(facts: Mapping[str, Any]) -> Task:
    lists = {name: tuple(facts[name]) for name in ("background", "medians")}
    return FrameLabels(**{**facts, **lists})


TASKS: dict[str, Callable[[Mapping[str, Any]], Task]] = {
    Classification.name: lambda facts: Classification(**facts),
    FrameLabels.name: _frame_labels,
}
CLASSIFICATION = Classification()


def task_of(name: str, facts: Mapping[str, Any]) -> Task:
    """The task of that name, as it was made before.

    Raises:
        UserError: there is none; the known ones are named.
    """
    if name not in TASKS:
        raise unknown_name("task", name, sorted(TASKS))
    return TASKS[name](facts)
