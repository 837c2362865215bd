"""Parameters of the models that are networks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    Field,
)

from seqpipe.config.base import Count
from seqpipe.config.classifier_base import ClassifierConfig
from seqpipe.config.classifiers import Pooling
from seqpipe.config.training import TrainingConfig


class FrameRecurrentConfig(ClassifierConfig):
    """A recurrent net (RNN, GRU or LSTM) with an answer each step."""

    hidden: Count = Field(description="Units of a layer and direction.")
    layers: Count = Field(description="Layers, one on top of the other.")
    bidirectional: bool = Field(description="Read in both directions; false: causal, no step knows what comes.")
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(description="Between layers and before the classifier.")
    gaussian_noise: Annotated[float, Field(ge=0.0)] = Field(
        description="Deviation of the noise added to the features in training, where 1 is that of the strongest one. "
        "Without it many components of a PCA overfit small corpora."
    )
    embedding: Count = Field(description="Of tokens: numbers that each is read as; they are learned.")
    token_dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(
        description="Of tokens: the share that is read as unknown in training, so that what is rare is not relied on."
    )
    truncate: Count | None = Field(
        description="Steps that the gradient goes back in time at most, in each layer; null: all."
    )
    truncate_by: Literal["chunk", "window"] = Field(
        description="`chunk`: a clip is read so many steps at a time, with the state carried over and the activations "
        "of one chunk (or 8 steps) in memory; the gradient ends where its chunk begins. `window`: that of each step "
        "goes back so many, at as many times the work."
    )
    implementation: Literal["fused", "reference"] = Field(
        description="`fused`: torch's layers, of which an RNN and a GRU are computed by kernels of ours on a CPU. "
        "`reference`: the cells as their equations have them, step by step; the same values and gradients, slower."
    )
    training: TrainingConfig = Field(description="How each network is trained.")
    max_steps: Count = Field(
        description="Steps of a training in all, at most: of many samples it has fewer epochs than "
        "`training.epochs`, as many as begin within so many steps."
    )
    ensemble_size: Count = Field(description="Networks trained from different seeds, whose probabilities are averaged.")


class RecurrentConfig(FrameRecurrentConfig):
    """A recurrent net (RNN, GRU or LSTM) over the frames of a clip."""

    readout: Literal["auto", "last", "mean", "attention", "every"] = Field(
        description="What is classified: the `last` state of each direction, the `mean` over the real frames, their "
        "mean weighted by a learned `attention`; or `every` step, each with the clip's label, and the answer is the "
        "mean over the steps (Donahue et al. 2015). `auto`: where clips have more than 100 steps the mean, for the "
        "last state remembers few of them, else the last."
    )
    time_warp: Annotated[float, Field(ge=0.0)] = Field(
        description="How much time is warped in training: the deviation of the log of the pace between frames."
    )
    window: Count = Field(
        description="Steps that are read at once, at most. A longer clip is read in windows that overlap by half, each "
        "trained on the clip's label; the mean of their answers is the clip's."
    )


class AnnConfig(ClassifierConfig):
    """Multi-layer perceptron on one vector a clip."""

    pooling: Pooling
    hidden: list[Count] = Field(
        description="Units of each hidden layer (ReLU); empty: none, which is the head of a CNN, trained alone."
    )
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(description="Behind each hidden layer.")
    training: TrainingConfig = Field(description="How the network is trained.")
