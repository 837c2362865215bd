"""Parameters of a study: what is compared."""

from __future__ import annotations

from pydantic import (
    Field,
)

from seqpipe.config.base import Count, Stage
from seqpipe.config.features import BackboneConfig, Pool, WeightsConfig
from seqpipe.config.finetune import Strategy


class LayerConfig(Stage):
    """A place where x' is read."""

    layer: str = Field(description="As `features.layer`.")
    pool: Pool = Field(description="As `features.pool`.")


class TransferConfig(Stage):
    """The pipeline `transfer`: both solutions on a grid, side by side."""

    backbones: list[WeightsConfig] = Field(
        description="Backbones compared, `name` and `weights` of each; empty: the one of `backbone`."
    )
    layers: list[LayerConfig] = Field(
        min_length=1,
        description="Places where x' is read, in one pass over the frames: [{layer: last_conv, pool: avg}, ...].",
    )
    classifiers: list[str] = Field(description="Kinds of classifier C' trained on the D' of each layer.")
    strategies: list[Strategy] = Field(description="Strategies of fine-tuning, each once a backbone.")
    samples_per_class: list[Count] = Field(description="Sizes of the training set in the second figure; all is added.")
    curve_solutions: list[str] = Field(
        description="Solutions drawn in the second figure: of the classifiers and strategies above."
    )
    curve_repeats: Count = Field(description="Training sets drawn for each size, for a classifier on D'.")
    curve_repeats_finetuned: Count = Field(description="The same for a strategy of fine-tuning, which costs more.")

    def compared(self, backbone: BackboneConfig) -> list[BackboneConfig]:
        """The backbones compared, all with the view of ``backbone``; it alone where none are named."""
        return [backbone.model_copy(update=dict(one)) for one in self.backbones] or [backbone]
