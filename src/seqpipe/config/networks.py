"""Parameters of the models that are networks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    Field,
)

from seqpipe.config.base import Count, Positive
from seqpipe.config.classifiers import ClassifierConfig


class LstmConfig(ClassifierConfig):
    """Long short-term memory over the frames of a clip."""

    hidden: Count = Field(description="Units of a layer and direction.")
    layers: Count = Field(description="Layers, one on top of the other.")
    bidirectional: bool = Field(description="Read the clip in both directions.")
    readout: Literal["last", "mean", "attention"] = Field(
        description="What is classified: the `last` state of each direction, the `mean` over the real frames, or their "
        "mean weighted by a learned `attention`."
    )
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(description="Between layers and before the classifier.")
    noise: Annotated[float, Field(ge=0.0)] = Field(
        description="Deviation of the noise added to the features in training, where 1 is that of the strongest one. "
        "Without it many components of a PCA overfit small corpora."
    )
    warp: Annotated[float, Field(ge=0.0)] = Field(
        description="How much time is warped in training: the deviation of the log of the pace between frames."
    )
    learning_rate: Positive = Field(description="Peak of the schedule: linear warm-up, then cosine to zero.")
    weight_decay: Annotated[float, Field(ge=0.0)] = Field(description="AdamW's, on the matrices alone.")
    batch_size: Count = Field(description="Clips a step.")
    epochs: Count = Field(description="Passes over the training clips, at most.")
    clip_norm: Positive | None = Field(description="The norm of the gradient is clipped to this; null: never.")
    patience: Count | None = Field(description="Epochs without a lower val loss that end training; null: none do.")
    keep: Literal["best", "last"] = Field(
        description="The weights kept: those of the `best` val loss, or the `last`, which the schedule has brought to "
        "rest. On a small val split the best epoch is mostly luck."
    )
    members: Count = Field(description="Networks trained from different seeds, whose probabilities are averaged.")


class AnnConfig(ClassifierConfig):
    """Multi-layer perceptron on one vector a clip."""

    pooling: Literal["mean", "concat"] = Field(
        description="One vector a clip: the mean of its frames (blind to their order), or all of them in a row."
    )
    hidden: list[Count] = Field(
        description="Units of each hidden layer (ReLU); empty: none, which is the head of a CNN, trained alone."
    )
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(description="Behind each hidden layer.")
    learning_rate: Positive = Field(description="Peak of the schedule: linear warm-up, then cosine to zero.")
    weight_decay: Annotated[float, Field(ge=0.0)] = Field(description="AdamW's, on the matrices alone.")
    batch_size: Count = Field(description="Clips a step.")
    epochs: Count = Field(description="Passes over the training clips, at most.")
    clip_norm: Positive | None = Field(description="The norm of the gradient is clipped to this; null: never.")
    patience: Count | None = Field(description="Epochs without a lower val loss that end training; null: none do.")
    keep: Literal["best", "last"] = Field(description="The weights kept: those of the `best` val loss, or the `last`.")
