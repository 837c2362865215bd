"""Parameters of where everything computes, and by which seed."""

from __future__ import annotations

from pydantic import (
    Field,
)

from seqpipe.config.base import Count, Stage


class RuntimeConfig(Stage):
    """Where and how everything computes."""

    seed: int = Field(ge=0, le=2**31 - 1, description="The one seed: splits, rendering, training, bootstrap.")
    device: str = Field(
        pattern=r"^(auto|cpu|cuda(:[0-9]+)?)$",
        description="`auto` (CUDA where there is one, else the CPU), `cpu`, `cuda` or `cuda:N`.",
    )
    threads: Count | None = Field(description="CPU threads; null takes every core this process may use.")
    deterministic: bool = Field(description="Same machine, versions and seed: same bits. Costs a little speed.")
