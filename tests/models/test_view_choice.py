"""``backbone.view: auto``: told by the aspect ratios where they are clear, else by val, and never by test."""

import hashlib
import shutil
from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from seqpipe.config import ClipConfig, FeaturesConfig, FrameLinearConfig, LinearConfig, RuntimeConfig
from seqpipe.data.dataset import build_dataset
from seqpipe.data.gather import MemmapPolicy
from seqpipe.encoders.architectures import build_module
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.transforms import Transforms
from seqpipe.extraction import stream
from seqpipe.extraction.engine import FeatureLayer
from seqpipe.models import view_choice
from seqpipe.models.view_choice import CANDIDATES, WIDE, OnVal, Scored, beyond_square, choose_view
from seqpipe.pipelines.backbone.nodes import choose_view as choose_view_node
from seqpipe.tasks.classification import CLASSIFICATION
from seqpipe.tasks.datasets import build_task_dataset
from seqpipe.tasks.frame_labels import FrameLabels

SIZES = st.tuples(st.integers(1, 4000), st.integers(1, 4000))


def table(sizes, split="train"):
    """Samples of these widths and heights."""
    return pd.DataFrame([{"width": width, "height": height, "split": split} for width, height in sizes])


def not_asked(view):
    raise AssertionError("val was asked")


@pytest.mark.parametrize(
    ("sizes", "view"),
    [
        ([(64, 64)], "centre"),
        ([(200, 200), (210, 200), (200, 215)], "centre"),
        ([(800, 240)], WIDE),
        ([(240, 800)], WIDE),
        ([(400, 200)], WIDE),
        ([(100, 100), (900, 200), (900, 200)], WIDE),
    ],
)
def test_clear_ratios_decide_and_val_is_not_asked(sizes, view):
    chosen = choose_view("auto", table(sizes), not_asked)
    assert chosen.view == view
    assert chosen.on_val == {}


@pytest.mark.parametrize("sizes", [[(64, 64)], [(800, 240)]])
def test_where_frames_are_resized_whatever_their_aspect_val_decides_at_every_ratio(sizes):
    for best in CANDIDATES:
        chosen = choose_view("auto", table(sizes), lambda view, best=best: scored(float(view == best), 1.0), False)
        assert chosen.view == best
        assert set(chosen.on_val) == set(CANDIDATES)
    assert choose_view("pad", table(sizes), not_asked, False).view == "pad"


