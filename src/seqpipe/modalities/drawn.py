"""The modality that draws the samples of a table, made of what the table itself says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.core.lineage import complete, lineage_of
from seqpipe.modalities.base import Drawable, Modality
from seqpipe.modalities.registry import MODALITIES, check_modality


def drawable(samples: pd.DataFrame) -> Drawable | None:
    """What draws these samples; None: their modality does not.

    Raises:
        UserError: The table does not say what its samples are, or the modality is not installed any more.
    """
    lineage = complete(lineage_of(samples), "corpus", "samples")
    made = _measured_by(str(lineage["corpus"]["modality"]), lineage["samples"])
    return made if isinstance(made, Drawable) else None


def _measured_by(name: str, facts: Mapping[str, Any]) -> Modality:
    """The modality with the parameters that the samples were measured with."""
    check_modality(name)
    config = MODALITIES[name].config
    if config is None:
        return MODALITIES[name].build(None)
    if "parameters" not in facts:
        raise UserError(
            f"The samples on disk do not say with which parameters of {name} they were measured: an earlier version "
            "has written them. Run again from `probe_samples`."
        )
    return MODALITIES[name].build(config.model_validate(facts["parameters"]))
