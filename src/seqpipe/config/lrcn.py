"""Parameters of the recurrent net that is trained together with its CNN."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from seqpipe.config.base import Count
from seqpipe.config.features import Pool
from seqpipe.config.finetune import EndToEndConfig
from seqpipe.config.networks import RecurrentConfig


class ClipCnnConfig(EndToEndConfig):
    """How the CNN in front of a recurrent net is trained with it, and how its clips are varied.

    A batch is one of clips, and what is drawn of a clip (crop, flip, colours) is the same for all of its frames.
    """

    strategy: Literal["all", "freeze_first", "last_stage", "head"] = Field(
        description="What of the CNN is trained: `all` of it, all but the first layers (`freeze_first`), its "
        "`last_stage`; or nothing (`head`): the recurrent nets are then those on D'."
    )
    frames_at_once: Count | None = Field(
        description="Frames whose activations lie in memory at once: the CNN is computed again for the backward pass, "
        "so many frames at a time (Chen et al. 2016). The same gradients for about a third more time; null: all, "
        "nothing is computed again."
    )

    def deciding(self) -> dict[str, Any]:
        """What of it decides the weights: nothing but this, where the CNN stays as it is."""
        return {"strategy": "head"} if self.strategy == "head" else self.model_dump(exclude=self.idle())


class LrcnConfig(RecurrentConfig):
    """A recurrent net trained together with the CNN that reads its frames (LRCN, Donahue et al., CVPR 2015).

    The recurrent nets are first trained on the features of the CNN as it is, as on D'; then both together (`cnn`), from
    there on (Kumar et al., ICLR 2022: a new head must not distort what the CNN has learned).
    """

    cell: Literal["rnn", "gru", "lstm"] = Field(description="The recurrent cell.")
    layer: str = Field(description="Where the recurrent net reads the CNN, as `features.layer`.")
    pool: Pool = Field(description="How a frame's map becomes a vector, as `features.pool`.")
    frames: Count = Field(
        description="Frames of a clip: longer samples are learned in clips that begin at random, anew each epoch, and "
        "answered in clips that overlap."
    )
    stride: Count = Field(
        description="Frames from one clip to the next where a sample is answered, at most `frames`; the last clip ends "
        "with the sample. The answer is the mean over the clips."
    )
    cnn: ClipCnnConfig = Field(description="How the CNN is trained with the recurrent nets.")

    def deciding(self) -> dict[str, Any]:
        """What of it decides the weights: of a CNN that stays as it is nothing of its training."""
        return self.model_dump() | {"cnn": self.cnn.deciding()}
