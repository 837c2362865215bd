"""Fine-tuning: what is copied, what is trained and what is not, answers of clips, on disk, the extreme case."""

import dataclasses
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tests.configs import TRAINING, with_changes
from tests.models.frame_fixtures import CLASSES, NAME, SIZE, colours, frame_dataset, frames_of, make_backbone
from torch import nn
from torch.nn.functional import cross_entropy, one_hot
from torchvision.ops import StochasticDepth

from seqpipe.config import AnnConfig, FinetuneConfig, RuntimeConfig
from seqpipe.core.errors import UserError
from seqpipe.data.dataset import FeatureDataset
from seqpipe.data.frame_batches import AllFrames, DrawnFrames
from seqpipe.data.frame_dataset import FrameDataset
from seqpipe.encoders import layers
from seqpipe.encoders.architectures import build_module
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.stages import stages
from seqpipe.models.ann import Ann
from seqpipe.models.finetune import finetuned
from seqpipe.models.finetune.adapted import (
    NOTHING_FROZEN,
    AdaptedNet,
    from_scratch,
    frozen_parts,
    param_groups,
    with_new_head,
)
from seqpipe.models.finetune.finetuned import FineTuned
from seqpipe.models.linear.rows import Prepare
from seqpipe.models.persist import read_model, save_model
from seqpipe.models.search import search
from seqpipe.runtime.devices import intra_op_threads
from seqpipe.targets.classes import ClassTargets
from seqpipe.tasks.classification import CLASSIFICATION
from seqpipe.training.fit import StepOutput

CPU = torch.device("cpu")
RUNTIME = RuntimeConfig(seed=0, device="cpu", threads=1, deterministic=True)


@pytest.fixture(autouse=True)
def one_thread():
    with intra_op_threads(1):
        yield


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return make_backbone(NAME, SIZE)


@pytest.mark.parametrize("name", ["squeezenet1_1", "resnet18"])
def test_a_head_with_a_relu_behind_it_begins_where_the_relu_lets_it_learn(name):
    of = make_backbone(name, 64)
    for module in (with_new_head(of, 3, 0), from_scratch(name, 64, 3, 0)):
        bias = module.get_submodule(layers.head_layer(name, 64)).bias
        assert (bias == 1).all() == (name == "squeezenet1_1")


PLAIN_TRAINING = {"weight_decay": 0.0, "batch_size": 8, "epochs": 1, "clip_norm": None, "precision": "float32"}


@pytest.fixture(scope="module")
def config() -> FinetuneConfig:
    """Everything trained, nothing varied."""
    return FinetuneConfig(
        strategy="all",
        freeze=2,
        frames=None,
        head_rate=1.0,
        layer_decay=1.0,
        training=TRAINING | PLAIN_TRAINING,
        class_weights="none",
        label_smoothing=0.0,
        mixup=0.0,
        min_crop_scale=1.0,
        horizontal_flip=False,
        color_jitter=0.0,
    )


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> FrameDataset:
    return colours(tmp_path_factory.mktemp("frames"))


def some(corpus: FrameDataset, rows: slice) -> FrameDataset:
    return corpus.take(np.arange(len(corpus))[rows])


def begun(config, backbone, runtime=RUNTIME) -> FineTuned:
    return FineTuned(config, runtime, backbone=backbone)


def changed(config: FinetuneConfig, **changes) -> FinetuneConfig:
    return FinetuneConfig(**with_changes(config.model_dump(), **changes))


def fitted(config, backbone, corpus, **changes) -> FineTuned:
    model = begun(changed(config, **changes), backbone)
    model.fit(corpus, None)
    return model


@pytest.fixture(scope="module")
def trained(config, backbone, corpus) -> Callable[..., FineTuned]:
    """Models trained once for several tests, by what differs from the configuration. Only look."""
    return cache(lambda **changes: fitted(config, backbone, corpus, **changes))


def state_of(model: FineTuned) -> dict[str, torch.Tensor]:
    return model.as_backbone().state_dict


def test_all_is_copied_but_the_head(backbone):
    module = with_new_head(backbone, 3, 0)
    assert module.fc.weight.shape == (3, 1024)
    for key, tensor in module.state_dict().items():
        assert key.startswith("fc.") or torch.equal(tensor, backbone.state_dict[key])


