"""Fitted classifiers on disk: JSON beside safetensors files. Nothing that is loaded is unpickled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqpipe.config import RuntimeConfig
from seqpipe.core.cores import available_cores
from seqpipe.core.errors import UserError
from seqpipe.models.registry import kind
from seqpipe.tasks.registry import task_of

if TYPE_CHECKING:
    from seqpipe.models.base import Classifier

RECORD = "classifier.json"
# A loaded classifier answers on the CPU, wherever it was fitted.
SERVING = RuntimeConfig(seed=0, device="cpu", threads=None, deterministic=True)


def save_classifier(classifier: Classifier, folder: Path) -> None:
    """Writes a fitted classifier into a new folder."""
    folder.mkdir(parents=True)
    record = {
        "kind": classifier.kind,
        "class_names": list(classifier.class_names),
        "device": classifier.device,
        "threads": classifier.threads,
        "task": {"name": classifier.task.name, **classifier.task.facts()},
        "config": classifier.config.model_dump(mode="json"),
        "kept": classifier.write(folder),
    }
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def read_classifier(folder: Path) -> Classifier:
    """Reads a classifier that ``save_classifier`` wrote; its history is not kept.

    Raises:
        UserError: It was written in a form that is not read any more.
    """
    if former := sorted(file.name for file in folder.glob("*.skops")):
        raise UserError(
            f"{folder}: expected a model in safetensors and JSON, got {', '.join(former)}, which an earlier version "
            "wrote; train it again."
        )
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    entry = kind(record["kind"])
    task = dict(record.get("task", {"name": "classification"}))
    classifier = entry.make(entry.config.model_validate(record["config"]), SERVING, task_of(task.pop("name"), task))
    classifier.class_names = tuple(record["class_names"])
    classifier.device, classifier.threads = record["device"], threads_of(record)
    classifier.read(folder, record["kept"])
    return classifier


def threads_of(record: dict[str, Any]) -> int:
    """On how many threads a model answers that was kept with this record; never more than there are cores here."""
    return min(int(record.get("threads", available_cores())), available_cores())
