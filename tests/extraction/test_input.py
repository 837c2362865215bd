"""What of a frame each view reads: nothing is lost that it promises to keep, whatever the frame's size."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from seqpipe.encoders.transforms import Transforms
from seqpipe.extraction.input import (
    LONGEST_TO_SHORTEST,
    area_read,
    crop_count,
    cropped,
    resized,
    resized_facts,
    to_input,
)

CENTRE = Transforms(resize=36, crop=32, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
WHOLE, PAD, CROPS = (replace(CENTRE, view=view) for view in ("whole", "pad", "crops"))
SIDES = st.integers(1, 300)


def noise(height, width, n=1):
    return np.random.default_rng(0).integers(0, 256, (n, height, width, 3), np.uint8)


@given(
    height=st.integers(20, 300),
    width=st.integers(20, 300),
    place=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    transforms=st.sampled_from([WHOLE, PAD, CROPS]),
)
@settings(deadline=None, max_examples=200)
def test_whatever_lies_anywhere_in_a_frame_is_seen(height, width, place, transforms):
    assume(max(height, width) <= LONGEST_TO_SHORTEST * min(height, width))
    side = max(1, round(min(height, width) / 4))
    top, left = round(place[0] * (height - side)), round(place[1] * (width - side))
    frame = np.zeros((1, height, width, 3), np.uint8)
    frame[:, top : top + side, left : left + side] = 255
    bars = max(transforms.mean) * 255
    assert to_input(frame, transforms).max() > bars + 50


@given(height=SIDES, width=SIDES, resize=st.integers(32, 48))
@settings(deadline=None, max_examples=200)
def test_as_many_crops_as_are_counted_cover_all_but_the_margin_of_the_weights(height, width, resize):
    transforms = replace(CROPS, resize=resize)
    frame = resized(noise(height, width), transforms)
    # Each pixel's own number along the longer side tells which crops hold it.
    along = 3 if frame.shape[3] > frame.shape[2] else 2
    numbers = torch.arange(frame.shape[along]).view([-1 if axis == along else 1 for axis in range(4)]).expand_as(frame)
    crops = cropped(numbers, transforms)
    assert crops.shape[1] == crop_count(height, width, transforms) == len(to_input(noise(height, width), transforms))
    seen, margin = torch.unique(crops).tolist(), resize - transforms.crop
    assert seen == list(range(seen[0], seen[-1] + 1))
    assert len(seen) == frame.shape[along] - margin
    assert abs(seen[0] - margin / 2) <= 0.5


@pytest.mark.parametrize(
    ("height", "width", "count"), [(90, 90, 1), (90, 120, 2), (160, 90, 2), (90, 270, 4), (9, 90, 5)]
)
def test_more_crops_are_read_only_where_they_are_needed(height, width, count):
    assert crop_count(height, width, replace(CROPS, resize=256, crop=224)) == count
    assert {crop_count(height, width, transforms) for transforms in (CENTRE, WHOLE, PAD)} == {1}


@given(side=SIDES, resize=st.integers(32, 48))
@settings(deadline=None, max_examples=50)
def test_of_a_square_frame_crops_are_the_centre_and_pad_is_the_whole(side, resize):
    frame = noise(side, side)
    for one, other in ((CENTRE, CROPS), (WHOLE, PAD)):
        one, other = replace(one, resize=resize), replace(other, resize=resize)
        assert torch.equal(to_input(frame, one), to_input(frame, other))


@pytest.mark.parametrize(("height", "width"), [(50, 100), (100, 50), (40, 120)])
def test_pad_keeps_the_aspect_between_bars_that_are_zero_once_normalised(height, width):
    frame = np.full((1, height, width, 3), 255, np.uint8)
    got = to_input(frame, PAD)[0].permute(1, 2, 0)
    picture = (got == 255).all(-1)
    rows, columns = int(picture.any(1).sum()), int(picture.any(0).sum())
    assert (rows, columns) == (int(32 * min(1, height / width)), int(32 * min(1, width / height)))
    bars = (got[~picture] / 255 - torch.tensor(PAD.mean)) / torch.tensor(PAD.std)
    assert bars.abs().max() <= 0.5 / 255 / min(PAD.std) + 1e-6
    assert len(bars) == 32 * 32 - rows * columns


def test_the_crops_of_a_frame_come_one_after_another():
    frames = np.concatenate([np.full((1, 30, 90, 3), value, np.uint8) for value in (10, 200)])
    got = to_input(frames, CROPS)
    assert len(got) == 2 * crop_count(30, 90, CROPS) > 2
    assert (got[: len(got) // 2] == 10).all()
    assert (got[len(got) // 2 :] == 200).all()


def test_what_is_kept_is_told_by_all_that_decides_it_and_no_more():
    other_mean = (0.5, 0.5, 0.5)
    assert resized_facts(CROPS) == resized_facts(CENTRE) == resized_facts(replace(CENTRE, crop=30, mean=other_mean))
    assert resized_facts(replace(WHOLE, mean=other_mean, resize=99)) == resized_facts(WHOLE)
    told = [resized_facts(t) for t in (CENTRE, WHOLE, PAD, replace(PAD, mean=other_mean), replace(PAD, crop=30))]
    assert all(one not in told[:n] for n, one in enumerate(told))


@given(
    height=st.integers(60, 300),
    width=st.integers(60, 300),
    transforms=st.sampled_from([CENTRE, WHOLE, PAD, CROPS, replace(CENTRE, resize=(40, 48))]),
)
@settings(deadline=None, max_examples=100)
def test_the_area_that_is_told_is_the_one_that_is_read(height, width, transforms):
    """Each pixel's own place in the frame tells where the corners of what is read lie."""
    area = area_read(height, width, transforms)
    if crop_count(height, width, transforms) > 1:
        assert area is None
        return
    left, top, right, bottom = area
    along = np.broadcast_to((np.arange(width) + 0.5) / width, (height, width))
    down = np.broadcast_to(((np.arange(height) + 0.5) / height)[:, None], (height, width))
    frame = np.stack([along, down, along], axis=-1)[None] * 250
    read = to_input(frame.astype(np.uint8), transforms)[0].numpy() / 250
    size = transforms.crop
    for low, high, seen in ((left, right, read[0, size // 2]), (top, bottom, read[1, :, size // 2])):
        expected = low + (np.arange(size) + 0.5) / size * (high - low)
        inside = (expected > 0.05) & (expected < 0.95)
        a_pixel = (high - low) / size  # sides are resized to whole ones
        assert np.abs(seen - expected)[inside].max() < 1.5 * a_pixel + 0.01
