"""Parameters of how sentences are said."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from seqpipe.config.base import Count, Positive, Stage


class GenerationConfig(Stage):
    """How a sentence is made of what a model says of the next token."""

    sampling: Literal["beam", "sample"] = Field(
        description="`beam`: the likeliest sentences that a search finds. `sample`: one sentence, drawn token by token "
        "as the model holds them for likely."
    )
    beam: Count = Field(
        description="`beam`: sentences that are followed at a time; 1: greedy, the likeliest token each time."
    )
    length_normalisation: Annotated[float, Field(ge=0.0, le=5.0)] = Field(
        description="`beam`: sentences are compared by log p / length^this, the end counted; 0: short ones win, 1: the "
        "mean over the tokens decides."
    )
    no_repeat: Annotated[int, Field(ge=0)] = Field(
        description="Runs of so many tokens are never said twice in a sentence; 1: no token is; 0: whatever is likely."
    )
    max_length: Count = Field(description="Tokens of a sentence at most, its end not counted; a longer one is cut.")
    temperature: Positive = Field(
        allow_inf_nan=False,
        description="`sample`: what log-probabilities are divided by before a token is drawn; below 1 likely tokens "
        "are drawn more often than the model holds them for likely, near 0 the likeliest always.",
    )
