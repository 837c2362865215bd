"""What val decides: which weights are kept, and when to stop."""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor, nn


class ValSelection:
    """The weights of the lowest cost on val so far, and how many epochs came after it.

    Attributes:
        since: Epochs without a lower one.
    """

    def __init__(self, keep_weights: bool) -> None:
        self.since = 0
        self._keep_weights = keep_weights
        self._lowest = math.inf
        self._weights: dict[str, Tensor] | None = None

    def see(self, cost: float, net: nn.Module) -> None:
        """Takes note of an epoch; weights are copied off the device."""
        self.since += 1
        if cost < self._lowest:
            self._lowest, self.since = cost, 0
            if self._keep_weights:
                self._weights = {name: tensor.to("cpu", copy=True) for name, tensor in net.state_dict().items()}

    def restore(self, net: nn.Module) -> None:
        """Puts the best weights back, where they were kept."""
        if self._weights is not None:
            net.load_state_dict(self._weights)

    def state_dict(self) -> dict[str, Any]:
        return {"since": self.since, "lowest": self._lowest, "weights": self._weights}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.since, self._lowest, self._weights = state["since"], state["lowest"], state["weights"]
