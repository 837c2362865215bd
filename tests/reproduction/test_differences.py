"""What differs is named, and what is the same is not."""

from dataclasses import replace

from tests.reproduction.records import RECORD

from seqpipe.reproduction.differences import (
    environment_differences,
    machine_differences,
    parameter_differences,
    weights_differences,
)


def told(differences):
    return [str(one) for one in differences]


def test_a_run_does_not_differ_from_itself():
    assert environment_differences(RECORD, RECORD) == machine_differences(RECORD, RECORD) == []


def test_packages_and_code_are_named():
    packages = {**RECORD.packages, "tqdm": "4.60.0", "new": "1.0"}
    del packages["torch"]
    now = replace(RECORD, packages=packages, code="other")
    assert told(environment_differences(RECORD, now)) == [
        "package new: none -> 1.0",
        "package torch: 2.14.1 -> none",
        "package tqdm: 4.70.1 -> 4.60.0",
        "code seqpipe: 0.2.0 12345678 -> 0.2.0 other",
    ]


def test_machine_threads_and_variables_are_named():
    now = replace(RECORD, threads=1, machine={**RECORD.machine, "isa": "AVX2"}, variables={"OMP_NUM_THREADS": "1"})
    assert told(machine_differences(RECORD, now)) == [
        "machine isa: AVX512 -> AVX2",
        "machine threads: 2 -> 1",
        "variable OMP_NUM_THREADS: none -> 1",
    ]


def test_weights_that_are_others_or_gone_are_named():
    before = replace(RECORD, weights={"a.pth": "1", "b.pth": "2"})
    assert told(weights_differences(before, {"a.pth": "9"})) == ["weights a.pth: 1 -> 9", "weights b.pth: 2 -> none"]


def test_parameters_by_hand_are_named_and_what_another_folder_asks_for_is_not():
    before = {"corpus": {"path": "videos"}, "runtime": {"seed": 0, "threads": None}, "backbone": {"weights": "w.pth"}}
    now = {
        "corpus": {"path": "/project/videos"},
        "runtime": {"seed": 1, "threads": 2},
        "backbone": {"weights": "/project/w.pth"},
    }
    assert told(parameter_differences(before, now, RECORD)) == ["parameter runtime.seed: 0 -> 1"]
    fewer = {**now, "runtime": {"seed": 0, "threads": 1}}
    assert told(parameter_differences(before, fewer, RECORD)) == ["parameter runtime.threads: None -> 1"]
