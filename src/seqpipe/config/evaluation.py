"""Parameters of how the test split is judged."""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    Field,
)

from seqpipe.config.base import Count, Stage


class EvaluationConfig(Stage):
    """How the test split is judged."""

    bootstrap: Count = Field(description="Resamples of the groups for the interval of the accuracy.")
    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = Field(description="Coverage of that interval.")
    calibration_bins: Count = Field(description="Bins of equal width for the expected calibration error.")
    mistakes: Annotated[int, Field(ge=0)] = Field(description="The most confident mistakes shown as strips of frames.")