@pytest.mark.parametrize(("name", "size"), [("squeezenet1_1", 32), ("mobilenet_v3_small", 32)])
def test_any_head_is_replaced_by_one_like_it(name, size):
    module = with_new_head(make_backbone(name, size), 4, 0)
    old = build_module(name, 10, size, "meta").get_submodule(layers.head_layer(name, size))
    new = module.get_submodule(layers.head_layer(name, size))
    assert type(new) is type(old)
    assert new.weight.shape == (4, *old.weight.shape[1:])
    assert 0 < new.weight.std() < 1
    assert module(torch.zeros(2, 3, size, size)).shape == (2, 4)


def test_the_new_head_is_random_by_the_seed_alone(backbone):
    first = with_new_head(backbone, 3, 0).fc.weight
    torch.rand(5)
    assert torch.equal(first, with_new_head(backbone, 3, 0).fc.weight)
    assert not torch.equal(first, with_new_head(backbone, 3, 1).fc.weight)


def test_from_scratch_nothing_is_copied_and_torchvision_s_initialiser_is_run(backbone):
    module, again = from_scratch(NAME, SIZE, 3, 0), from_scratch(NAME, SIZE, 3, 0)
    assert all(torch.equal(a, b) for a, b in zip(module.parameters(), again.parameters(), strict=True))
    assert not any(torch.equal(p, backbone.state_dict[k]) for k, p in module.named_parameters() if p.ndim > 1)
    truncated = from_scratch("googlenet", 64, 3, 0).conv2.conv.weight  # as its builder does where it is let
    assert 0.008 < truncated.std() < 0.012


@pytest.mark.parametrize("strategy", ["all", "freeze_first", "head", "scratch"])
def test_what_is_frozen_stays_to_the_bit_with_its_statistics_and_the_rest_learns(backbone, trained, strategy):
    model = trained(strategy=strategy)
    count = {"all": 0, "freeze_first": 2, "head": 4, "scratch": 0}[strategy]
    first = {path for stage in stages(NAME)[:count] for path in stage.modules}
    before = backbone.state_dict if strategy != "scratch" else from_scratch(NAME, SIZE, 3, 0).state_dict()
    for key, tensor in state_of(model).items():
        if key.split(".")[0] in first:
            assert torch.equal(tensor, before[key]), key
        elif not key.startswith("fc."):
            assert not torch.equal(tensor, before[key]), key
    parameters = [p.numel() for stage in stages(NAME)[:count] for k in stage.parameters for p in [before[k]]]
    assert model.costs.trainable_parameters == model.costs.parameters - sum(parameters)
    assert (model.costs.trainable_parameters == 3 * 1024 + 3) == (strategy == "head")


def test_freezing_up_to_a_layer(backbone, trained):
    model = trained(strategy="freeze_first", freeze="stage2")
    same = {k for k, v in state_of(model).items() if not k.startswith("fc.") and torch.equal(v, backbone.state_dict[k])}
    assert same == {k for k in backbone.state_dict if k.startswith(("conv1.", "stage2."))}


def test_no_dropout_in_frozen_parts(config):
    backbone = make_backbone("efficientnet_b0", 32)
    frozen = frozen_parts("efficientnet_b0", 32, config.model_copy(update={"strategy": "head"}))
    net = AdaptedNet(with_new_head(backbone, 3, 0), backbone.transforms, frozen).train()
    assert not any(part.training for part in net.modules() if isinstance(part, StochasticDepth | nn.BatchNorm2d))
    assert net.body.classifier[0].training  # the head's own dropout


def test_earlier_stages_learn_more_slowly(config, backbone):
    body = with_new_head(backbone, 3, 0)
    groups = param_groups(body, NAME, SIZE, config.model_copy(update={"layer_decay": 0.5, "head_rate": 3.0}))
    assert [group.factor for group in groups] == [0.125, 0.25, 0.5, 1.0, 3.0]
    names = {id(p): key.split(".")[0] for key, p in body.named_parameters()}
    learned = [{names[id(p)] for p in group.parameters} for group in groups]
    assert learned == [{"conv1"}, {"stage2"}, {"stage3"}, {"stage4", "conv5"}, {"fc"}]


