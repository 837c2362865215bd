"""Parameters of labels by frame."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from seqpipe.config.base import Part, Positive
from seqpipe.config.classifiers import FrameLinearConfig
from seqpipe.config.features import StreamConfig
from seqpipe.config.networks import FrameRecurrentConfig


class FrameLabelsConfig(StreamConfig):
    """Labels by frame: many to many, in step."""

    fps: Positive | None = Field(description="Steps a second at which videos are read; null: each at its own rate.")
    window_s: Positive = Field(description="Seconds that a net reads at once; longer videos are read in windows.")
    overlap: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(
        description="Share of a window that the next one reads again."
    )
    smoothing: Annotated[float, Field(ge=0.0)] = Field(
        description="Weight of the loss that asks neighbouring steps to agree, against over-segmentation; 0: none."
    )
    median_s: list[Annotated[float, Field(ge=0.0)]] = Field(
        min_length=1,
        description="Seconds of the median over finished probabilities; of several, val chooses for each model.",
    )
    background: list[str] = Field(
        description="Labels that are no segments: edit score and F1 pass over them. What no segment covers is "
        "`background`."
    )
    tier: str | None = Field(description="The tier of ELAN's files; null: the only one that has annotations.")
    subject: str | None = Field(
        description="The subject of BORIS' exports; null: the only one that has annotations in each video."
    )
    val_share: Part = Field(
        description="Share of each training video that becomes val where no group can be spared for it."
    )
    linear: FrameLinearConfig = Field(description="The baseline: logistic regression on each frame by itself.")
    recurrent: FrameRecurrentConfig = Field(description="What RNN, GRU and LSTM have in common here.")
    rnn: FrameRecurrentConfig = Field(description="RNN with an answer each step: what differs for it.")
    gru: FrameRecurrentConfig = Field(description="GRU with an answer each step: what differs for it.")
    lstm: FrameRecurrentConfig = Field(description="LSTM with an answer each step: what differs for it.")
