"""Parameters of language modelling."""

from __future__ import annotations

from pydantic import Field

from seqpipe.config.base import Count, Stage
from seqpipe.config.classifiers import FrameLinearConfig
from seqpipe.config.networks import FrameRecurrentConfig


class NextTokenConfig(Stage):
    """Language modelling: many to many, in step; at each token the one that comes next."""

    window: Count = Field(
        description="Tokens that a net reads at once; longer texts are read in windows that overlap by half."
    )
    linear: FrameLinearConfig = Field(description="The baseline: logistic regression on the last tokens.")
    recurrent: FrameRecurrentConfig = Field(
        description="What RNN, GRU and LSTM have in common here; one that reads in both directions would see what it "
        "is asked, so `bidirectional` is false."
    )
    rnn: FrameRecurrentConfig = Field(description="RNN as a language model: what differs for it.")
    gru: FrameRecurrentConfig = Field(description="GRU as a language model: what differs for it.")
    lstm: FrameRecurrentConfig = Field(description="LSTM as a language model: what differs for it.")