def test_from_scratch_all_learn_alike(config, backbone):
    changes = {"layer_decay": 0.5, "head_rate": 3.0, "strategy": "scratch"}
    groups = param_groups(with_new_head(backbone, 3, 0), NAME, SIZE, config.model_copy(update=changes))
    assert [group.factor for group in groups] == [1.0]


def test_it_learns_and_the_history_tells(config, backbone, corpus):
    settings, val = changed(config, epochs=20, learning_rate=0.003), some(corpus, slice(12, 18))
    model = begun(settings, backbone)
    model.fit(some(corpus, slice(0, 12)), val)
    assert model.history["epoch"].tolist() == list(range(20))
    assert model.history["train_loss"].iloc[-1] < model.history["train_loss"].iloc[0]
    assert (model.predict_proba(val).argmax(1) == val.t).mean() > 0.8
    batches = AllFrames(val.frames, val.rows, val.t, backbone.transforms, 8, RUNTIME)
    right = np.concatenate([model.frames_proba(x).argmax(1) == t.numpy() for x, t, _ in batches])
    assert model.history["val_accuracy"].iloc[-1] == pytest.approx(right.mean())


def test_the_extreme_case_is_the_ann_without_hidden_layers_on_d_prime(config, backbone, stills, monkeypatch):
    """Strategy `head` and the ANN on the penultimate features are one model: trained alike, they answer alike."""
    alike = {"epochs": 40, "learning_rate": 0.05, "weight_decay": 0.01, "batch_size": 18, "clip_norm": 1.0}
    model = fitted(config, backbone, stills, strategy="head", **alike)
    dataset = penultimate_features(backbone, stills, config)
    ann = Ann(AnnConfig(**with_changes(ANN_WITHOUT_HIDDEN_LAYERS, **alike)), RUNTIME)
    as_it_is = Prepare(torch.zeros(dataset.x.shape[2]), torch.ones(dataset.x.shape[2]))
    monkeypatch.setattr(Ann, "_preprocessor", lambda self, train: as_it_is)  # a CNN's head has none
    ann.fit(dataset, dataset.take(np.arange(3)))
    ours, theirs = model.predict_proba(stills), ann.predict_proba(dataset)
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
    assert np.ptp(theirs) > 0.5  # they have learned: not all alike
    assert model.costs.trainable_parameters == ann.parameters


ANN_WITHOUT_HIDDEN_LAYERS = {
    "pooling": "mean",
    "standardize": False,
    "pca": None,
    "hidden": [],
    "dropout": 0.0,
    "training": TRAINING,
    "refit": False,
    "grid": {},
}


@pytest.fixture
def stills(corpus, tmp_path) -> FrameDataset:
    """The first frame of each clip."""
    pictures = [corpus.frames.frame(row, 0)[None] for row in range(len(corpus))]
    return dataclasses.replace(corpus, frames=frames_of(tmp_path / "stills", [np.asarray(p) for p in pictures]))


def penultimate_features(backbone: Backbone, stills: FrameDataset, config: FinetuneConfig) -> FeatureDataset:
    """D' of one frame a sample, read at the layer before the head."""
    node = layers.resolve(NAME, SIZE, "penultimate")
    reader = AdaptedNet(layers.cut(backbone.module(), node), backbone.transforms, NOTHING_FROZEN).eval()
    batches = AllFrames(stills.frames, stills.rows, stills.t, backbone.transforms, 8, RUNTIME)
    frames = torch.cat([x for x, *_ in batches])
    with torch.no_grad():
        x = reader.body(reader.normalise(frames))[node].numpy()[:, None]
    names = np.array([str(i) for i in range(len(x))], object)
    splits = np.array(["train"] * len(x), object)
    ones = np.ones((len(x), 1))
    return FeatureDataset(
        x, ones.astype(bool), ones.astype(np.float32), ClassTargets(stills.t, CLASSES), names, names, splits, "a test's"
    )


def test_a_clip_s_answer_is_the_mean_over_its_frames(corpus, trained):
    model = trained(strategy="all")
    proba = model.predict_proba(some(corpus, slice(6, 9)))  # three frames each
    for row, sample in enumerate(range(6, 9)):
        pictures = np.stack([corpus.frames.frame(sample, j) for j in range(corpus.frames.count(sample))])
        alone = model.frames_proba(torch.from_numpy(pictures).permute(0, 3, 1, 2))
        assert len(alone) == 3
        np.testing.assert_allclose(proba[row], alone.mean(0), atol=1e-5)
    np.testing.assert_allclose(proba.sum(1), 1.0)


