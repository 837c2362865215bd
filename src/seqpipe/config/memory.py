"""Parameters of the pipeline that looks into the recurrent models."""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    Field,
)

from seqpipe.config.base import Count, Stage
from seqpipe.config.exams import ExamsConfig


class MemoryConfig(Stage):
    """The pipeline `memory`: how far back the recurrent models of the last run remember."""

    samples: Count = Field(
        description="Clips of val that gradients are asked of, at most; of train where val has too few. Of long clips "
        "fewer are taken."
    )
    probes: Count = Field(
        description="Random directions that a Jacobian is estimated by; where a layer has no more units, it is exact."
    )
    lags: Annotated[int, Field(ge=2)] = Field(
        description="Lags that are told and drawn at most; of longer clips they are spaced by the logarithm."
    )
    padding: list[Annotated[int, Field(ge=0)]] = Field(
        min_length=1,
        description="Neutral steps that are put before and after every clip of test, to see how far back the decisive "
        "ones may lie.",
    )
    truncate: list[Count | None] = Field(
        description="Steps that the gradient goes back at most, each model trained anew with each of them, one network "
        "of it; null: all. Empty: nothing is trained."
    )
    exams: ExamsConfig = Field(description="Problems whose distance is known, which the cells sit on the side.")
