from __future__ import annotations

import pytest

from seqpipe.media.frames import Clock


def test_the_clock_mends_missing_and_backward_timestamps():
    clock = Clock(time_base=0.04, fps=25.0)
    times = [clock(pts) for pts in (1, 2, 4, 3, None, 9)]
    assert times == pytest.approx([0.0, 0.04, 0.12, 0.16, 0.20, 0.32])


def test_a_jump_forward_counts_as_the_step_before_and_is_counted():
    clock = Clock(time_base=0.1, fps=10.0)
    times = [clock(pts) for pts in (0, 1, 3, 3003, 3005, 5, 6)]
    assert times == pytest.approx([0.0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9])
    assert (clock.gaps, clock.skipped_s) == (1, pytest.approx(299.8))


def test_a_slow_camera_makes_no_gaps():
    clock = Clock(time_base=1.0, fps=1 / 60)
    assert [clock(pts) for pts in (0, 60, 120, 240)] == [0.0, 60.0, 120.0, 240.0]
    assert clock.gaps == 0


@pytest.mark.parametrize(
    ("stamps", "ahead"),
    [
        ([0] * 20, True),
        (range(20, 0, -1), True),
        ([n % 10 for n in range(20)], True),
        (range(20), False),
        ([1, 2, 4, 3, 5, 7, 6, 8, 10, 9, 11, 13, 12, 14], False),  # as an AVI with B-frames has them
        ([None] * 20, False),
    ],
)
def test_timestamps_that_stand_still_or_run_backwards_are_noticed(stamps, ahead):
    clock = Clock(time_base=0.04, fps=25.0)
    times = [clock(pts) for pts in stamps]
    assert times == sorted(set(times))
    assert clock.runs_ahead() == ahead


def test_steps_that_no_camera_makes_are_none():
    clock = Clock(time_base=1 / 90_000, fps=25.0)
    assert [clock(pts) for pts in range(4)] == pytest.approx([0.0, 0.04, 0.08, 0.12])