def test_the_same_seed_gives_the_same_bits_and_another_one_does_not(config, backbone, corpus):
    varied = {
        "mixup": 0.4,
        "min_crop_scale": 0.5,
        "horizontal_flip": True,
        "color_jitter": 0.3,
        "frames": 2,
        "label_smoothing": 0.1,
    }
    settings, few = config.model_copy(update=varied), some(corpus, slice(0, 6))
    models = [begun(settings, backbone, RUNTIME.model_copy(update={"seed": seed})) for seed in (0, 0, 1)]
    for model in models:
        model.fit(few, None)
    first, again, other = map(state_of, models)
    assert all(torch.equal(tensor, again[key]) for key, tensor in first.items())
    assert not torch.equal(first["conv5.0.weight"], other["conv5.0.weight"])


def test_an_interrupted_training_goes_on_to_the_same_bits(config, backbone, corpus, tmp_path, monkeypatch):
    settings = changed(config, epochs=3, mixup=0.4, min_crop_scale=0.5, keep="best")
    train, val = some(corpus, slice(0, 6)), some(corpus, slice(6, 7))
    whole = begun(settings, backbone)
    whole.fit(train, val)

    class Killed(Exception):
        pass

    epochs = iter(range(10))

    class Interrupted(DrawnFrames):
        def __iter__(self):
            if next(epochs) == 2:
                raise Killed
            return super().__iter__()

    killed, resumed = begun(settings, backbone), begun(settings, backbone)
    with monkeypatch.context() as patch:
        patch.setattr(finetuned, "DrawnFrames", Interrupted)
        with pytest.raises(Killed):
            killed.fit(train, val, tmp_path)
    resumed.fit(train, val, tmp_path)
    assert resumed.history.equals(whole.history)
    assert all(torch.equal(a, state_of(resumed)[key]) for key, a in state_of(whole).items())


