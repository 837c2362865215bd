"""What is measured is what was taken."""

import numpy as np
import pytest
import torch

from seqpipe.runtime.costs import Cost, measured

CPU = torch.device("cpu")


def test_memory_is_what_the_block_takes_beyond_what_was_held():
    held = np.ones(10_000_000)  # 76 MiB that are not the block's
    with measured(CPU) as cost:
        taken = np.ones(20_000_000)  # 153 MiB
        del taken
    assert held[0] == 1
    assert 140 < cost.process_mb < 190
    assert cost.seconds > 0


def test_what_an_earlier_block_took_does_not_count():
    with measured(CPU):
        earlier = np.ones(40_000_000)
        del earlier
    with measured(CPU) as cost:
        np.ones(1000)
    assert cost.process_mb < 20


def test_it_measures_a_block_that_breaks_off():
    with pytest.raises(KeyError), measured(CPU) as cost:
        raise KeyError
    assert cost.seconds > 0


def test_memory_is_told_of_where_the_work_was_done():
    cost = Cost(process_mb=3.0, gpu_mb=5.0)
    assert cost.peak_memory_mb("cpu") == 3.0
    assert cost.peak_memory_mb("cuda:0") == 5.0
