"""Canaries: what torch, scikit-learn, Python and the system do not promise is still so, and what breaks else."""

import gc
import platform
import socket
import urllib.error

import numpy as np
import pytest
import torch
from sklearn.svm import SVC
from torch import nn
from torch.fx import symbolic_trace

from seqpipe.runtime.compat import (
    RESET_PEAK,
    Malloc,
    default_socket_timeout,
    erase_asserts,
    fold_batch_norms,
    give_back_freed,
    is_batch_norm,
    pause_collector,
    peak_mib,
    restart_peak_mib,
    resume_collector,
    set_malloc,
    svc_of,
    svc_state,
)
from seqpipe.runtime.heap import tuned_malloc

only_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left alone")
only_linux = pytest.mark.skipif(not RESET_PEAK.exists(), reason="elsewhere the peak cannot be restarted")
MIB_HELD = 64


@pytest.mark.parametrize("classes", [2, 3])
def test_an_svc_is_made_again_of_its_arrays(classes):
    """Else a saved RBF SVM cannot be read, or gives other answers."""
    x = np.random.default_rng(0).normal(size=(40, 5))
    svc = SVC(gamma=0.1).fit(x, np.arange(40) % classes)
    again = svc_of(svc_state(svc))
    assert np.array_equal(again.decision_function(x), svc.decision_function(x))
    assert np.array_equal(again.predict(x), svc.predict(x))


def test_batch_norms_are_folded_into_the_convolutions_before_them():
    """Else features are read more slowly, and in bfloat16 they are others."""
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU()).eval()
    net[1].running_mean.uniform_(1, 2)
    x = torch.randn(2, 3, 8, 8)
    expected = net(x)
    folded = fold_batch_norms(symbolic_trace(net))
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    torch.testing.assert_close(folded(x), expected)


@pytest.mark.parametrize("norm", [nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm])
def test_every_batch_norm_is_one_and_no_other_norm_is(norm):
    """Else fine-tuning fails where the last batch of an epoch has a single frame."""
    assert is_batch_norm(norm(4))
    assert not is_batch_norm(nn.LayerNorm(4))
    assert not is_batch_norm(nn.InstanceNorm2d(4))


def test_asserts_are_traced_as_one_function_and_erased():
    """Else a vision transformer that is cut computes the layers behind the cut as well."""

    class Asserting(nn.Module):
        def forward(self, x):
            torch._assert(x.shape[0] == 2, "two of them")
            return x + 1

    traced = symbolic_trace(Asserting())
    with pytest.raises(AssertionError):
        traced(torch.zeros(3))
    erase_asserts(traced.graph)
    traced.graph.eliminate_dead_code()
    traced.recompile()
    assert traced(torch.zeros(3)).tolist() == [1, 1, 1]


def test_a_download_of_torch_waits_as_long_as_a_socket_does(tmp_path):
    """Else a network that swallows packets holds up a run for minutes; or torch has a timeout of its own by now."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/weights.pth"
        with default_socket_timeout(0.1), pytest.raises((TimeoutError, urllib.error.URLError)):
            torch.hub.download_url_to_file(url, str(tmp_path / "weights.pth"), progress=False)
    assert socket.getdefaulttimeout() is None


def test_a_resumed_collector_looks_at_nothing_that_was_there():
    """Else it walks through all that start-up has made again and again, or is off where nodes run."""
    pause_collector()
    assert not gc.isenabled()
    resume_collector()
    assert gc.isenabled()
    frozen = gc.get_freeze_count()
    gc.unfreeze()
    assert frozen > 1000


@only_glibc
@pytest.mark.parametrize("parameter", Malloc)
def test_the_heap_takes_its_parameters(parameter):
    """Else every step of a training is handed its memory anew, page by page."""
    with tuned_malloc():  # which sets all of them again at its end
        assert set_malloc(parameter, 2**20)


@only_glibc
@only_linux
def test_freed_memory_is_given_back():
    """Else the memory that a solution takes is measured too low, hidden by what one before it has freed."""
    with tuned_malloc():
        blocks = [np.ones(2**20, np.uint8) for _ in range(MIB_HELD)]
        del blocks
        kept = restart_peak_mib()
        give_back_freed()
        assert kept - restart_peak_mib() > 0.9 * MIB_HELD


@only_linux
def test_the_peak_is_restarted():
    """Else the memory that a solution takes is told as the most that any before it took."""
    held = restart_peak_mib()
    np.ones(MIB_HELD * 2**20, np.uint8)
    assert peak_mib() - held > 0.9 * MIB_HELD
    held = restart_peak_mib()
    assert peak_mib() - held < 0.1 * MIB_HELD