def test_an_interrupted_search_goes_on_from_its_checkpoint_to_the_same_bits(
    config, backbone, corpus, tmp_path, monkeypatch
):
    settings = config.model_copy(update={"epochs": 3, "mixup": 0.4})
    whole, trials, _ = search("finetune", settings, corpus, RUNTIME, backbone=backbone)

    def killed(self, *_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(FineTuned, "predict_proba", killed)  # all epochs are behind it
        with pytest.raises(KeyboardInterrupt):
            search("finetune", settings, corpus, RUNTIME, backbone=backbone, checkpoint=tmp_path)
    assert list(tmp_path.rglob("training.pt"))
    with monkeypatch.context() as patch:
        patch.setattr(DrawnFrames, "__iter__", killed)  # no epoch is trained again
        again, resumed, record = search("finetune", settings, corpus, RUNTIME, backbone=backbone, checkpoint=tmp_path)
    assert all(torch.equal(tensor, state_of(again)[key]) for key, tensor in state_of(whole).items())
    assert resumed.drop(columns="fit_seconds").equals(trials.drop(columns="fit_seconds"))
    assert record["search_seconds"] >= record["fit_seconds"] > 0
    assert again.history.attrs == {}


def test_it_answers_from_disk_alone_as_it_did(backbone, corpus, trained, tmp_path):
    model = trained(strategy="freeze_first")
    save_model(model, tmp_path / "model")
    loaded = read_model(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict_proba(corpus), model.predict_proba(corpus))
    assert loaded.class_names == CLASSES
    assert loaded.costs == model.costs
    assert (loaded.description, loaded.device, loaded.config) == (model.description, "cpu", model.config)
    assert loaded.backbone.transforms == backbone.transforms
    assert {p.suffix for p in (tmp_path / "model").iterdir()} == {".json", ".safetensors"}
    assert set(load_file(tmp_path / "model" / "backbone.safetensors")) == set(backbone.state_dict)


def test_it_answers_to_the_bit_whatever_the_threads_of_the_process(config, tmp_path):
    """This architecture's convolutions are summed up in another order on two threads, at this size."""
    pictures = np.random.default_rng(0).integers(0, 256, (6, 2, 64, 64, 3), np.uint8)
    noise = frame_dataset(frames_of(tmp_path / "frames", list(pictures)), np.arange(6) % 3)
    model = fitted(config, make_backbone("mobilenet_v3_small", 64), noise, strategy="head")
    save_model(model, tmp_path / "model")
    loaded, frames = read_model(tmp_path / "model"), torch.from_numpy(pictures[:, 0]).permute(0, 3, 1, 2)
    judged, maps = model.predict_proba(noise), model.heat_maps(frames, noise.t)
    assert loaded.threads == model.threads == 1
    with intra_op_threads(2):
        np.testing.assert_array_equal(loaded.predict_proba(noise), judged)
        np.testing.assert_array_equal(loaded.heat_maps(frames, noise.t), maps)


def test_a_last_batch_of_one_frame_is_trained_on(config, backbone, corpus):
    """At 32 pixels the last maps are 1 x 1: a batch-norm has nothing to take statistics of in a single frame."""
    few = some(corpus, slice(0, 3))  # a frame each
    model = fitted(config, backbone, few, batch_size=2, epochs=1)
    assert all(torch.isfinite(v).all() for v in state_of(model).values())
    one = AdaptedNet(with_new_head(backbone, 3, 0), backbone.transforms, NOTHING_FROZEN).train()
    before = one.body.conv5[1].running_mean.clone()
    one(one.normalise(torch.zeros(1, 3, SIZE, SIZE, dtype=torch.uint8)))
    assert torch.equal(one.body.conv5[1].running_mean, before)
    assert one.body.conv5[1].training


def step_output(config, net, batch, weights=None) -> StepOutput:
    return finetuned._Step(config, CLASSIFICATION, 3, weights, CPU)(net, batch)


def test_the_loss_in_training_and_in_val(config, backbone):
    net = AdaptedNet(with_new_head(backbone, 3, 0), backbone.transforms, NOTHING_FROZEN).eval()
    frames = torch.randint(0, 256, (6, 3, SIZE, SIZE), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    t, weights = torch.tensor([0, 1, 2, 0, 0, 0]), torch.tensor([0.5, 2.0, 2.0])
    log_p = net(net.normalise(frames)).log_softmax(1)
    smooth = config.model_copy(update={"label_smoothing": 0.3})
    plain = -(weights[t] * log_p[torch.arange(6), t]).mean()
    torch.testing.assert_close(step_output(smooth, net, (frames, t), weights).loss, plain)
    net.training = True  # of the net alone: its batch-norms still answer as above
    target = 0.7 * one_hot(t, 3) + 0.1
    torch.testing.assert_close(
        step_output(smooth, net, (frames, t), weights).loss, -(weights * target * log_p).sum(1).mean()
    )
    torch.testing.assert_close(step_output(config, net, (frames, t)).loss, cross_entropy(log_p, t))


def test_mixed_frames_have_mixed_targets(config, backbone, monkeypatch):
    seen = {}
    monkeypatch.setattr(
        finetuned, "cross_entropy", lambda logits, targets, *_, **__: seen.update(t=targets) or logits.sum()
    )
    net = AdaptedNet(with_new_head(backbone, 3, 0), backbone.transforms, NOTHING_FROZEN)
    batch = torch.zeros(8, 3, SIZE, SIZE, dtype=torch.uint8), torch.arange(8) % 3
    torch.manual_seed(0)
    step_output(config.model_copy(update={"mixup": 5.0}), net.train(), batch)
    torch.testing.assert_close(seen["t"].sum(1), torch.ones(8))
    assert ((seen["t"] > 0.01) & (seen["t"] < 0.99)).any()
    step_output(config.model_copy(update={"mixup": 5.0}), net.eval(), batch, torch.ones(3))
    assert torch.equal(seen["t"], one_hot(batch[1], 3).float())


def test_balanced_weights_make_every_class_count_alike(config, corpus):
    uneven = some(corpus, slice(0, 7))  # 3, 2 and 2 clips of 3, 3 and 3; of 1, 2 frames
    settings = config.model_copy(update={"class_weights": "balanced", "frames": 2})
    weights = finetuned._class_weights(uneven, settings).double().numpy()
    frames = np.bincount(uneven.t, [min(2, corpus.frames.count(row)) for row in uneven.rows])
    assert len(set(frames)) > 1
    np.testing.assert_allclose(weights * frames, (weights * frames)[0], rtol=1e-6)
    assert (weights * frames).sum() == pytest.approx(frames.sum())
    assert finetuned._class_weights(uneven, config) is None


def test_costs(trained):
    model, head = trained(strategy="all"), trained(strategy="head")
    assert model.costs.forward_flops == head.costs.forward_flops
    assert head.costs.step_flops == head.costs.forward_flops + 2 * 3 * 1024  # and the gradient of the head's weights
    assert 2.5 < model.costs.step_flops / model.costs.forward_flops < 3


def test_heat_maps(trained):
    frames = torch.zeros(9, 3, 64, 64, dtype=torch.uint8)  # more than a batch
    heat = trained(strategy="head").heat_maps(frames, np.arange(9) % 3)
    assert heat.shape == (9, 2, 2)
    assert 0 <= heat.min() <= heat.max() <= 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"strategy": "all"}, "shufflenet_v2_x0_5, all of it trained"),
        ({"strategy": "freeze_first", "freeze": 2}, "shufflenet_v2_x0_5, trained but for its first 2 stages"),
        ({"strategy": "freeze_first", "freeze": "stage2"}, "shufflenet_v2_x0_5, trained but for all up to stage2"),
        ({"strategy": "head"}, "shufflenet_v2_x0_5, its new head alone trained"),
        ({"strategy": "scratch"}, "shufflenet_v2_x0_5, trained from random weights"),
    ],
)
def test_description(config, backbone, changes, expected):
    assert begun(config.model_copy(update=changes), backbone).description == expected


