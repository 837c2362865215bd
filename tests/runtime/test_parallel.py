import threading
import time

import pytest

from seqpipe.runtime.parallel import ordered_map


def test_order_is_kept_and_all_workers_are_used():
    names = set()

    def slow_at_first(n):
        names.add(threading.current_thread().name)
        time.sleep(0.02 if n % 3 == 0 else 0.001)
        return n * n

    assert list(ordered_map(slow_at_first, range(30), workers=3, ahead=6)) == [n * n for n in range(30)]
    assert len(names) == 3


def test_items_are_drawn_only_as_far_ahead_as_allowed():
    drawn = []
    results = ordered_map(lambda n: n, (drawn.append(n) or n for n in range(100)), workers=2, ahead=4)
    next(results)
    assert len(drawn) == 4
    results.close()
    assert len(drawn) == 4


def test_an_error_comes_in_its_turn_and_the_rest_is_dropped():
    done = []

    def fails_at_3(n):
        if n == 3:
            raise ValueError("three")
        done.append(n)
        return n

    results = ordered_map(fails_at_3, range(100), workers=1, ahead=4)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)
    assert max(done) < 8
