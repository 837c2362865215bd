"""``backbone.view: auto``: told by the aspect ratios where they are clear, else by val, and never by test."""

import hashlib

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from seqpipe.config import ClipConfig, FeaturesConfig, LinearConfig, RuntimeConfig
from seqpipe.encoders.architectures import build_module
from seqpipe.encoders.backbones import Backbone, Transforms
from seqpipe.extraction import stream
from seqpipe.extraction.engine import Read
from seqpipe.models.view_choice import CANDIDATES, WIDE, OnVal, Scored, beyond_square, choose_view, choose_view_by_ratio

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
    assert chosen.val_macro_f1 == {}


@pytest.mark.parametrize("sizes", [[(320, 240)], [(1920, 1080)], [(100, 100), (900, 200)]])
@pytest.mark.parametrize("best", CANDIDATES)
def test_between_them_val_decides_by_macro_f1(sizes, best):
    tried = []

    def on_val(view):
        tried.append(view)
        return Scored(0.5 + 0.1 * (view == best), 1.0)

    chosen = choose_view("auto", table(sizes), on_val)
    assert chosen.view == best
    assert tried == list(CANDIDATES)
    assert chosen.val_macro_f1[best] == max(chosen.val_macro_f1.values())
    assert "chosen on val" in chosen.reason


def test_of_equals_the_lower_log_loss_and_then_the_weights_own_view_is_taken():
    assert choose_view("auto", table([(320, 240)]), lambda view: Scored(0.5, 1.0)).view == "centre"
    assert choose_view("auto", table([(320, 240)]), lambda view: Scored(0.5, float(view == "centre"))).view == WIDE
    noise = {"centre": Scored(0.5, 1.0), WIDE: Scored(0.5 + 1e-15, 2.0)}
    assert choose_view("auto", table([(320, 240)]), noise.__getitem__).view == "centre"


@pytest.mark.parametrize("view", ["centre", "whole", "pad", "crops"])
def test_a_view_that_is_given_is_taken_whatever_the_frames(view):
    chosen = choose_view(view, table([(64, 64), (900, 100)]), not_asked)
    assert (chosen.view, chosen.reason) == (view, "as `backbone.view` says")


def test_the_choice_is_told(caplog):
    caplog.set_level("INFO")
    choose_view("auto", table([(800, 240)]), not_asked)
    assert f"View of a frame: {WIDE}, since 70 % of a frame lie beyond the square in its middle." in caplog.text


@pytest.mark.parametrize(
    ("sizes", "view", "because"),
    [
        ([(64, 64)], "centre", "about square"),
        ([(800, 240)], WIDE, "70 % of a frame lie beyond the square"),
        ([(320, 240)], WIDE, "25 % of a frame lie beyond the square in its middle and samples have no label to ask"),
    ],
)
def test_where_samples_have_no_label_the_ratios_decide_alone(sizes, view, because, caplog):
    caplog.set_level("INFO")
    chosen = choose_view_by_ratio("auto", table(sizes))
    assert chosen.view == view
    assert because in chosen.reason
    assert f"View of a frame: {view}, {chosen.reason}." in caplog.text
    test = pd.concat([table(sizes), table([(4000, 1)], "test")])
    assert choose_view_by_ratio("auto", test) == chosen


@pytest.mark.parametrize("view", ["centre", "whole", "pad", "crops"])
def test_a_view_that_is_given_is_taken_without_labels_too(view):
    assert choose_view_by_ratio(view, table([(900, 100)])) == choose_view(view, table([(900, 100)]), not_asked)


@given(st.lists(SIZES, min_size=1, max_size=5), st.lists(SIZES, max_size=5), st.lists(SIZES, max_size=5))
def test_the_sizes_of_test_samples_change_nothing(known, test, others):
    one, other = (pd.concat([table(known), table(sizes, "test")], ignore_index=True) for sizes in (test, others))
    first, second = (choose_view("auto", samples, lambda view: Scored(0.5, 1.0)) for samples in (one, other))
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
    pooling="mean", standardize=True, pca=None, C=1.0, solver="auto", max_iter=200, refit=True, grid={"C": [0.1, 1.0]}
)


@pytest.fixture
def edges(tmp_path):
    """Pictures of 4 : 3 whose class lies in the outermost eighth alone; those of test cannot be read."""
    random, rows = np.random.default_rng(0), []
    for n in range(24):
        bright, split = n % 2, ["train", "train", "val", "test"][n // 2 % 4]
        picture = random.integers(0, 60, (48, 64, 3), np.uint8)
        picture[:, :6] += np.uint8(150 * bright)
        path = tmp_path / f"{n}.png"
        Image.fromarray(picture).save(path)
        facts = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "group": str(n), "split": split}
        if split == "test":
            path.write_bytes(b"")
        size = {"width": 64, "height": 48, "length": 1, "rate": 25.0, "duration_s": 0.04}
        rows.append({"id": path.name, "path": str(path), "kind": "image", "label": "ab"[bright], **size, **facts})
    return pd.DataFrame(rows)


@pytest.fixture
def on_val(edges, tmp_path, monkeypatch):
    monkeypatch.setenv("SEQPIPE_CACHE", str(tmp_path / "cache"))
    torch.manual_seed(0)
    module = build_module("squeezenet1_1", 10, 32)
    transforms = Transforms(resize=32, crop=32, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
    backbone = Backbone("squeezenet1_1", "random", "nothing", 10, transforms, module.state_dict())
    clip = ClipConfig(sampling="uniform", frames=1, fps=1.0, stride=1)
    (tmp_path / "x").mkdir()

    def make(in_memory_bytes=10**6):
        reads = [Read("last_conv", "avg"), Read("penultimate", "avg")]
        where = (RUNTIME, tmp_path / "store", tmp_path / "x", in_memory_bytes)
        return OnVal(backbone, edges, clip, FEATURES, reads, LINEAR, *where)

    return make


def test_what_lies_at_the_edges_is_found_on_val_without_a_look_at_test(edges, on_val):
    chosen = choose_view("auto", edges, on_val())
    assert chosen.view == WIDE
    assert chosen.val_macro_f1[WIDE] == 1.0 > chosen.val_macro_f1["centre"]


def test_what_was_extracted_for_the_choice_is_not_extracted_again(on_val, monkeypatch):
    first = on_val()(WIDE)
    monkeypatch.setattr(stream, "read_frames", not_asked)
    assert on_val()(WIDE) == first


def test_a_dprime_too_large_for_memory_is_left_on_disk_no_longer_than_the_choice_takes(on_val, tmp_path):
    assert on_val(in_memory_bytes=0)(WIDE).macro_f1 == on_val()(WIDE).macro_f1
    assert list((tmp_path / "x").iterdir()) == []
