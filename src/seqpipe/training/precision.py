"""What a training computes in: measured on this machine, for this net and what is trained of it.

The speed of reading features does not tell it: there batch-norms are folded away and all is bfloat16, while a training
in mixed precision casts its float32 weights in every step, which can cost small nets more than it gives.
"""

from __future__ import annotations

import copy
import logging
import time
from typing import Literal

import torch
from torch import nn

from seqpipe.extraction.speed import (
    ENOUGH_SECONDS,
    FRAMES,
    ROUNDS,
    faster,
    has_native_bfloat16,
    machine_facts,
    recorded,
)
from seqpipe.runtime.arithmetic import exact_float32
from seqpipe.runtime.devices import intra_op_threads

log = logging.getLogger(__name__)


def choose_training_precision(
    wanted: Literal["auto", "float32", "bfloat16"],
    net: nn.Module,
    name: str,
    size: int,
    batch_size: int,
    device: torch.device,
) -> Literal["float32", "bfloat16"]:
    """What was wanted, or for ``auto`` what this machine's record says.

    Args:
        net: From normalised frames (B, 3, size, size) to (B, K); it stays as it is.
        name: Of its architecture.
        batch_size: Frames a step.
    """
    if wanted != "auto":
        return wanted
    facts: dict[str, str | int] = {
        **machine_facts(device),
        "model": name,
        "size": size,
        "trained": sum(p.numel() for p in net.parameters() if p.requires_grad),
        "batch": min(batch_size, FRAMES[device.type]),
    }
    return faster(recorded(facts, lambda: _measured(net, size, int(facts["batch"]), device)), f"training {name}")


def _measured(net: nn.Module, size: int, batch: int, device: torch.device) -> dict[str, float]:
    """Frames a second, the best of a few rounds; the precisions take turns, so that another process disturbs both."""
    log.info("Measuring a training step on this machine, once.")
    precisions = ["float32", "bfloat16"] if has_native_bfloat16(device) else ["float32"]
    seconds: dict[str, list[float]] = {precision: [] for precision in precisions}
    # On one thread: where others compute as well, several wait for each other, now in this precision, now in that.
    with torch.random.fork_rng([device] if device.type == "cuda" else []), intra_op_threads(1):
        shell = copy.deepcopy(net).to(device).train()
        frames = torch.zeros(batch, 3, size, size, device=device).to(memory_format=torch.channels_last)
        started = time.perf_counter()
        for round_ in range(1 + ROUNDS):
            for precision in precisions:
                seconds[precision].append(_step_seconds(shell, frames, precision))
            if round_ > 0 and time.perf_counter() - started > ENOUGH_SECONDS:
                break
    return {precision: round(batch / min(taken), 2) for precision, taken in seconds.items()}


def _step_seconds(shell: nn.Module, frames: torch.Tensor, precision: str) -> float:
    started = time.perf_counter()
    with exact_float32(precision):
        with torch.autocast(frames.device.type, torch.bfloat16, enabled=precision == "bfloat16"):
            loss = shell(frames).float().square().mean()
        loss.backward()
    if frames.device.type == "cuda":
        torch.cuda.synchronize(frames.device)
    shell.zero_grad(set_to_none=True)
    return time.perf_counter() - started
