"""What a run leaves of a model, by the names of its catalog's entries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqpipe.use.bundle import Bundle


FIT = ".fit"
"""How the names of the entries end that tell of a model's fit."""


def bundle_left(catalog: Any, fit: str, parameters: Mapping[str, Any]) -> Bundle:
    """The bundle of the model whose fit is the entry ``fit``, when all of its entries are saved.

    Args:
        catalog: The run's.
        fit: ``lstm.fit``, or ``<task>.lstm.fit`` of a task that keeps its data apart.
        parameters: The project's, nested.

    Raises:
        UserError: One of them is not there.
    """
    from seqpipe.use.bundle import Left, bundle_of

    return bundle_of(Left(*(catalog.get(name).path for name in bundle_entries(fit))), parameters)


def bundle_entries(fit: str) -> tuple[str, ...]:
    """The names of the entries that make the bundle of a model, as ``Left`` has them; ``fit`` is as above."""
    from seqpipe.models.registry import model_entry

    apart, _, model = fit.removesuffix(FIT).rpartition(".")
    entry = model_entry(model)
    # One of frames that is compared with others shares their samples and backbone.
    of_samples = model if entry.inputs == "frames" and not entry.beside and not apart else apart
    data = f"{apart or model}.frame_dataset" if entry.inputs == "frames" else within(apart, "dataset")
    others = (within(of_samples, "backbone"), data, within(of_samples, "samples"))
    return (f"{within(apart, model)}.model", fit, *others)


def within(namespace: str, name: str) -> str:
    """The name of an entry in a namespace, which is empty for what every run has."""
    return f"{namespace}.{name}" if namespace else name
