"""LRCN: with a CNN that stays it is the recurrent net on D', and together they learn, resume and answer alike."""

from __future__ import annotations

import dataclasses
from functools import partial

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tests.configs import shipped_values, with_changes
from tests.models.frame_fixtures import NAME, SIZE, colours, frame_dataset, frames_of, make_backbone
from torch.nn.functional import cross_entropy

from seqpipe.config import ClipCnnConfig, LrcnConfig, RuntimeConfig
from seqpipe.core.errors import UserError
from seqpipe.data.clip_batches import AllClips, DrawnClips
from seqpipe.data.frame_dataset import FrameDataset
from seqpipe.encoders.backbones import Backbone
from seqpipe.evaluation.base import answered_both_ways
from seqpipe.extraction.input import to_input
from seqpipe.models.base import predict_backwards
from seqpipe.models.lrcn import lrcn as lrcn_module
from seqpipe.models.lrcn.cnn import ClipCnn
from seqpipe.models.lrcn.features import clips_of, features_of
from seqpipe.models.lrcn.lrcn import Lrcn
from seqpipe.models.lrcn.net import LrcnNet, LrcnStep
from seqpipe.models.persist import read_model, save_model
from seqpipe.models.recurrent import Lstm, outcome
from seqpipe.models.search import search
from seqpipe.runtime.devices import intra_op_threads
from seqpipe.tasks.classification import CLASSIFICATION

RUNTIME = RuntimeConfig(seed=0, device="cpu", threads=1, deterministic=True)
LAYER = "conv5"
QUICK = {"readout": "last", "hidden": 6, "pca": 5, "ensemble_size": 2, "refit": False}
QUICK |= {"layer": LAYER, "frames": 4, "stride": 2}


@pytest.fixture(autouse=True)
def one_thread():
    with intra_op_threads(1):
        yield


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return make_backbone(NAME, SIZE)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> FrameDataset:
    """Three brightnesses in one of two orders, in clips of 3 to 7 frames: only the order tells the classes apart."""
    rng = np.random.default_rng(0)
    t = np.arange(24) // 4 % 2
    pictures = []
    for n, way in enumerate(t):
        length = 3 + n % 5
        ramp = np.linspace(40, 200, length)[:: 1 if way else -1]
        frames = rng.integers(0, 20, (length, SIZE, SIZE, 3)) + ramp[:, None, None, None]
        pictures.append(frames.astype(np.uint8))
    return frame_dataset(frames_of(tmp_path_factory.mktemp("ramps"), pictures), t, ("down", "up"))


def config_of(cnn=(), **changes) -> LrcnConfig:
    values = shipped_values("lrcn")
    quick = {"batch_size": 4, "epochs": 2, "precision": "float32"} | dict(cnn)
    changed = QUICK | {"epochs": 3, "cnn": with_changes(values["cnn"], **quick)} | changes
    return LrcnConfig(**with_changes(values, **changed))


def begun(backbone, cnn=(), **changes) -> Lrcn:
    return Lrcn(config_of(cnn, **changes), RUNTIME, backbone=backbone)


def fitted(backbone, corpus, cnn=(), checkpoint=None, **changes) -> Lrcn:
    model = begun(backbone, cnn, **changes)
    model.fit(corpus.part("train"), corpus.part("val"), checkpoint)
    return model


def weights_of(model: Lrcn) -> dict[str, torch.Tensor]:
    heads = {f"{n}.{k}": v for n, net in enumerate(model._heads.members) for k, v in net.state_dict().items()}
    return model.as_backbone().state_dict | heads


def same(a: Lrcn, b: Lrcn) -> bool:
    ours, theirs = weights_of(a), weights_of(b)
    return ours.keys() == theirs.keys() and all(torch.equal(value, theirs[key]) for key, value in ours.items())


