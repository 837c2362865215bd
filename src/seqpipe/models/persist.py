"""Fitted models on disk: JSON beside safetensors files. Nothing that is loaded is unpickled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqpipe.config import RuntimeConfig
from seqpipe.core.cores import available_cores
from seqpipe.core.errors import UserError
from seqpipe.models.registry import model_entry
from seqpipe.tasks.registry import task_of

if TYPE_CHECKING:
    from seqpipe.models.base import Model

RECORD = "model.json"
# A loaded model answers on the CPU, wherever it was fitted.
SERVING = RuntimeConfig(seed=0, device="cpu", threads=None, deterministic=True)


def save_model(model: Model, folder: Path) -> None:
    """Writes a fitted model into a new folder."""
    folder.mkdir(parents=True)
    record = {
        "kind": model.kind,
        "class_names": list(model.class_names),
        "device": model.device,
        "threads": model.threads,
        "task": {"name": model.task.name, **model.task.facts()},
        "config": model.config.model_dump(mode="json"),
        "kept": model.write(folder),
    }
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def read_model(folder: Path) -> Model:
    """Reads a model that ``save_model`` wrote; its history is not kept.

    Raises:
        UserError: It was written in a form that is not read any more.
    """
    if former := sorted(file.name for file in folder.glob("*.skops")):
        raise UserError(
            f"{folder}: expected a model in safetensors and JSON, got {', '.join(former)}, which an earlier version "
            "wrote; train it again."
        )
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    entry = model_entry(record["kind"])
    facts = dict(record.get("task", {"name": "classification"}))
    task = task_of(facts.pop("name"), facts)
    model = entry.build(entry.config_of(task.per).model_validate(record["config"]), SERVING, task)
    model.class_names = tuple(record["class_names"])
    model.device, model.threads = record["device"], threads_of(record)
    model.read(folder, record["kept"])
    return model


def threads_of(record: dict[str, Any]) -> int:
    """On how many threads a model answers that was kept with this record; never more than there are cores here."""
    return min(int(record.get("threads", available_cores())), available_cores())
