from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.config import ClipConfig
from seqpipe.media.sampling import clip_times, snippet_frames

CONFIGS = st.builds(
    ClipConfig,
    sampling=st.sampled_from(["uniform", "fps", "stride"]),
    frames=st.integers(1, 64),
    fps=st.floats(0.1, 240),
    stride=st.integers(1, 30),
)
FPS = st.sampled_from([1.0, 12.0, 15000 / 1001, 23.976, 25.0, 30000 / 1001, 50.0, 120.0])


@given(CONFIGS, st.integers(1, 2000), FPS)
def test_no_frame_comes_twice_and_none_is_invented(config: ClipConfig, count: int, fps: float):
    times = clip_times(count, fps, count / fps, config)
    shown = [math.floor(time_s * fps + 1e-9) for time_s in times]
    assert 1 <= len(times) <= min(config.frames, count)
    assert shown == sorted(set(shown))
    assert shown[0] >= 0
    assert shown[-1] < count


@given(CONFIGS, st.integers(2, 2000), FPS, st.floats(0.3, 1.0))
def test_times_lie_inside_samples_that_drop_frames(config: ClipConfig, count: int, fps: float, kept: float):
    duration_s = count / fps / kept
    times = clip_times(count, fps, duration_s, config)
    assert all(later - earlier > 0.99 * duration_s / count for earlier, later in pairwise(times))
    assert times[0] >= 0.0
    assert times[-1] < duration_s


@given(st.integers(1, 64), st.integers(1, 2000))
def test_uniform_is_symmetric_and_takes_all_it_may(frames: int, count: int):
    config = ClipConfig(stream="rgb", flow_side=256, sampling="uniform", frames=frames, fps=1.0, stride=1)
    times = clip_times(count, 25.0, count / 25.0, config)
    assert len(times) == min(frames, count)
    if count > 1:
        assert [count / 25.0 - time_s for time_s in reversed(times)] == pytest.approx(times)


def test_an_image_has_one_time(clip_config):
    assert clip_times(1, 25.0, 0.04, clip_config(sampling="fps")) == [0.0]


def test_fps_starts_with_the_first_frame_at_the_rate_asked_for(clip_config):
    times = clip_times(100, 25.0, 4.0, clip_config(sampling="fps", fps=5.0, frames=4))
    assert times == pytest.approx([0.02, 0.22, 0.42, 0.62])


def test_fps_is_not_above_the_samples_own(clip_config):
    times = clip_times(10, 5.0, 2.0, clip_config(sampling="fps", fps=100.0))
    assert times == pytest.approx([0.1 + 0.2 * i for i in range(10)])


def test_stride_is_centred(clip_config):
    times = clip_times(21, 1.0, 21.0, clip_config(sampling="stride", stride=3, frames=5))
    assert times == pytest.approx([4.5, 7.5, 10.5, 13.5, 16.5])


def test_no_clip_in_nothing(clip_config):
    with pytest.raises(ValueError, match="no clip"):
        clip_times(0, 25.0, 1.0, clip_config())


SNIPPETS = st.tuples(st.integers(1, 32), st.integers(1, 4))


@given(CONFIGS, st.integers(1, 600), FPS, SNIPPETS)
def test_snippets_lie_whole_in_the_sample_where_one_fits(config, count, fps, snippet):
    frames, stride = snippet
    span = (frames - 1) * stride + 1
    times = clip_times(count, fps, count / fps, config, span)
    numbers = snippet_frames(np.array(times) * fps, count, frames, stride)
    assert numbers.shape == (len(times), frames)
    assert (numbers >= 0).all()
    assert (numbers < count).all()
    assert len(times) <= config.frames
    if config.sampling != "fps" and span <= count:
        assert (np.diff(numbers, axis=1) == stride).all()
        middles = (numbers[:, 0] + numbers[:, -1] + 1) / 2 / fps
        assert middles == pytest.approx(np.array(times), abs=0.5 / fps + 1e-9)


@given(st.integers(1, 600), FPS, SNIPPETS)
def test_uniform_snippets_do_not_overlap(count, fps, snippet):
    frames, stride = snippet
    span = (frames - 1) * stride + 1
    config = ClipConfig(stream="rgb", flow_side=256, sampling="uniform", frames=8, fps=1.0, stride=1)
    places = np.array(clip_times(count, fps, count / fps, config, span)) * fps
    numbers = snippet_frames(places, count, frames, stride)
    assert len(numbers) == min(8, max(1, count // span))
    assert (numbers[1:, 0] > numbers[:-1, -1]).all()


@given(CONFIGS, st.integers(1, 2000), FPS)
def test_a_snippet_of_one_frame_is_the_frame_shown_at_its_time(config, count, fps):
    times = clip_times(count, fps, count / fps, config)
    assert clip_times(count, fps, count / fps, config, span=1) == times
    numbers = snippet_frames(np.array(times) * fps, count, frames=1, stride=3)
    assert numbers[:, 0].tolist() == [math.floor(time_s * fps + 1e-9) for time_s in times]


def test_beyond_the_ends_the_first_and_the_last_frame_are_repeated():
    assert snippet_frames([1.5], 3, frames=7, stride=1).tolist() == [[0, 0, 0, 1, 2, 2, 2]]
    assert snippet_frames([0.0], 1, frames=4, stride=2).tolist() == [[0, 0, 0, 0]]
    assert snippet_frames([0.5, 4.5], 5, frames=3, stride=2).tolist() == [[0, 0, 2], [2, 4, 4]]


def test_every_step_of_labels_by_frame_has_a_snippet_of_its_own(clip_config):
    times = clip_times(10, 10.0, 1.0, clip_config(sampling="fps", fps=10.0, frames=100), span=16)
    assert times == pytest.approx([0.05 + 0.1 * i for i in range(10)])


def test_stride_counts_from_one_snippet_to_the_next(clip_config):
    config = clip_config(sampling="stride", stride=8, frames=5)
    numbers = snippet_frames(clip_times(36, 1.0, 36.0, config, span=16), 36, frames=16, stride=1)
    assert numbers[:, 0].tolist() == [2, 10, 18]
