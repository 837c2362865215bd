"""Batches of frames: what is drawn follows from seed, epoch and content alone, and every frame has its label."""

import hashlib
import threading
import time
from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from tests.configs import TRAINING
from torch import nn
from torch.nn.functional import cross_entropy

from seqpipe.config import ClipConfig, FinetuneConfig, RuntimeConfig, TrainingConfig
from seqpipe.data import frame_batches as frames_module
from seqpipe.data.frame_augmentation import Normalise
from seqpipe.data.frame_batches import AllFrames, DrawnFrames
from seqpipe.data.frame_cache import cached_frames
from seqpipe.encoders.transforms import Transforms
from seqpipe.extraction.input import to_input
from seqpipe.runtime.devices import intra_op_threads
from seqpipe.training.fit import StepOutput, fit

TRANSFORMS = Transforms(resize=20, crop=16, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
CLIP = ClipConfig(stream="rgb", flow_side=256, sampling="uniform", frames=5, fps=1.0, stride=1)
RUNTIME = RuntimeConfig(seed=0, device="cpu", threads=2, deterministic=True)
VARIED = FinetuneConfig.model_construct(
    frames=3,
    training=TrainingConfig(**TRAINING | {"batch_size": 4}),
    min_crop_scale=0.4,
    horizontal_flip=True,
    color_jitter=0.3,
)
PLAIN = VARIED.model_copy(update={"frames": None, "min_crop_scale": 1.0, "horizontal_flip": False, "color_jitter": 0.0})
COUNTS = [5, 1, 2, 5, 5, 4, 5]


@pytest.fixture(scope="module")
def samples(tmp_path_factory) -> pd.DataFrame:
    """Folders of 1 to 7 frames; all the pixels of a frame tell its sample (red) and its number (green)."""
    rows = []
    for n, files in enumerate([5, 1, 2, 5, 7, 4, 5]):
        folder = tmp_path_factory.mktemp(f"sample{n}")
        for number in range(files):
            Image.new("RGB", (24, 20), (30 * n, 30 * number, 0)).save(folder / f"{number}.png")
        digest = hashlib.sha256(str(n).encode()).hexdigest()
        row = {"id": str(n), "path": str(folder), "kind": "frames", "sha256": digest}
        rows.append({**row, "length": files, "rate": 25.0, "duration_s": files / 25.0})
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def cache(samples, tmp_path_factory):
    return cached_frames(samples, TRANSFORMS, CLIP, RUNTIME, tmp_path_factory.mktemp("cache"))


@pytest.fixture
def batches(cache):
    """Batches of some samples, class n % 3 for sample n."""

    def make(kind=DrawnFrames, config=VARIED, rows=range(7), threads=2, seed=0):
        runtime = RUNTIME.model_copy(update={"threads": threads, "seed": seed})
        return kind(
            cache, np.array(rows), np.array(rows) % 3, TRANSFORMS, config if kind is DrawnFrames else 4, runtime
        )

    return make


def epoch_of(batches, epoch=0):
    batches.set_epoch(epoch)
    xs, ts = zip(*batches, strict=True)
    return torch.cat(xs), torch.cat(ts)


def seen(x):
    """Sample and number, as the middle of each frame tells them."""
    middle = x[:, :2, 8, 8].float().div(30).round().long().tolist()
    return [tuple(pair) for pair in middle]


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def test_all_frames_come_in_order_with_class_and_sample(batches, cache):
    whole = batches(AllFrames, PLAIN)
    xs, ts, owners = map(torch.cat, zip(*whole, strict=True))
    assert owners.tolist() == np.repeat(range(7), COUNTS).tolist()
    assert ts.tolist() == (np.repeat(range(7), COUNTS) % 3).tolist()
    assert [len(x) for x, _, _ in whole] == [4] * 6 + [3]
    assert len(whole) == 7
    wanted = [to_input(cache.frame(i, j)[None], TRANSFORMS) for i in range(7) for j in range(COUNTS[i])]
    assert torch.equal(xs, torch.cat(wanted))


def test_in_the_view_crops_every_crop_of_every_frame_comes_with_class_and_sample(cache):
    transforms = replace(TRANSFORMS, resize=20, crop=14, view="crops")  # frames of 20 x 24: two crops each
    whole = AllFrames(cache, np.arange(7), np.arange(7) % 3, transforms, 4, RUNTIME)
    xs, ts, owners = map(torch.cat, zip(*whole, strict=True))
    wanted = [to_input(cache.frame(i, j)[None], transforms) for i in range(7) for j in range(COUNTS[i])]
    assert torch.equal(xs, torch.cat(wanted))
    assert owners.tolist() == np.repeat(range(7), 2 * np.array(COUNTS)).tolist()
    assert ts.tolist() == (owners % 3).tolist()


def test_samples_are_numbered_within_the_split(batches):
    _, ts, owners = map(torch.cat, zip(*batches(AllFrames, PLAIN, rows=[6, 1]), strict=True))
    assert owners.tolist() == [0] * 5 + [1]
    assert ts.tolist() == [0] * 5 + [1]


def test_batches_are_bytes_channels_last_and_the_last_one_is_smaller(batches):
    drawn = list(batches())
    assert [len(t) for _, t in drawn] == [4] * 4 + [2]
    assert len(batches()) == 5
    for x, t in drawn:
        assert x.shape == (len(t), 3, 16, 16)
        assert (x.dtype, t.dtype) == (torch.uint8, torch.int64)
        assert x.is_contiguous(memory_format=torch.channels_last)


def test_so_many_frames_of_each_clip_are_drawn_with_its_class(batches):
    x, t = epoch_of(batches(config=PLAIN.model_copy(update={"frames": 3})))
    pairs = seen(x)
    assert Counter(sample for sample, _ in pairs) == {n: min(3, count) for n, count in enumerate(COUNTS)}
    assert len(set(pairs)) == len(pairs)
    assert [sample % 3 for sample, _ in pairs] == t.tolist()


def test_without_a_number_every_frame_is_drawn_once_an_epoch(batches):
    x, _ = epoch_of(batches(config=PLAIN))
    _, frame_counts = np.unique(np.array(seen(x))[:, 0], return_counts=True)
    assert frame_counts.tolist() == COUNTS


def test_frames_and_order_are_drawn_anew_each_epoch_until_all_were_seen(batches):
    drawn = batches(config=PLAIN.model_copy(update={"frames": 2}))
    epochs = [seen(epoch_of(drawn, epoch)[0]) for epoch in range(20)]
    assert len({tuple(order) for order in epochs}) == 20
    assert len(set().union(*epochs)) == sum(COUNTS)
    assert [sample for sample, _ in epochs[0]] != sorted(sample for sample, _ in epochs[0])


def test_an_epoch_is_the_same_whatever_the_threads_and_the_epochs_before(batches):
    wanted = epoch_of(batches(threads=1), 3)
    assert same(wanted, epoch_of(batches(threads=3), 3))
    through = batches()
    for epoch in range(3):
        epoch_of(through, epoch)
    assert same(wanted, epoch_of(through, 3))
    assert not same(wanted, epoch_of(through, 4))
    assert not same(wanted, epoch_of(batches(seed=1), 3))


def test_iterating_goes_from_epoch_to_epoch(batches):
    told, plain = batches(), batches()
    plain.set_epoch(5)
    for epoch in (5, 6):
        xs, ts = zip(*plain, strict=True)
        assert same((torch.cat(xs), torch.cat(ts)), epoch_of(told, epoch))


def test_how_a_frame_looks_does_not_depend_on_the_other_samples(batches):
    one = batches(config=VARIED.model_copy(update={"frames": None}), rows=[4])
    many = batches(config=VARIED.model_copy(update={"frames": None}), rows=[0, 4, 2])
    alone, together = epoch_of(one)[0], epoch_of(many)[0]
    looks = {x.numpy().tobytes() for x in together}
    assert all(x.numpy().tobytes() in looks for x in alone)


def test_a_frame_looks_different_in_every_epoch(batches):
    lonely = batches(rows=[1])
    looks = {epoch_of(lonely, epoch)[0].numpy().tobytes() for epoch in range(10)}
    assert len(looks) == 10


def test_batches_are_prepared_ahead_but_not_all_of_them(batches, monkeypatch):
    made = []
    filled = frames_module._filled
    monkeypatch.setattr(frames_module, "_filled", lambda *args: (filled(*args), made.append(1))[0])
    iterator = iter(
        batches(config=PLAIN.model_copy(update={"training": PLAIN.training.model_copy(update={"batch_size": 1})}))
    )
    next(iterator)
    deadline = time.monotonic() + 5
    while len(made) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.05)
    assert len(made) == 3  # one thread, and two more wait
    iterator.close()


