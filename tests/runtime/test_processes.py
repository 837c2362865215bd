"""Work side by side."""

import os

import pytest

from seqpipe.runtime.processes import side_by_side


def square(n):
    return n, n * n, os.getpid()


@pytest.mark.parametrize("workers", [1, 2])
def test_every_call_is_answered_once(workers):
    answers = list(side_by_side(square, [(n,) for n in range(5)], workers))
    assert sorted((n, m) for n, m, _ in answers) == [(n, n * n) for n in range(5)]
    assert (os.getpid() in {process for *_, process in answers}) == (workers == 1)


def test_nothing_to_do_is_nothing_done():
    assert list(side_by_side(square, [], 1)) == []


def divided(n):
    return 1 / n


def test_an_error_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        list(side_by_side(divided, [(1,), (0,)], 1))
