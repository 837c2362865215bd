"""The heap of a training: memory freed in one step serves the next, and is given back at the end."""

import platform
import resource
import subprocess
import sys

import pytest
import torch

from seqpipe.runtime.heap import tuned_malloc

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left alone")

MEGABYTES = 64
PAGES = MEGABYTES * 2**20 // resource.getpagesize()


def pages_handed_out():
    """How many pages the system hands out for a step that fills and frees a tensor."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.ones(MEGABYTES * 2**20, dtype=torch.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def test_what_a_step_frees_serves_the_next():
    assert pages_handed_out() >= PAGES
    with tuned_malloc():
        steps = [pages_handed_out() for _ in range(12)]
        assert max(steps[-2:]) < PAGES / 10  # small blocks that lie in between make the first ones lengthen the heap
    assert pages_handed_out() >= PAGES


AFTERWARDS = """
import resource
import numpy as np
from seqpipe.runtime.heap import tuned_malloc

with tuned_malloc():
    pass
for round_ in range(2):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(100):
        np.ones(2**20, np.uint8)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def test_the_arrays_of_the_rest_of_the_run_are_not_each_of_new_pages():
    """In a process of its own, whose heap has no holes that would serve them anyhow."""
    done = subprocess.run([sys.executable, "-c", AFTERWARDS], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 10 * 2**20 / resource.getpagesize()


def test_the_heap_is_as_before_also_where_the_training_fails():
    with pytest.raises(RuntimeError), tuned_malloc():
        raise RuntimeError
    assert pages_handed_out() >= PAGES