def test_with_a_cnn_that_stays_it_is_the_recurrent_net_on_d_prime(backbone, corpus):
    model = fitted(backbone, corpus, {"strategy": "head"}, frames=7)
    cnn = ClipCnn(backbone, LAYER, "avg", model.config.cnn, "lrcn")
    read = partial(features_of, cnn, transforms=backbone.transforms, runtime=RUNTIME, threads=1)
    of_split = {split: read(corpus.part(split)) for split in ("train", "val", "test")}
    lstm = Lstm(model.config, RUNTIME)
    lstm.fit(of_split["train"], of_split["val"])
    assert np.array_equal(model.predict_proba(corpus.part("test")), lstm.predict_proba(of_split["test"]))
    assert model.history.equals(lstm.history)
    assert model.parameters == lstm.parameters


def test_the_features_are_those_of_the_frames_in_their_order(backbone, corpus):
    cnn = ClipCnn(backbone, LAYER, "avg", config_of().cnn, "lrcn")
    data = features_of(cnn, corpus, backbone.transforms, RUNTIME, 1)
    assert data.mask.sum(axis=1).tolist() == corpus.counts().tolist()
    frames = torch.from_numpy(np.stack([corpus.frames.frame(4, j) for j in range(corpus.frames.count(4))]))
    with torch.no_grad():
        alone = cnn(frames.permute(0, 3, 1, 2))
    np.testing.assert_allclose(data.x[4][data.mask[4]], alone, atol=1e-4)
    assert not data.x[~data.mask].any()


def test_in_the_view_crops_the_features_of_a_frame_are_the_mean_over_its_crops(backbone, tmp_path):
    wide = dataclasses.replace(backbone, transforms=dataclasses.replace(backbone.transforms, view="crops"))
    pictures = [np.random.default_rng(n).integers(0, 255, (2, SIZE, 2 * SIZE, 3)).astype(np.uint8) for n in range(2)]
    data = frame_dataset(frames_of(tmp_path, pictures), np.arange(2), ("a", "b"))
    cnn = ClipCnn(wide, LAYER, "avg", config_of().cnn, "lrcn")
    got = features_of(cnn, data, wide.transforms, RUNTIME, 1)
    with torch.no_grad():
        by_crop = cnn(to_input(pictures[1], wide.transforms)).unflatten(0, (2, 2))
    np.testing.assert_allclose(got.x[1], by_crop.mean(1), atol=1e-4)


def test_long_samples_are_read_in_clips_the_last_of_which_ends_with_them(backbone, corpus):
    cnn = ClipCnn(backbone, LAYER, "avg", config_of().cnn, "lrcn")
    data = features_of(cnn, corpus, backbone.transforms, RUNTIME, 1)
    clips, samples = clips_of(data, 4, 2)
    of_seven = np.flatnonzero(samples == 4)  # begins at 0, 2 and, for 4 would leave one frame, at 3
    assert [clips.times_s[n, 0] * 2 for n in of_seven] == [0, 2, 3]
    assert clips.mask[of_seven].all()
    of_three = np.flatnonzero(samples == 0)
    assert clips.mask[of_three].tolist() == [[True, True, True, False]]
    assert clips.t.tolist() == data.t[samples].tolist()


def test_an_answer_is_the_mean_over_the_clips_of_a_sample(backbone, corpus):
    model, test = fitted(backbone, corpus), corpus.part("test")
    features = features_of(model._fitted(), test, backbone.transforms, RUNTIME, 1)
    clips, samples = clips_of(features, 4, 2)
    by_clip = model._heads.predict_proba(clips)
    wanted = np.stack([by_clip[samples == n].mean(axis=0) for n in range(len(test))])
    np.testing.assert_allclose(model.predict_proba(test), wanted)
    assert len(clips) > len(test)


