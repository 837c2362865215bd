"""Where and in what a net is trained, as Lightning Fabric has it: the only place that knows of devices."""

from __future__ import annotations

import logging
import os
from typing import Any, Literal

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments import LightningEnvironment
from lightning_fabric.plugins.precision import MixedPrecision, Precision

# Its advice on products is not for the user.
logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
# It is set where Fabric is imported; on a CPU, torch's optimizers then look for NVIDIA's library at every step.
os.environ.pop("PYTORCH_NVML_BASED_CUDA_CHECK", None)


def one_device(device: torch.device, precision: Literal["float32", "bfloat16"]) -> Fabric:
    """A Fabric of one process on one device, also inside a job of SLURM, MPI, LSF or torchrun.

    Without an environment by name, Fabric takes that of the cluster it finds itself in: it would refuse a job with
    more than one task, or wait for the others.
    """
    plugin = Precision() if precision == "float32" else _Bfloat16(device.type)
    return Fabric(
        accelerator=device.type,
        devices=[device.index or 0] if device.type == "cuda" else 1,
        plugins=[LightningEnvironment(), plugin],
    )


class _Bfloat16(MixedPrecision):
    """Layers that multiply compute in bfloat16; weights, what the net is given and what it answers are float32.

    Fabric's own rounds the net's input as well, also where the first layer computes in float32.
    """

    def __init__(self, device: str) -> None:
        super().__init__("bf16-mixed", device)

    def convert_input(self, data: Any) -> Any:
        return data
