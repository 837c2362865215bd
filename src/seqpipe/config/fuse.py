"""Parameters of late fusion."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from seqpipe.config.base import Count, Stage

NAMED = (
    "a model of the last run here (`svm`), another project's folder (its best on val), a model's folder in "
    "`data/07_model_output`, or a run of MLflow by its id"
)


class FuseConfig(Stage):
    """Late fusion: the weighted mean of what two models answer, w p_1 + (1 - w) p_2."""

    first: str | None = Field(
        description=f"The first model: {NAMED}. null: the best on val of those trained on the D' here."
    )
    second: str | None = Field(
        description="The second one, named likewise. null: of those trained on the D' here the best on val that is not "
        "the first."
    )
    steps: Count = Field(description="Weights tried on val: so many steps from 0 to 1.")
    choose_by: Literal["log_loss", "accuracy"] = Field(
        description="What val chooses the weight by; of equals the one nearest to a half."
    )
