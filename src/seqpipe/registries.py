"""All registries that other packages may add to, where all of them are needed."""

from __future__ import annotations

from seqpipe.config import PARAMETERS, Stage
from seqpipe.modalities.registry import MODALITIES
from seqpipe.models.registry import MODELS
from seqpipe.tasks.registry import TASKS


def all_parameters() -> dict[str, type[Stage]]:
    """Every group of parameters with its model, those of other packages among them."""
    for registry in (MODELS, TASKS, MODALITIES):
        len(registry)  # a look into it
    return PARAMETERS
