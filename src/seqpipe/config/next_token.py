"""Parameters of language modelling."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from seqpipe.config.base import Count, Stage
from seqpipe.config.classifier_base import ClassifierConfig
from seqpipe.config.classifiers import FrameLinearConfig
from seqpipe.config.networks import FrameRecurrentConfig

SEES_AHEAD = {"linear": "ahead", **dict.fromkeys(("recurrent", "rnn", "gru", "lstm"), "bidirectional")}
"""By which parameter each block's model reads the tokens that it is asked for."""


class NextTokenConfig(Stage):
    """Language modelling: many to many, in step; at each token the one that comes next."""

    window: Count = Field(
        description="Tokens that a net reads at once; longer texts are read in windows that overlap by half."
    )
    linear: FrameLinearConfig = Field(description="The baseline: logistic regression on the last tokens.")
    recurrent: FrameRecurrentConfig = Field(
        description="What RNN, GRU and LSTM have in common here; `bidirectional` is false, for a net that reads in "
        "both directions would see what it is asked."
    )
    rnn: FrameRecurrentConfig = Field(description="RNN as a language model: what differs for it.")
    gru: FrameRecurrentConfig = Field(description="GRU as a language model: what differs for it.")
    lstm: FrameRecurrentConfig = Field(description="LSTM as a language model: what differs for it.")

    @model_validator(mode="after")
    def _no_model_sees_ahead(self) -> Self:
        for block, parameter in SEES_AHEAD.items():
            if where := _seen(getattr(self, block), parameter):
                raise ValueError(
                    f"{block}.{where}: got True; a model that reads what lies ahead is shown the token that it is "
                    "asked for, so that here it should be false"
                )
        return self


def _seen(config: ClassifierConfig, parameter: str) -> str:
    """Where a block says that its model sees ahead: in the parameter itself, or in its grid; empty: nowhere."""
    if any(getattr(config.with_chosen(chosen), parameter) for chosen in config.combinations()):
        return f"grid.{parameter}" if parameter in config.grid else parameter
    return ""
