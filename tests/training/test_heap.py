"""The heap of a training: memory freed in one step serves the next, and is given back at the end."""

import platform
import resource

import pytest
import torch

from seqpipe.training.heap import kept_heap

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
    with kept_heap():
        steps = [pages_handed_out() for _ in range(12)]
        assert max(steps[-2:]) < PAGES / 10  # small blocks that lie in between make the first ones lengthen the heap
    assert pages_handed_out() >= PAGES


def test_the_heap_is_as_before_also_where_the_training_fails():
    with pytest.raises(RuntimeError), kept_heap():
        raise RuntimeError
    assert pages_handed_out() >= PAGES