def test_leaving_in_the_middle_ends_the_threads_and_restores_torchs(batches):
    torch.set_num_threads(2)
    threads = threading.active_count()
    iterator = iter(batches())
    next(iterator)
    iterator.close()
    assert threading.active_count() == threads
    in_a_new_thread = []
    thread = threading.Thread(target=lambda: in_a_new_thread.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert in_a_new_thread == [2] == [torch.get_num_threads()]


def test_an_error_in_the_background_is_raised(batches, monkeypatch):
    def fail(*_, **__):
        raise OSError("gone")

    monkeypatch.setattr("seqpipe.data.drawn.varied", fail)
    with pytest.raises(OSError, match="gone"):
        list(batches())


def test_a_net_learns_from_them_by_the_one_fit(batches):
    torch.manual_seed(0)
    net = nn.Sequential(Normalise(TRANSFORMS), nn.Flatten(), nn.Linear(3 * 16 * 16, 3))

    def step(net, batch):
        x, t, *_ = batch
        logits = net(x)
        return StepOutput(cross_entropy(logits, t), (logits.argmax(1) == t).sum(), len(t))

    values = {"epochs": 10, "learning_rate": 0.003, "weight_decay": 0.0, "clip_norm": None}
    config = TrainingConfig(**TRAINING | values)
    train, val = batches(rows=[0, 4]), batches(AllFrames, PLAIN, rows=[0, 4])
    with intra_op_threads(1):
        history = fit(net, step, train, val, config, device=torch.device("cpu"), deterministic=True, seed=0)
    assert history["val_loss"].iloc[-1] < 0.7 * history["val_loss"].iloc[0]
    assert history["val_accuracy"].iloc[-1] == 1.0