def test_the_backbone_says_whether_its_own_view_keeps_the_aspect(monkeypatch):
    seen = []
    monkeypatch.setattr(
        view_choice, "choose_view", lambda *given: seen.append(given[-1]) or view_choice.Chosen("whole", "", 0.0)
    )
    for resize in (32, (32, 43)):
        transforms = Transforms(resize=resize, crop=32, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
        backbone = Backbone("resnet18", "random", "nothing", 10, transforms, {})
        assert OnVal(backbone, *[None] * 10).with_view("auto").transforms.view == "whole"
    assert seen == [True, False]


@pytest.mark.parametrize("sizes", [[(320, 240)], [(1920, 1080)], [(100, 100), (900, 200)]])
@pytest.mark.parametrize("best", CANDIDATES)
def test_between_them_val_decides_by_macro_f1(sizes, best):
    tried = []

    def on_val(view):
        tried.append(view)
        return scored(0.5 + 0.1 * (view == best), 1.0)

    chosen = choose_view("auto", table(sizes), on_val)
    assert chosen.view == best
    assert tried == list(CANDIDATES)
    assert chosen.on_val[best] == max(chosen.on_val.values())
    assert "chosen on val" in chosen.reason


def test_of_equals_the_lower_log_loss_and_then_the_weights_own_view_is_taken():
    assert choose_view("auto", table([(320, 240)]), lambda view: scored(0.5, 1.0)).view == "centre"
    assert choose_view("auto", table([(320, 240)]), lambda view: scored(0.5, float(view == "centre"))).view == WIDE
    noise = {"centre": scored(0.5, 1.0), WIDE: scored(0.5 + 1e-15, 2.0)}
    assert choose_view("auto", table([(320, 240)]), noise.__getitem__).view == "centre"


@pytest.mark.parametrize("view", ["centre", "whole", "pad", "crops"])
def test_a_view_that_is_given_is_taken_whatever_the_frames(view):
    chosen = choose_view(view, table([(64, 64), (900, 100)]), not_asked)
    assert (chosen.view, chosen.reason) == (view, "as `backbone.view` says")


def test_the_choice_is_told(caplog):
    caplog.set_level("INFO")
    choose_view("auto", table([(800, 240)]), not_asked)
    assert f"View of a frame: {WIDE}, since 70 % of a frame lie beyond the square in its middle." in caplog.text


def scored(macro_f1, log_loss):
    return Scored((macro_f1, -log_loss), "macro_f1", macro_f1)


@given(st.lists(SIZES, min_size=1, max_size=5), st.lists(SIZES, max_size=5), st.lists(SIZES, max_size=5))
def test_the_sizes_of_test_samples_change_nothing(known, test, others):
    one, other = (pd.concat([table(known), table(sizes, "test")], ignore_index=True) for sizes in (test, others))
    first, second = (choose_view("auto", samples, lambda view: scored(0.5, 1.0)) for samples in (one, other))
    assert first == second
    assert 0.0 <= beyond_square(one) < 1.0


RUNTIME = RuntimeConfig(seed=0, device="cpu", threads=1, deterministic=True)
FEATURES = FeaturesConfig(
    layer="last_conv",
    pool="avg",
    precision="float32",
    dtype="float32",
    batch_size=8,
    compile="never",
    workers=1,
    shard_samples=64,
)
LINEAR = LinearConfig(
    pooling="mean",
    standardize=True,
    pca=None,
    C=1.0,
    solver="auto",
    ngrams=1,
    ahead=False,
    max_iter=200,
    refit=True,
    grid={"C": [0.1, 1.0]},
)


@pytest.fixture
def edges(tmp_path):
    """Pictures of 4 : 3 whose class lies in the outermost eighth alone; those of test cannot be read."""
    random, rows = np.random.default_rng(0), []
    for n in range(24):
        bright, split = n % 2, ["train", "train", "val", "test"][n // 2 % 4]
        path = tmp_path / f"{n}.png"
        digest = write_picture(path, random, bright)
        if split == "test":
            path.write_bytes(b"")
        facts = {"kind": "image", "label": "ab"[bright], "sha256": digest, "group": str(n), "split": split}
        rows.append({"id": path.name, "path": str(path), **facts, **SIZE, "length": 1, "duration_s": 0.04})
    return pd.DataFrame(rows)


STEPS, FPS = 12, 6.0


@pytest.fixture
def edges_by_step(tmp_path):
    """The same as folders of frames, in which the class changes twice; and their annotations."""
    random, rows, marks = np.random.default_rng(0), [], []
    for n, split in enumerate(["train", "train", "train", "val", "test"]):
        folder = tmp_path / f"video{n}"
        folder.mkdir()
        bright = (np.arange(STEPS) + n) // 4 % 2
        digests = [write_picture(folder / f"{i:03}.png", random, value) for i, value in enumerate(bright)]
        if split == "test":
            shutil.rmtree(folder)
        facts = {"kind": "frames", "sha256": "".join(digests)[:64], "group": str(n), "split": split}
        length = {"length": STEPS, "duration_s": STEPS / FPS}
        rows.append({"id": folder.name, "path": str(folder), **facts, **SIZE, **length, "rate": FPS})
        for i, value in enumerate(bright):
            label = "only here" if split == "test" else "ab"[value]
            marks.append({"id": folder.name, "start_s": i / FPS, "end_s": (i + 1) / FPS, "label": label})
    return pd.DataFrame(rows), pd.DataFrame(marks).assign(gaps="unlabelled")


SIZE = {"width": 64, "height": 48, "rate": 25.0}


def write_picture(path, random, bright):
    """Noise whose left edge is bright or not; gives the digest of the file."""
    picture = random.integers(0, 60, (48, 64, 3), np.uint8)
    picture[:, :6] += np.uint8(150 * bright)
    Image.fromarray(picture).save(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def backbone():
    torch.manual_seed(0)
    module = build_module("squeezenet1_1", 10, 32)
    transforms = Transforms(resize=32, crop=32, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
    return Backbone("squeezenet1_1", "random", "nothing", 10, transforms, module.state_dict())


@pytest.fixture
def trying(backbone, tmp_path, monkeypatch):
    """Makes an ``OnVal`` of samples, where its D' may take up so many bytes in memory."""
    monkeypatch.setenv("SEQPIPE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "x").mkdir()

    def make(samples, clip, make_dataset, task_of, in_memory_bytes=10**6, linear=LINEAR):
        return OnVal(
            backbone=backbone,
            samples=samples,
            clip=clip,
            features=FEATURES,
            feature_layers=[FeatureLayer("last_conv", "avg"), FeatureLayer("penultimate", "avg")],
            linear=linear,
            runtime=RUNTIME,
            store=tmp_path / "store",
            memmap_policy=MemmapPolicy(tmp_path / "x", in_memory_bytes),
            make_dataset=make_dataset,
            task_of=task_of,
        )

    return make


@pytest.fixture
def on_val(edges, trying):
    """Tries views of pictures."""
    clip = ClipConfig(stream="rgb", flow_side=256, sampling="uniform", frames=1, fps=1.0, stride=1)
    return partial(trying, edges, clip, build_dataset, lambda _: CLASSIFICATION)


@pytest.fixture
def by_step(edges_by_step, trying):
    """Tries views of videos whose steps are labelled, given their table of samples."""
    annotations = edges_by_step[1]
    clip = ClipConfig(stream="rgb", flow_side=256, sampling="fps", frames=10**7, fps=FPS, stride=1)
    task = FrameLabels(smoothing=0.0, window=4, hop=2, background=(), medians=(1,))
    make_dataset = partial(build_task_dataset, FrameLabels, SimpleNamespace(val_share=0.25), annotations=annotations)
    linear = FrameLinearConfig.model_validate(LINEAR.model_dump(exclude={"pooling"}))
    return lambda samples: trying(samples, clip, make_dataset, lambda _: task, linear=linear)


def test_what_lies_at_the_edges_is_found_on_val_without_a_look_at_test(edges, on_val):
    chosen = choose_view("auto", edges, on_val())
    assert chosen.view == WIDE
    assert chosen.on_val[WIDE] == 1.0 > chosen.on_val["centre"]


def test_labels_by_step_choose_as_classes_do_without_a_look_at_test(edges_by_step, by_step, backbone):
    samples, _ = edges_by_step
    chosen = choose_view("auto", samples, by_step(samples))
    assert chosen.view == WIDE
    assert chosen.on_val[WIDE] == 1.0 > chosen.on_val["centre"]
    viewing = by_step(samples).with_view("auto")
    assert (viewing.transforms.view, viewing.view_reason) == (WIDE, chosen.reason)
    assert by_step(samples).with_view("pad").view_told == "pad, as `backbone.view` says"


def test_where_no_group_is_val_the_ends_of_training_videos_choose(edges_by_step, by_step):
    samples, _ = edges_by_step
    samples = samples.assign(split=samples["split"].replace("val", "train"))
    chosen = choose_view("auto", samples, by_step(samples))
    assert chosen.view == WIDE
    assert chosen.on_val[WIDE] > chosen.on_val["centre"]


def test_what_was_extracted_for_the_choice_is_not_extracted_again(on_val, monkeypatch):
    first = on_val()(WIDE)
    monkeypatch.setattr(stream, "read_frames", not_asked)
    assert on_val()(WIDE) == first


def test_a_dataset_too_large_for_memory_is_left_on_disk_no_longer_than_the_choice_takes(on_val, tmp_path):
    assert on_val(in_memory_bytes=0)(WIDE).value == on_val()(WIDE).value
    assert list((tmp_path / "x").iterdir()) == []


@pytest.mark.parametrize(
    ("sizes", "view"), [([(64, 64)], "centre"), ([(800, 240)], WIDE), ([(320, 240)], WIDE), ([(1920, 1080)], WIDE)]
)
def test_where_no_classifier_can_try_views_the_whole_is_read_unless_the_frames_are_square(sizes, view):
    chosen = choose_view("auto", table(sizes), None)
    assert (chosen.view, chosen.on_val) == (view, {})
    assert choose_view("pad", table(sizes), None).view == "pad"


def test_the_node_reads_the_view_of_a_task_of_sentences_off_the_frames():
    transforms = Transforms(resize=32, crop=32, mean=(0.5,) * 3, std=(0.5,) * 3)
    backbone = Backbone("resnet18", "random", "nothing", 10, transforms, {})
    given = (backbone, table([(320, 240)]), SimpleNamespace(view="auto"), *[None] * 5)
    for task in ("image_captioning", "video_captioning", "translation"):
        assert choose_view_node(*given, task=task).transforms.view == WIDE
    assert choose_view_node("no backbone", *given[1:], task="translation") == "no backbone"
