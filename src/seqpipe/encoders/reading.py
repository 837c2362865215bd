"""How a backbone reads pictures, but for where these come from."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from seqpipe.core.lineage import Lineage
from seqpipe.encoders.layers import PooledNode


class Reading(NamedTuple):
    """What `features` says of it, where nothing is left open.

    Attributes:
        layer: As ``features.layer`` names it.
        pooled_node: The node that this is of a backbone, and how its output is pooled.
        precision: What the backbone computes in.
        batch_size: Pictures that are computed together; a last batch is filled up, for the size of its batch decides a
            picture's last bits.
        device: Where.
    """

    layer: str
    pooled_node: PooledNode
    precision: str
    batch_size: int
    device: torch.device

    def facts(self) -> dict[str, Any]:
        """Whatever of it decides features to the last bit."""
        return {
            "layer": self.pooled_node.node,
            "pool": self.pooled_node.pool,
            "precision": self.precision,
            "batch_size": self.batch_size,
            "device": self.device.type,
            "torch": str(torch.__version__),
        }

    def lineage(self) -> Lineage:
        """What is handed down of it with the features."""
        read = {"layer": self.layer, "node": self.pooled_node.node, "pool": self.pooled_node.pool}
        return {"features": {**read, "precision": self.precision}}
