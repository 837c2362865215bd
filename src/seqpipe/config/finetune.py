"""Parameters of fine-tuning."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    Field,
)

from seqpipe.config.base import Count, Positive, Stage
from seqpipe.config.training import CnnTrainingConfig

Strategy = Literal["all", "freeze_first", "last_stage", "head", "scratch"]
"""How the CNN itself is trained."""


class EndToEndConfig(Stage):
    """How a CNN is trained together with what reads it: what of it, how fast, and on which variations of a frame."""

    strategy: Strategy = Field(
        description="What is trained: `all` parameters, all but the first layers (`freeze_first`), the `last_stage` "
        "and the head, the `head` alone; or `scratch`: everything from random weights, the control."
    )
    freeze: Annotated[int, Field(ge=0)] | str = Field(
        description="For `freeze_first`: how many of the first stages stay as they are, or the name of the last layer "
        "that does. Frozen batch-norms keep their statistics."
    )
    head_rate: Positive = Field(
        description="The head's rate as a multiple of `training.learning_rate`. `scratch` has no use for it."
    )
    layer_decay: Annotated[float, Field(gt=0.0, le=1.0)] = Field(
        description="Each earlier stage learns at this share of the rate of the next one, the last at "
        "`training.learning_rate`; 1: all alike. `scratch` has no use for it."
    )
    training: CnnTrainingConfig = Field(description="How the CNN is trained.")
    min_crop_scale: Annotated[float, Field(gt=0.0, le=1.0)] = Field(
        description="Smallest share of a frame's area that a random crop keeps, before it is resized to what the "
        "weights read; 1: no random crops, frames as `backbone.view` says."
    )
    horizontal_flip: bool = Field(description="Mirror half of what is drawn; not where left and right differ by class.")
    color_jitter: Annotated[float, Field(ge=0.0, le=1.0)] = Field(
        description="How much brightness, contrast and saturation are jittered; 0: not at all."
    )

    def idle(self) -> set[str]:
        """The names of what this strategy has no use for: it decides nothing."""
        idle = {"freeze"} if self.strategy != "freeze_first" else set()
        return idle | ({"head_rate", "layer_decay"} if self.strategy == "scratch" else set())


class FinetuneConfig(EndToEndConfig):
    """The first solution of transfer learning: the CNN itself is trained on the target domain."""

    frames: Count | None = Field(
        description="Frames drawn anew from each clip every epoch; null: all of them. A clip's prediction is the mean "
        "over all its frames."
    )
    class_weights: Literal["none", "balanced"] = Field(
        description="`balanced`: a class counts in the loss by the inverse of its share of the training frames."
    )
    label_smoothing: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(
        description="Share of each target that is spread over all classes (Szegedy et al. 2016)."
    )
    mixup: Annotated[float, Field(ge=0.0)] = Field(
        description="Parameter of the Beta distribution by which two frames and their labels are mixed (Zhang et al. "
        "2018); 0: never."
    )

    refit: ClassVar[bool] = False
    grid: ClassVar[dict[str, list[Any]]] = {}

    def combinations(self) -> list[dict[str, Any]]:
        """One: nothing of it is searched."""
        return [{}]

    def combinations_without(self, idle: Collection[str]) -> list[dict[str, Any]]:
        """The same one."""
        return self.combinations()

    def with_chosen(self, chosen: dict[str, Any]) -> Self:
        """These parameters themselves."""
        return self

    def deciding(self) -> dict[str, Any]:
        """What of it decides the weights: not what this strategy has no use for."""
        return self.model_dump(exclude=self.idle())