@pytest.mark.parametrize(
    ("changes", "rows", "names", "message"),
    [
        (
            {"strategy": "freeze_first", "freeze": 9},
            slice(0, 6),
            CLASSES,
            r"freeze: shuff.* 4 stages .*got 9",
        ),
        ({"strategy": "freeze_first", "freeze": "stag2"}, slice(0, 6), CLASSES, "Did you mean 'stage2'"),
        ({}, slice(0, 2), CLASSES, "No training samples of 'red': add some"),
        ({}, slice(0, 1), ("blue",), "two classes are needed to tell apart, got 'blue'"),
    ],
)
def test_what_cannot_work_is_said_before_training(config, backbone, corpus, changes, rows, names, message):
    part = some(corpus, rows)
    part = dataclasses.replace(part, targets=ClassTargets(part.t, names))
    with pytest.raises(UserError, match=message):
        fitted(config, backbone, part, **changes)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            torch.OutOfMemoryError("CUDA out of memory"),
            r"a batch of 8: lower finetune\.training\.batch_size, and raise .*now 1",
        ),
        (
            RuntimeError("adaptive_avg_pool2d_backward_cuda does not have a deterministic implementation, but you set"),
            r"same bits each time \(adaptive_avg_pool2d_backward_cuda\): give runtime\.deterministic=false",
        ),
    ],
)
def test_what_a_gpu_cannot_do_is_said_with_what_to_change(config, backbone, corpus, monkeypatch, error, message):
    def fails(*_, **__):
        raise error

    monkeypatch.setattr(finetuned, "fit", fails)
    with pytest.raises(UserError, match=message):
        fitted(config, backbone, corpus)


def test_another_error_stays_what_it_is(config, backbone, corpus, monkeypatch):
    def fails(*_, **__):
        raise RuntimeError("a bug")

    monkeypatch.setattr(finetuned, "fit", fails)
    with pytest.raises(RuntimeError, match="a bug"):
        fitted(config, backbone, corpus)


def test_mixed_precision_keeps_the_weights_in_float32_and_learns_much_the_same(trained):
    slow = {"strategy": "head", "learning_rate": 1e-4}  # random weights amplify what is rounded
    exact, mixed = trained(**slow), trained(**slow, precision="bfloat16")
    assert {tensor.dtype for tensor in state_of(mixed).values()} == {torch.float32, torch.int64}
    assert not torch.equal(state_of(mixed)["fc.weight"], state_of(exact)["fc.weight"])
    assert mixed.history["train_loss"].item() == pytest.approx(exact.history["train_loss"].item(), rel=0.2)


def test_nothing_to_answer(corpus, trained):
    assert trained(strategy="all").predict_proba(some(corpus, slice(0, 0))).shape == (0, 3)
