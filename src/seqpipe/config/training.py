"""How a net is trained: one block, that every model with a net has as ``training``."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import (
    Field,
)

from seqpipe.config.base import Count, Positive, Share, Stage


class TrainingConfig(Stage):
    """How long and how fast a net is trained, and which weights are kept.

    The norm of the gradient is bounded as by Pascanu et al. (On the difficulty of training recurrent neural networks,
    ICML 2013). Every sample of a step counts the same, so one of several batches is that of one large batch, but for
    batch-norms, which see each batch alone; the last step of an epoch may be of fewer.
    """

    learning_rate: Positive = Field(description="Peak of the schedule: linear warm-up, then cosine to zero.")
    warm_up: Share = Field(description="Share of the steps in which the learning rate rises linearly.")
    weight_decay: Annotated[float, Field(ge=0.0)] = Field(description="AdamW's, on the matrices alone.")
    batch_size: Count = Field(
        description="Samples a batch: clips; windows, where each step is answered; frames, where a CNN is trained."
    )
    accumulate: Count = Field(description="Batches whose gradients are summed up before the weights move.")
    epochs: Count = Field(description="Passes over the training samples, at most.")
    clip_norm: Positive | None = Field(description="The norm of the gradient is clipped to this; null: never.")
    patience: Count | None = Field(description="Epochs without a lower val loss that end training; null: none do.")
    keep: Literal["best", "last"] = Field(
        description="The weights kept: those of the `best` val loss, or the `last`, which the schedule has brought to "
        "rest. On a small val split the best epoch is mostly luck."
    )

    def lasting(self, epochs: int) -> Self:
        """The same training for so many epochs."""
        return self.model_copy(update={"epochs": epochs})


class CnnTrainingConfig(TrainingConfig):
    """How a CNN is trained on frames: what it computes in is chosen as well.

    Weights, gradients and the optimizer's state are float32 either way (Micikevicius et al., Mixed precision training,
    ICLR 2018).
    """

    precision: Literal["auto", "float32", "bfloat16"] = Field(
        description="What the network computes in (weights stay float32); `auto` takes bfloat16 where this machine is "
        "faster in it."
    )