@pytest.mark.parametrize(("strategy", "trained"), [("head", 0), ("last_stage", 1), ("freeze_first", 2), ("all", 4)])
def test_of_the_cnn_the_strategy_trains_stages_and_its_weights_alone_change(backbone, corpus, strategy, trained):
    model = fitted(backbone, corpus, {"strategy": strategy, "learning_rate": 0.01})
    before, after = backbone.state_dict, model.as_backbone().state_dict
    changed = {key.split(".")[0] for key, tensor in after.items() if not torch.equal(tensor, before[key])}
    stages = [{"conv1"}, {"stage2"}, {"stage3"}, {"stage4", "conv5"}]
    assert changed == set().union(*stages[len(stages) - trained :], set())
    assert len(model.history) == (3 if strategy == "head" else 2)


def test_batch_norms_keep_the_statistics_of_the_source(backbone, corpus):
    after = fitted(backbone, corpus, {"strategy": "all"}).as_backbone().state_dict
    running = [key for key in after if "running_" in key]
    assert running
    assert all(torch.equal(after[key], backbone.state_dict[key]) for key in running)


def test_every_step_is_given_the_label_of_its_clip_and_answers_for_it():
    logits = torch.randn(2, 3, 4)
    mask = torch.tensor([[True, True, True], [True, False, False]])
    t = torch.tensor([1, 3])
    got = outcome(CLASSIFICATION, logits, mask, t)
    steps = torch.cat([logits[0], logits[1, :1]])
    assert got.loss == cross_entropy(steps, torch.tensor([1, 1, 1, 3]))
    assert got.count == 4


@pytest.mark.parametrize("readout", ["every", "last"])
def test_it_learns_an_order_from_frames_and_knows_it_backwards(backbone, corpus, readout):
    changes = {"epochs": 60, "learning_rate": 0.02, "gaussian_noise": 0.1, "dropout": 0.0, "ensemble_size": 1}
    model = fitted(backbone, corpus, {"epochs": 2}, readout=readout, frames=16, hidden=12, **changes)
    test = corpus.part("test")
    assert (model.predict_proba(test).argmax(1) == test.t).all()
    assert (predict_backwards(model, test).argmax(1) != test.t).all()
    assert "predicted_backwards" in answered_both_ways(model, test)


def test_activations_computed_again_give_the_same_gradients(backbone, corpus):
    batch = next(iter(batches_of(corpus, backbone)))
    gradients = [gradients_of(backbone, batch, frames_at_once) for frames_at_once in (None, 3)]
    assert gradients[0].keys() == gradients[1].keys()
    assert gradients[0]
    for key, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][key], gradient, rtol=1e-3, atol=1e-4)


def batches_of(corpus, backbone, size=4) -> DrawnClips:
    config = ClipCnnConfig(**with_changes(shipped_values("lrcn")["cnn"], batch_size=4))
    return DrawnClips(corpus.frames, corpus.rows, corpus.t, backbone.transforms, config, size, RUNTIME)


def gradients_of(backbone, batch, frames_at_once) -> dict[str, torch.Tensor]:
    config = config_of({"strategy": "all", "frames_at_once": frames_at_once}, gaussian_noise=0.0, time_warp=0.0)
    heads = Lstm(config, RUNTIME)
    torch.manual_seed(0)
    cnn = ClipCnn(backbone, LAYER, "avg", config.cnn, "lrcn")
    with torch.no_grad():
        vectors = cnn(batch.frames)
    heads._prepare = lrcn_prepare(vectors)
    heads.class_names = ("down", "up")
    net = LrcnNet(cnn, heads.prepare, [heads.untrained(0)], config.model_copy(update={"dropout": 0.0})).eval()
    LrcnStep(CLASSIFICATION)(net, batch).loss.backward()
    return {key: parameter.grad for key, parameter in net.named_parameters() if parameter.grad is not None}


def lrcn_prepare(vectors):
    from seqpipe.models.preprocessing import Preprocessor

    size = vectors.shape[1]
    return Preprocessor(np.zeros(size), np.ones(size))


