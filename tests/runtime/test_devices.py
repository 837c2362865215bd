"""Devices, cores and determinism."""

import pytest
import torch

from seqpipe.config import RuntimeConfig
from seqpipe.core.errors import UserError
from seqpipe.runtime.devices import computing, intra_op_threads, resolve_device, usable_cores


@pytest.fixture
def runtime():
    return RuntimeConfig(seed=0, device="cpu", threads=1, deterministic=True)


@pytest.fixture
def on(runtime):
    return lambda device: runtime.model_copy(update={"device": device})


def test_auto_is_the_gpu_where_there_is_one(monkeypatch, on):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device(on("auto")) == torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_device(on("auto")) == torch.device("cuda")


def test_a_device_that_is_not_there_is_told(monkeypatch, on):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert resolve_device(on("cuda:0")) == torch.device("cuda:0")
    with pytest.raises(UserError, match="has 1 CUDA devices"):
        resolve_device(on("cuda:1"))


def test_cores(runtime):
    assert usable_cores(runtime.model_copy(update={"threads": 3})) == 3
    assert usable_cores(runtime.model_copy(update={"threads": None})) >= 1


def test_the_thread_count_comes_back_after_an_error():
    def fail():
        with intra_op_threads(1):
            assert torch.get_num_threads() == 1
            raise KeyError

    torch.set_num_threads(2)
    with pytest.raises(KeyError):
        fail()
    assert torch.get_num_threads() == 2


def test_computing_seeds_and_puts_threads_and_determinism_back(runtime):
    torch.set_num_threads(2)
    torch.use_deterministic_algorithms(False)
    drawn = []
    for _ in range(2):
        with computing(runtime.model_copy(update={"threads": 1, "deterministic": True})):
            assert torch.get_num_threads() == 1
            assert torch.are_deterministic_algorithms_enabled()
            assert not torch.utils.deterministic.fill_uninitialized_memory
            drawn.append(torch.rand(3))
    assert torch.equal(*drawn)
    assert torch.get_num_threads() == 2
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.utils.deterministic.fill_uninitialized_memory
