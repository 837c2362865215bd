"""What a run leaves of a model, by the names of its catalog's entries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqpipe.use.bundle import Bundle


def bundle_left(catalog: Any, fit: str, parameters: Mapping[str, Any]) -> Bundle:
    """The bundle of the model whose fit is the entry ``fit``, when all of its entries are saved.

    Args:
        catalog: The run's.
        fit: ``lstm.fit``, or ``<task>.lstm.fit`` of a task that keeps its data apart.
        parameters: The project's, nested.
    """
    from seqpipe.models.registry import model_entry
    from seqpipe.use.bundle import Left, bundle_of

    apart, _, model = fit.rpartition(".")[0].rpartition(".")
    reads_frames = model_entry(model).inputs == "frames"
    data = f"{model}.frame_dataset" if reads_frames else within(apart, "dataset")
    of_samples = model if reads_frames else apart
    entries = (
        f"{within(apart, model)}.model",
        fit,
        within(of_samples, "backbone"),
        data,
        within(of_samples, "samples"),
    )
    return bundle_of(Left(*(catalog.get(name).path for name in entries)), parameters)


def within(namespace: str, name: str) -> str:
    """The name of an entry in a namespace, which is empty for what every run has."""
    return f"{namespace}.{name}" if namespace else name
