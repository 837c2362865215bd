"""Clips: one variation for all of a clip's frames, drawn by seed, epoch and content alone; the clips of an answer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import chain

import numpy as np
import pytest
import torch
from tests.configs import shipped_values, with_changes
from tests.models.frame_fixtures import frames_of

from seqpipe.config import ClipCnnConfig, RuntimeConfig
from seqpipe.data.clip_batches import AllClips, DrawnClips
from seqpipe.data.frame_augmentation import as_read, mirrored_flow
from seqpipe.encoders.transforms import Transforms

TRANSFORMS = Transforms(resize=40, crop=32, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
RUNTIME = RuntimeConfig(seed=0, device="cpu", threads=2, deterministic=True)
COUNTS = [5, 1, 2, 9, 5, 4, 7]
SIZE = 4


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """A picture of noise a sample; its frames differ in their brightness alone, by 8 a frame."""
    rng = np.random.default_rng(0)
    pictures = []
    for count in COUNTS:
        picture = rng.integers(0, 100, (1, 40, 48, 3))
        pictures.append((picture + 8 * np.arange(count)[:, None, None, None]).astype(np.uint8))
    return frames_of(tmp_path_factory.mktemp("cache"), pictures)


def config_of(**changes) -> ClipCnnConfig:
    wanted = {"batch_size": 3, "min_crop_scale": 0.4, "horizontal_flip": True, "color_jitter": 0.0} | changes
    return ClipCnnConfig(**with_changes(shipped_values("lrcn")["cnn"], **wanted))


@pytest.fixture
def drawn(frames):
    def make(rows=None, seed=0, of=frames, **changes):
        rows = np.arange(len(COUNTS)) if rows is None else np.array(rows)
        runtime = RUNTIME.model_copy(update={"seed": seed})
        return DrawnClips(of, rows, rows % 3, TRANSFORMS, config_of(**changes), SIZE, runtime)

    return make


def clips_in(batches):
    """The frames of each clip, and its class."""
    for batch in batches:
        lengths = batch.mask.sum(1).tolist()
        yield from zip(batch.frames.split(lengths), batch.t.tolist(), strict=True)


def test_all_frames_of_a_clip_are_cropped_and_mirrored_alike(drawn):
    for clip, _ in clips_in(drawn()):
        steps = clip[1:].int() - clip[:-1].int()
        assert ((steps - 8).abs() <= 1).all()  # the same pixels, but for their brightness and the rounding of a resize


def test_clips_of_flow_are_mirrored_as_flow_and_never_coloured(drawn, frames):
    of_flow, seen = replace(frames, stream="flow"), set()
    batches = drawn(rows=[1, 2], of=of_flow, min_crop_scale=1.0, color_jitter=0.5)
    for clip, row in chain.from_iterable(clips_in(batches) for _ in range(8)):
        plain = torch.stack([as_read(of_flow.frame(row, j), TRANSFORMS)[0] for j in range(len(clip))])
        mirrored = torch.stack([mirrored_flow(frame) for frame in plain])
        assert torch.equal(clip, plain) or torch.equal(clip, mirrored)
        seen.add(torch.equal(clip, mirrored))
    assert seen == {True, False}


def test_two_clips_and_two_epochs_are_varied_differently(drawn):
    batches = drawn()
    first, second = (dict(by_class(batches, epoch)) for epoch in range(2))
    assert any(not torch.equal(first[key][:1], second[key][:1]) for key in first)


def by_class(batches, epoch):
    batches.set_epoch(epoch)
    for n, (clip, t) in enumerate(clips_in(batches)):
        yield (n, t), clip


def test_a_clip_is_of_consecutive_frames_that_begin_anywhere(drawn, frames):
    batches = drawn(rows=[3], min_crop_scale=1.0, horizontal_flip=False)
    starts = set()
    for epoch in range(40):
        batches.set_epoch(epoch)
        ((clip, _),) = clips_in(batches)
        whole = [as_read(frames.frame(3, j), TRANSFORMS)[0] for j in range(COUNTS[3])]
        begins = next(j for j, frame in enumerate(whole) if torch.equal(frame, clip[0]))
        assert torch.equal(clip, torch.stack(whole[begins : begins + SIZE]))
        starts.add(begins)
    assert starts == set(range(COUNTS[3] - SIZE + 1))


def test_every_sample_comes_once_an_epoch_with_its_class_and_no_more_frames_than_a_clip_has(drawn):
    batches = drawn(min_crop_scale=1.0, horizontal_flip=False)
    assert len(batches) == 3
    got = sorted((len(clip), t) for clip, t in clips_in(batches))
    assert got == sorted((min(count, SIZE), row % 3) for row, count in enumerate(COUNTS))


def test_what_is_drawn_follows_from_seed_and_epoch_alone(drawn):
    def epoch_of(seed, epoch):
        return [clip for _, clip in by_class(drawn(seed=seed), epoch)]

    once, again = epoch_of(0, 1), epoch_of(0, 1)
    assert all(torch.equal(a, b) for a, b in zip(once, again, strict=True))
    other = epoch_of(1, 1)
    assert any(a.shape != b.shape or not torch.equal(a, b) for a, b in zip(once, other, strict=True))
    one_after_another = drawn()
    list(one_after_another)
    second = [clip for clip, _ in clips_in(one_after_another)]
    assert all(torch.equal(a, b) for a, b in zip(once, second, strict=True))


def test_in_validation_the_clips_of_an_answer_come_as_extraction_reads_them(frames):
    make = partial(AllClips, frames, np.arange(len(COUNTS)), np.arange(len(COUNTS)) % 3, TRANSFORMS)
    batches = make(3, SIZE, 2, RUNTIME)
    wanted = [(row, start) for row, count in enumerate(COUNTS) for start in starts_of(count)]
    got = list(clips_in(batches))
    assert [t for _, t in got] == [row % 3 for row, _ in wanted]
    assert len(batches) == -(-len(wanted) // 3)
    for (clip, _), (row, start) in zip(got, wanted, strict=True):
        numbers = range(start, min(start + SIZE, COUNTS[row]))
        assert torch.equal(clip, torch.stack([as_read(frames.frame(row, j), TRANSFORMS)[0] for j in numbers]))


def starts_of(count: int) -> list[int]:
    """Clips of 4 at stride 2, the last one at the end."""
    return {5: [0, 1], 1: [0], 2: [0], 9: [0, 2, 4, 5], 4: [0], 7: [0, 2, 3]}[count]
