import pytest
import torch

from seqpipe.errors import UserError
from seqpipe.features.devices import one_intra_op_thread, resolve_device, usable_cores


def test_auto_is_the_gpu_where_there_is_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto") == torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_device("auto") == torch.device("cuda")


def test_a_device_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert resolve_device("cuda:0") == torch.device("cuda:0")
    with pytest.raises(UserError, match="has 1 CUDA devices"):
        resolve_device("cuda:1")


def test_cores(runtime):
    assert usable_cores(runtime.model_copy(update={"threads": 3})) == 3
    assert usable_cores(runtime.model_copy(update={"threads": None})) >= 1


def test_the_thread_count_comes_back_after_an_error():
    def fail():
        with one_intra_op_thread():
            assert torch.get_num_threads() == 1
            raise KeyError

    torch.set_num_threads(2)
    with pytest.raises(KeyError):
        fail()
    assert torch.get_num_threads() == 2