def test_the_net_reads_what_the_saved_model_answers_by(backbone, corpus):
    """In training and in answering it is one function: of CNN, preprocessing and recurrent nets."""
    model, val = fitted(backbone, corpus, frames=16), corpus.part("val")
    net = LrcnNet(model._fitted(), model._heads.prepare, model._heads.members, model.config).eval()
    what = (val.frames, val.rows, val.t, backbone.transforms)
    with torch.no_grad():
        logits = [net(batch.frames, batch.mask) for batch in AllClips(*what, 4, 16, 8, RUNTIME)]
    proba = torch.cat([of.double().softmax(-1).mean(0) for of in logits])
    np.testing.assert_allclose(model.predict_proba(val), proba, atol=1e-4)


@pytest.mark.parametrize("phase", ["fit", pytest.param("refit", marks=pytest.mark.slow)])
def test_an_interrupted_training_goes_on_to_the_same_bits(backbone, corpus, tmp_path, monkeypatch, phase):
    settings = config_of({"epochs": 3, "keep": "best"}, refit=True)
    searched = partial(search, "lrcn", settings, corpus, RUNTIME, backbone=backbone)
    whole, *_ = searched()
    epochs = iter(range(20))

    class Interrupted(DrawnClips):
        def __iter__(self):
            if next(epochs) == (2 if phase == "fit" else 4):
                raise KeyboardInterrupt
            return super().__iter__()

    with monkeypatch.context() as patch:
        patch.setattr(lrcn_module, "DrawnClips", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            searched(checkpoint=tmp_path)
    assert [file.parent.name for file in tmp_path.rglob("training.pt")] == (["fit"] if phase == "fit" else KEPT)
    resumed, *_ = searched(checkpoint=tmp_path)
    assert same(resumed, whole)
    assert resumed.history.equals(whole.history)


KEPT = ["fit", "refit"]


def test_in_bfloat16_it_learns_float32_weights(backbone, corpus):
    full, half = (fitted(backbone, corpus, {"precision": precision}) for precision in ("float32", "bfloat16"))
    assert all(tensor.dtype != torch.bfloat16 for tensor in weights_of(half).values())
    assert not same(full, half)
    np.testing.assert_allclose(half.history["train_loss"], full.history["train_loss"], rtol=0.1)


def test_what_is_accumulated_is_one_large_batch(backbone, corpus):
    plain = {"min_crop_scale": 1.0, "color_jitter": 0.0, "strategy": "all"}
    quiet = {"dropout": 0.0, "gaussian_noise": 0.0, "time_warp": 0.0}
    large = fitted(backbone, corpus, plain | {"batch_size": 12}, **quiet)
    small = fitted(backbone, corpus, plain | {"batch_size": 4, "accumulate": 3}, **quiet)
    np.testing.assert_allclose(small.history["train_loss"], large.history["train_loss"], rtol=1e-2)


def test_it_answers_from_disk_alone_as_it_did(backbone, corpus, tmp_path):
    model, test = fitted(backbone, corpus), corpus.part("test")
    save_model(model, tmp_path / "m")
    loaded = read_model(tmp_path / "m").answering(RUNTIME)
    assert np.array_equal(loaded.predict_proba(test), model.predict_proba(test))
    assert loaded.description == model.description
    assert any(key.startswith("conv5") for key in load_file(tmp_path / "m" / "backbone.safetensors"))


def test_a_layer_before_all_that_is_trained_is_told(backbone, corpus):
    with pytest.raises(UserError, match=r"nothing of shuff\S+ is left to train before its layer stage2"):
        fitted(backbone, corpus, {"strategy": "freeze_first", "freeze": 2}, layer="stage2")


def test_the_last_stage_is_the_last_that_is_read(backbone, corpus):
    after = fitted(backbone, corpus, {"learning_rate": 0.01}, layer="stage3").as_backbone().state_dict
    changed = {key.split(".")[0] for key, of in after.items() if not torch.equal(of, backbone.state_dict[key])}
    assert changed == {"stage3"}


def test_one_class_is_refused_in_a_sentence(backbone, tmp_path):
    data = colours(tmp_path)
    with pytest.raises(UserError, match="No training samples of 'green', 'red'"):
        begun(backbone).fit(data.take(np.flatnonzero(data.t == 0)), None)
