"""Ground that torch, scikit-learn, Python or the system does not promise: whatever rests on it goes through here.

Private, experimental or the process's own, so that a new version may change it without a word. Each function has a
test of its own in tests/runtime/test_compat.py, which says what breaks then.
"""

from __future__ import annotations

import ctypes
import gc
import platform
import resource
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from sklearn.svm import SVC
    from torch import nn
    from torch.fx import Graph, GraphModule

MIB = 2**20
STATUS = Path("/proc/self/status")
RESET_PEAK = Path("/proc/self/clear_refs")


def fold_batch_norms(body: GraphModule) -> nn.Module:
    """Folds the batch norms of a traced network into the convolutions before them, in place (torch: experimental)."""
    from torch.fx.experimental.optimization import fuse

    return fuse(body, inplace=True, no_trace=True)


def is_batch_norm(module: nn.Module) -> bool:
    """Whether it is a batch norm of any dimension (torch has their common class in private)."""
    from torch.nn.modules.batchnorm import _BatchNorm

    return isinstance(module, _BatchNorm)


def erase_asserts(graph: Graph) -> None:
    """Erases what a network asserts of its input (torch traces it as a private function)."""
    import torch

    for node in [node for node in graph.nodes if node.target is torch._assert]:
        graph.erase_node(node)


SVC_PUBLIC = ("support_", "support_vectors_", "dual_coef_", "intercept_", "classes_")
SVC_PRIVATE = ("_n_support", "_dual_coef_", "_intercept_", "_probA", "_probB")
SVC_ARRAYS = SVC_PUBLIC + SVC_PRIVATE


def svc_state(svc: SVC) -> dict[str, np.ndarray]:
    """The arrays that a fitted SVC with the RBF kernel answers with (scikit-learn has half of them in private)."""
    import numpy as np

    return {name: getattr(svc, name) for name in SVC_ARRAYS} | {"gamma": np.array(svc._gamma)}


def svc_of(state: dict[str, np.ndarray]) -> SVC:
    """The fitted SVC again that ``svc_state`` was asked of; it answers the same to the bit."""
    from sklearn.svm import SVC

    gamma = float(state["gamma"])
    svc = SVC(gamma=gamma)
    vars(svc).update({name: state[name] for name in SVC_ARRAYS})
    vars(svc).update(_gamma=gamma, _sparse=False, n_features_in_=state["support_vectors_"].shape[1])
    return svc


@contextmanager
def default_socket_timeout(seconds: float) -> Iterator[None]:
    """New connections inside the block wait so long and no longer, also those of threads beside it.

    torch's and torchvision's downloads take no timeout.
    """
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def pause_collector() -> None:
    """Turns Python's collector of garbage off."""
    gc.disable()


def resume_collector() -> None:
    """Turns a paused collector on again, for what is made from now on: it never looks at what is there (CPython)."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


class Malloc(IntEnum):
    """Parameters of mallopt(3)."""

    TRIM_THRESHOLD = -1
    MMAP_THRESHOLD = -3
    MMAP_MAX = -4


@cache
def _glibc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None


def set_malloc(parameter: Malloc, value: int) -> bool:
    """Sets a parameter of glibc's heap; False where it does not take it, or another C library is left alone."""
    libc = _glibc()
    return libc is not None and bool(libc.mallopt(int(parameter), value))


def give_back_freed() -> None:
    """Hands freed memory back to the system; other C libraries than glibc are left alone."""
    libc = _glibc()
    if libc is not None:
        libc.malloc_trim(0)


def restart_peak_mib() -> float:
    """Forgets the most memory that the process held so far; returns what it holds now, MiB."""
    if RESET_PEAK.exists():
        RESET_PEAK.write_text("5")  # proc(5): sets the peak resident size to the present one
        return _status_mib("VmRSS")
    return peak_mib()


def peak_mib() -> float:
    """The most memory that the process held since its peak was restarted, MiB; outside Linux since it began."""
    if RESET_PEAK.exists():
        return _status_mib("VmHWM")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / MIB if sys.platform == "darwin" else peak / 1024


def _status_mib(name: str) -> float:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1024  # the file's kB are KiB
