"""Cores, instruction set, memory, GPU."""

from __future__ import annotations

from pathlib import Path

from seqpipe.core.cores import available_cores
from seqpipe.doctor.finding import Finding, gib
from seqpipe.runtime.machine import (
    NONE,
    available_memory_bytes,
    cores_there,
    cpu_model,
    gpu_driver,
    gpus,
    isa,
    memory_bytes,
)

ENOUGH_MEMORY = 2 * 2**30
"""Bytes that a run of the embedded corpus takes, with room to spare."""
SLOW = "DEFAULT"
"""What torch calls a CPU whose wide instructions it does not use."""
SLOW_SENTENCE = (
    "torch finds no wide instructions (AVX2 and the like), or was told by ATEN_CPU_CAPABILITY to leave them: runs are "
    "several times as slow as elsewhere."
)


def processor(_: Path) -> Finding:
    """The CPU, its cores and its instructions."""
    cores, there, instructions = available_cores(), cores_there(), isa()
    usable = f"{cores} cores" if cores == there else f"{cores} of {there} cores are this process's"
    slow = (SLOW_SENTENCE,) if instructions.split()[0] == SLOW else ()
    facts = {"cpu": cpu_model(), "isa": instructions, "cores": cores, "cores_there": there}
    return Finding(f"{cpu_model()}, {usable}; instructions {instructions}.", facts, hints=slow)


def memory(_: Path) -> Finding:
    """The memory, and how much of it is free."""
    there, free = memory_bytes(), available_memory_bytes()
    if not there:
        return Finding("The system does not tell how much there is.", {"bytes": None, "available_bytes": None})
    told = f"{gib(there)}" + (f", of which {gib(free)} are free" if free else "") + "."
    hints: tuple[str, ...] = ()
    if 0 < (free or there) < ENOUGH_MEMORY:
        hints = (
            f"Less than {gib(ENOUGH_MEMORY)} of memory are free: a run may be ended by the system; close other "
            "programs, or take runtime.threads=1 and fewer frames (clip.frames).",
        )
    return Finding(told, {"bytes": there, "available_bytes": free or None}, hints=hints)


def gpu(_: Path) -> Finding:
    """The GPUs that torch computes on, or why there is none."""
    import torch

    found, driver, cuda = gpus(), gpu_driver(), torch.version.cuda
    facts = {
        "gpus": [one._asdict() for one in found],
        "driver": None if driver == NONE else driver,
        "cuda": cuda,
    }
    if found:
        names = ", ".join(f"{one.name} ({gib(one.memory_bytes)})" for one in found)
        return Finding(f"{names}; driver {driver}, torch is built for CUDA {cuda}.", facts)
    if driver == NONE:
        return Finding("None: runs compute on the CPU.", facts)
    if cuda is None:
        why = "this torch is built for the CPU alone; install a build of torch for CUDA"
    else:
        why = f"torch is built for CUDA {cuda} and cannot use it; install a newer driver, or a torch for an older CUDA"
    hint = f"There is a driver of NVIDIA ({driver}), but torch sees no GPU: {why}."
    return Finding("None that torch can use: runs compute on the CPU.", facts, hints=(hint,))
