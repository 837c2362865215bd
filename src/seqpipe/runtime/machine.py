"""What this machine is: facts that tell one machine from another, for records, caches and ``seqpipe doctor``.

Where the system does not tell a fact, it is ``UNKNOWN``, and where there is no GPU, ``NONE``: a fact is never left out.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import NamedTuple

from seqpipe.core.cores import available_cores

UNKNOWN, NONE = "unknown", "none"

CPUINFO = Path("/proc/cpuinfo")
MEMINFO = Path("/proc/meminfo")
NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")
MEMORY_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where Linux says how much memory a container may take: control groups of version 2 and 1."""

EXTENSIONS = (
    "avx512_bf16",
    "avx512_fp16",
    "avx512_vnni",
    "avx_vnni",
    "amx_bf16",
    "amx_fp16",
    "amx_int8",
    "sve",
    "sve2",
    "bf16",
    "i8mm",
)
"""Instructions beyond torch's levels for which its kernels have ways of their own, as Linux calls them."""


def cpu_model() -> str:
    """The CPU as its maker calls it, ``Intel(R) Xeon(R) Processor``."""
    told = _cpuinfo()
    return told.get("model name") or told.get("Model") or platform.processor() or platform.machine() or UNKNOWN


def isa() -> str:
    """The instruction set: the level that torch's kernels take, then what the CPU has of ``EXTENSIONS``.

    ``AVX512 amx_bf16 amx_int8``; outside Linux the level alone. The level is lower than the CPU's where
    ``ATEN_CPU_CAPABILITY`` says so.
    """
    import torch

    flags = cpu_flags()
    return " ".join([torch.backends.cpu.get_cpu_capability(), *(name for name in EXTENSIONS if name in flags)])


def cpu_flags() -> frozenset[str]:
    """All that the CPU can do, as Linux calls it; empty elsewhere."""
    told = _cpuinfo()
    return frozenset((told.get("flags") or told.get("Features") or "").split())


@cache
def _cpuinfo() -> dict[str, str]:
    """What Linux says of the first core, by name; empty elsewhere."""
    if not CPUINFO.exists():
        return {}
    lines = CPUINFO.read_text(encoding="utf-8", errors="replace").partition("\n\n")[0].splitlines()
    pairs = (line.partition(":") for line in lines)
    return {name.strip(): value.strip() for name, _, value in pairs}


def cores_there() -> int:
    """The logical cores of the machine, of which this process may be granted fewer (`available_cores`)."""
    return os.cpu_count() or 1


def memory_bytes() -> int:
    """The memory in bytes: the machine's, or what its container may take of it; 0 where the system does not tell."""
    try:
        there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 0
    return min([there, *(limit for limit in map(_number, MEMORY_LIMITS) if limit)])


def available_memory_bytes() -> int:
    """The memory in bytes that can be taken now without swapping; 0 where the system does not tell."""
    if not MEMINFO.exists():
        return 0
    found = re.search(r"^MemAvailable:\s+(\d+) kB", MEMINFO.read_text(), flags=re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _number(file: Path) -> int | None:
    """The number in a file; None where there is no file, or no number in it (``max``)."""
    try:
        text = file.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None


class Gpu(NamedTuple):
    """A GPU that torch can compute on.

    Attributes:
        name: As its maker calls it.
        memory_bytes: Its memory.
    """

    name: str
    memory_bytes: int


def gpus() -> list[Gpu]:
    """The GPUs that torch can compute on, in its order; empty where there is none."""
    import torch

    if not torch.cuda.is_available():
        return []
    told = (torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count()))
    return [Gpu(one.name, one.total_memory) for one in told]


@cache
def gpu_driver() -> str:
    """The version of NVIDIA's driver; ``NONE`` where it is not installed. torch may still see no GPU behind it."""
    if NVIDIA_DRIVER.exists():
        found = re.search(r"\b\d{3,}\.\d+(?:\.\d+)?\b", NVIDIA_DRIVER.read_text())
        return found[0] if found else UNKNOWN
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout.split()
    except (OSError, subprocess.SubprocessError):
        return NONE
    return told[0] if told else NONE


def machine_facts() -> dict[str, str]:
    """All that tells this machine from another, flat: ``cpu``, ``isa``, ``cores``, ``gpu``, ``driver``, ``platform``.

    ``cores`` are those that this process may run on; several GPUs are joined by ``, ``; a ``platform`` is system and
    architecture, ``Linux x86_64``. Memory is none of them: it decides no result.
    """
    return {
        "cpu": cpu_model(),
        "isa": isa(),
        "cores": str(available_cores()),
        "gpu": ", ".join(gpu.name for gpu in gpus()) or NONE,
        "driver": gpu_driver(),
        "platform": f"{platform.system()} {platform.machine()}",
    }
