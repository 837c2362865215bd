"""What is told of cores, memory and GPUs, and what of them is a hint."""

import pytest
import torch

from seqpipe.doctor import hardware
from seqpipe.runtime.machine import NONE, Gpu

GIB = 2**30


@pytest.fixture
def facts(monkeypatch):
    """Gives the machine other facts."""

    def give(**values):
        for name, value in values.items():
            monkeypatch.setattr(hardware, name, lambda value=value: value)

    return give


def test_cores_that_are_another_process_s_are_told(facts, tmp_path):
    facts(available_cores=2, cores_there=64, isa="AVX512 amx_bf16", cpu_model="Some CPU")
    found = hardware.processor(tmp_path)
    assert found.told == "Some CPU, 2 of 64 cores are this process's; instructions AVX512 amx_bf16."
    assert found.facts == {"cpu": "Some CPU", "isa": "AVX512 amx_bf16", "cores": 2, "cores_there": 64}
    assert found.hints == ()
    facts(isa="DEFAULT")
    assert "several times as slow" in hardware.processor(tmp_path).hints[0]


def test_little_free_memory_is_a_hint(facts, tmp_path):
    facts(memory_bytes=16 * GIB, available_memory_bytes=8 * GIB)
    assert hardware.memory(tmp_path).told == "16.0 GiB, of which 8.0 GiB are free."
    assert hardware.memory(tmp_path).hints == ()
    facts(available_memory_bytes=GIB)
    assert "may be ended by the system" in hardware.memory(tmp_path).hints[0]
    facts(memory_bytes=0, available_memory_bytes=0)
    assert "does not tell" in hardware.memory(tmp_path).told


def test_a_gpu_with_memory_driver_and_cuda(facts, monkeypatch, tmp_path):
    facts(gpus=[Gpu("H200", 139 * GIB)], gpu_driver="570.1")
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    found = hardware.gpu(tmp_path)
    assert found.told == "H200 (139.0 GiB); driver 570.1, torch is built for CUDA 13.0."
    assert found.facts["gpus"] == [{"name": "H200", "memory_bytes": 139 * GIB}]
    assert (found.lacks, found.hints) == ((), ())


@pytest.mark.parametrize(
    ("driver", "cuda", "hint"),
    [(NONE, "13.0", None), (NONE, None, None), ("570.1", None, "for the CPU alone"), ("470.1", "13.0", "newer driver")],
)
def test_why_there_is_no_gpu(driver, cuda, hint, facts, monkeypatch, tmp_path):
    facts(gpus=[], gpu_driver=driver)
    monkeypatch.setattr(torch.version, "cuda", cuda)
    found = hardware.gpu(tmp_path)
    assert "compute on the CPU" in found.told
    assert found.lacks == (), "a CPU is enough"
    assert [hint in one for one in found.hints] == ([] if hint is None else [True])
