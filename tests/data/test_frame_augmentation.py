"""Variations of frames: within their bounds, drawn as torchvision draws them, and nothing where nothing is asked."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from seqpipe.config import FinetuneConfig
from seqpipe.data.frame_augmentation import Normalise, as_read, mirrored_flow, mixed, random_box, varied
from seqpipe.encoders.transforms import Transforms
from seqpipe.extraction.input import to_input

TRANSFORMS = Transforms(resize=40, crop=32, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
PLAIN = FinetuneConfig.model_construct(min_crop_scale=1.0, horizontal_flip=False, color_jitter=0.0)
FRAME = np.random.default_rng(0).integers(0, 256, (40, 53, 3), np.uint8)
CENTRE = to_input(FRAME[None], TRANSFORMS)[0]


def config(**changes):
    return PLAIN.model_copy(update=changes)


def draws(count, **changes):
    return [varied(FRAME, TRANSFORMS, config(**changes), np.random.default_rng(n), flow=False) for n in range(count)]


def test_nothing_asked_for_is_the_centre_crop():
    for x in [*draws(5), *as_read(FRAME, TRANSFORMS)]:
        assert torch.equal(x, CENTRE)


@pytest.mark.parametrize("min_crop_scale", [1.0, 0.5])
def test_in_the_view_crops_both_ends_of_a_wide_frame_are_trained_on(min_crop_scale):
    wide = np.zeros((40, 160, 3), np.uint8)
    wide[:, :40], wide[:, -40:] = 100, 200
    crops = replace(TRANSFORMS, view="crops")
    drawn = [
        varied(wide, crops, config(min_crop_scale=min_crop_scale), np.random.default_rng(n), flow=False)
        for n in range(40)
    ]
    assert {x.shape for x in drawn} == {(3, 32, 32)}
    assert {100, 200} <= {int(x.max()) for x in drawn}


@given(
    height=st.integers(1, 300),
    width=st.integers(1, 300),
    scale=st.floats(0.05, 1.0),
    seed=st.integers(0, 2**32),
)
@settings(deadline=None)
def test_a_box_lies_in_the_frame(height, width, scale, seed):
    top, left, h, w = random_box(height, width, scale, np.random.default_rng(seed))
    assert 0 <= top <= top + h <= height
    assert 0 <= left <= left + w <= width
    assert h >= 1
    assert w >= 1


def test_boxes_are_drawn_as_torchvision_draws_them():
    height, width, scale, n = 256, 341, 0.35, 3000
    theirs = v2.RandomResizedCrop(224, scale=(scale, 1.0))
    torch.manual_seed(0)
    drawn = [theirs.make_params([torch.empty(3, height, width)]) for _ in range(n)]
    wanted = np.array([[d["top"], d["left"], d["height"], d["width"]] for d in drawn])
    rng = np.random.default_rng(0)
    ours = np.array([random_box(height, width, scale, rng) for _ in range(n)])
    for column in range(4):
        deviation = wanted[:, column].std()
        assert ours[:, column].mean() == pytest.approx(wanted[:, column].mean(), abs=5 * deviation / math.sqrt(n))
        assert ours[:, column].std() == pytest.approx(deviation, rel=0.1)


@pytest.mark.parametrize("size", [(20, 300), (300, 20)])
def test_a_strip_gives_the_centre_of_an_allowed_aspect(size):
    wanted = v2.RandomResizedCrop(224, scale=(1.0, 1.0)).make_params([torch.empty(3, *size)])
    box = random_box(*size, 1.0, np.random.default_rng(0))
    assert box == (wanted["top"], wanted["left"], wanted["height"], wanted["width"])


def test_a_random_crop_is_a_part_of_the_frame_resized():
    rng = np.random.default_rng(3)
    top, left, h, w = random_box(40, 53, 0.35, rng)
    (got,) = [varied(FRAME, TRANSFORMS, config(min_crop_scale=0.35), np.random.default_rng(3), flow=False)]
    part = torch.from_numpy(FRAME[top : top + h, left : left + w].copy()).permute(2, 0, 1)
    assert torch.equal(got, F.resize(part, [32, 32], antialias=True))


def test_half_of_the_frames_are_mirrored_and_no_other():
    mirrored = F.horizontal_flip(CENTRE)
    got = draws(400, horizontal_flip=True)
    share = sum(torch.equal(x, mirrored) for x in got) / len(got)
    assert share == pytest.approx(0.5, abs=0.1)
    assert all(torch.equal(x, mirrored) or torch.equal(x, CENTRE) for x in got)


def test_colour_changes_brightness_contrast_and_saturation_within_bounds():
    grey = np.full((40, 40, 3), 100, np.uint8)
    means = [
        varied(grey, TRANSFORMS, config(color_jitter=0.2), np.random.default_rng(n), flow=False).float().mean().item()
        for n in range(300)
    ]
    assert 77 <= min(means) < 85  # each of the three rounds down
    assert 115 < max(means) <= 120  # contrast and saturation leave plain grey alone
    spreads = {round(x.float().std().item()) for x in draws(30, color_jitter=0.2)}
    assert len(spreads) > 5
    chroma = {round((x[0].float() - x[2].float()).abs().mean().item()) for x in draws(30, color_jitter=0.2)}
    assert len(chroma) > 5


def test_a_variation_is_bytes_of_the_size_the_backbone_reads_and_leaves_the_frame_alone():
    before = FRAME.copy()
    for x in draws(20, min_crop_scale=0.2, horizontal_flip=True, color_jitter=0.5):
        assert x.shape == (3, 32, 32)
        assert x.dtype == torch.uint8
    assert np.array_equal(FRAME, before)


def test_normalising_is_what_the_weights_were_trained_with():
    wanted = F.normalize(F.to_dtype(CENTRE, torch.float32, scale=True), TRANSFORMS.mean, TRANSFORMS.std)
    normalise = Normalise(TRANSFORMS)
    got = normalise(CENTRE[None])
    torch.testing.assert_close(got[0], wanted, atol=1e-5, rtol=1e-5)
    assert got.is_contiguous(memory_format=torch.channels_last)
    assert not normalise.state_dict()


def batch():
    return torch.randn(6, 3, 4, 4), torch.eye(6)


def test_a_mixture_mixes_frames_and_labels_alike():
    x, targets = batch()
    got, labels = mixed(x, targets, 1.0, torch.Generator().manual_seed(1))
    torch.testing.assert_close(labels.sum(1), torch.ones(6))
    assert not torch.equal(labels, targets)
    # With one class a frame, the labels tell how much of which frame each mixture holds.
    torch.testing.assert_close(got, torch.einsum("bn,nchw->bchw", labels, x))


def test_mixing_follows_the_generator_alone():
    x, targets = batch()
    first = mixed(x, targets, 0.4, torch.Generator().manual_seed(5))
    torch.manual_seed(7)
    again = mixed(x, targets, 0.4, torch.Generator().manual_seed(5))
    other = mixed(x, targets, 0.4, torch.Generator().manual_seed(6))
    assert torch.equal(first[0], again[0])
    assert not torch.equal(first[0], other[0])
    torch.manual_seed(7)
    own = mixed(x, targets, 0.4, None)
    torch.manual_seed(7)
    assert torch.equal(own[0], mixed(x, targets, 0.4, None)[0])


@pytest.mark.parametrize("alpha", [0.2, 1.0, 8.0])
def test_shares_are_drawn_from_beta(alpha):
    generator = torch.Generator().manual_seed(0)
    targets = torch.eye(2)
    shares = []
    while len(shares) < 400:
        labels = mixed(torch.zeros(2, 1), targets, alpha, generator)[1]
        if labels[0, 1] > 0:  # two frames stay in place half of the time
            shares.append(labels[0, 0].item())
    variance = 1 / (4 * (2 * alpha + 1))
    assert np.mean(shares) == pytest.approx(0.5, abs=5 * math.sqrt(variance / 400))
    assert np.var(shares) == pytest.approx(variance, rel=0.25)


def test_alpha_zero_mixes_nothing():
    x, targets = batch()
    got, labels = mixed(x, targets, 0.0, None)
    assert got is x
    assert labels is targets


def test_a_mirrored_flow_moves_the_other_way():
    flow = torch.from_numpy(FRAME).permute(2, 0, 1)
    mirrored = mirrored_flow(flow)
    u = F.horizontal_flip(flow)[0].int()
    assert torch.equal(mirrored[0].int(), torch.where(u == 0, 255, 256 - u))
    assert torch.equal(mirrored[1:], F.horizontal_flip(flow)[1:])
    still = torch.full((3, 4, 4), 128, dtype=torch.uint8)
    assert torch.equal(mirrored_flow(still), still)


def test_flow_is_mirrored_as_flow_and_never_coloured():
    changes = {"horizontal_flip": True, "color_jitter": 0.5}
    drawn = [varied(FRAME, TRANSFORMS, config(**changes), np.random.default_rng(n), flow=True) for n in range(20)]
    mirrored = mirrored_flow(CENTRE)
    assert {0, 1} == {0 if torch.equal(x, CENTRE) else 1 for x in drawn}
    assert all(torch.equal(x, CENTRE) or torch.equal(x, mirrored) for x in drawn)
