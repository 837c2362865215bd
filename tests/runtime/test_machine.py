"""Facts of the machine: what the system's files say, and what is told where there are none."""

import os
import subprocess
from types import SimpleNamespace

import pytest
import torch

from seqpipe.core.cores import available_cores
from seqpipe.runtime import machine
from seqpipe.runtime.machine import NONE, cpu_flags, cpu_model, gpu_driver, gpus, isa, machine_facts, memory_bytes

INTEL = "model name\t: Intel(R) Xeon(R) Processor\nflags\t: fpu avx2 amx_bf16 amx_int8\n\nprocessor\t: 1\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd sve bf16\nCPU part\t: 0xd40\n\n"
GIB = 2**30


@pytest.fixture(autouse=True)
def anew():
    """Facts are remembered for a process."""
    machine._cpuinfo.cache_clear()
    gpu_driver.cache_clear()
    yield
    machine._cpuinfo.cache_clear()
    gpu_driver.cache_clear()


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Puts a file with a text in the place of one of the system's; None: there is none."""

    def put(name, text):
        file = tmp_path / name
        if text is not None:
            file.write_text(text)
        monkeypatch.setattr(machine, name, file)

    return put


def test_all_facts_are_told_and_are_texts():
    facts = machine_facts()
    assert list(facts) == ["cpu", "isa", "cores", "gpu", "driver", "platform"]
    assert all(isinstance(fact, str) and fact.strip() == fact != "" for fact in facts.values())
    assert facts["cores"] == str(available_cores())
    assert facts["isa"].split()[0] == torch.backends.cpu.get_cpu_capability()


def test_the_cpu_by_its_name_and_its_instructions(files, monkeypatch):
    files("CPUINFO", INTEL)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    assert cpu_model() == "Intel(R) Xeon(R) Processor"
    assert isa() == "AVX2 amx_bf16 amx_int8"
    assert "fpu" in cpu_flags()


def test_a_cpu_of_arm(files, monkeypatch):
    files("CPUINFO", ARM)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "SVE256")
    monkeypatch.setattr(machine.platform, "processor", lambda: "")
    monkeypatch.setattr(machine.platform, "machine", lambda: "aarch64")
    assert isa() == "SVE256 sve bf16"
    assert cpu_model() == "aarch64"


def test_where_the_system_tells_nothing(files, monkeypatch):
    files("CPUINFO", None)
    files("MEMINFO", None)
    monkeypatch.setattr(machine.platform, "processor", lambda: "")
    monkeypatch.setattr(machine.platform, "machine", lambda: "")
    assert cpu_model() == "unknown"
    assert cpu_flags() == frozenset()
    assert isa() == torch.backends.cpu.get_cpu_capability()
    assert machine.available_memory_bytes() == 0


@pytest.mark.parametrize(("told", "expected"), [("max\n", 8 * GIB), (f"{2 * GIB}\n", 2 * GIB), (None, 8 * GIB)])
def test_a_container_may_have_less_memory_than_the_machine(told, expected, tmp_path, monkeypatch):
    limit = tmp_path / "memory.max"
    if told is not None:
        limit.write_text(told)
    monkeypatch.setattr(machine, "MEMORY_LIMITS", (limit,))
    monkeypatch.setattr(os, "sysconf", {"SC_PHYS_PAGES": 2 * GIB // 1024, "SC_PAGE_SIZE": 4096}.get)
    assert memory_bytes() == expected


def test_available_memory_is_in_bytes(files):
    files("MEMINFO", "MemTotal:  100 kB\nMemAvailable:     40 kB\n")
    assert machine.available_memory_bytes() == 40 * 1024


@pytest.mark.parametrize(
    "said",
    [
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\nGCC: 11.4.0\n",
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  535.104.05  Release Build  (dvs-builder@U16)\n",
    ],
)
def test_the_driver_by_its_file(said, files):
    files("NVIDIA_DRIVER", said)
    assert gpu_driver() == "535.104.05"


def test_the_driver_by_its_program(files, monkeypatch):
    files("NVIDIA_DRIVER", None)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: SimpleNamespace(stdout="570.1\n570.1\n"))
    assert gpu_driver() == "570.1"


def test_without_the_program_there_is_no_driver(files, monkeypatch):
    files("NVIDIA_DRIVER", None)
    monkeypatch.setenv("PATH", "")
    assert gpu_driver() == NONE


def test_gpus_with_their_memory(monkeypatch):
    there = [SimpleNamespace(name="H200", total_memory=139 * GIB), SimpleNamespace(name="A2", total_memory=GIB)]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: there[index])
    assert gpus() == [("H200", 139 * GIB), ("A2", GIB)]
    assert machine_facts()["gpu"] == "H200, A2"


def test_without_a_gpu_it_is_none(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpus() == []
    assert machine_facts()["gpu"] == NONE
