"""The captioner: with a CNN that stays it is the decoder on D', and together they learn, resume and answer alike."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.configs import shipped_values, with_changes
from tests.models.frame_fixtures import CLASSES, NAME, SIZE, colours, make_backbone
from tests.models.sentences.spoken import QUICK, RULES, runtime_of

from seqpipe.config import CaptionerConfig
from seqpipe.core.errors import UserError
from seqpipe.data.clip_batches import AllClips
from seqpipe.encoders.layers import PLACES
from seqpipe.models.lrcn.features import features_of
from seqpipe.models.persist import read_model, save_model
from seqpipe.models.search import search
from seqpipe.models.sentences.captioner import DECODERS, Captioner, CaptionerNet, CaptionerStep, sentences_of
from seqpipe.runtime.devices import computing
from seqpipe.targets.sentences import SentenceTargets
from seqpipe.targets.vocabulary import Vocabulary
from seqpipe.tasks.sentences import ImageCaptioning, VideoCaptioning

LAYER = "stage3"


@pytest.fixture(scope="module")
def backbone():
    return make_backbone(NAME, SIZE)


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Clips of one colour, with one sentence or two that say which."""
    data = colours(tmp_path_factory.mktemp("colours"), 24)
    words = [f"it is {CLASSES[k]}" for k in data.t]
    references = tuple((text,) if n % 2 else (text, text.replace("it is", "all")) for n, text in enumerate(words))
    vocabulary = Vocabulary.learned([text for of in references for text in of], "words", True, 1, 100)
    lineage = {"features": {"layer": LAYER, "pool": "avg"}}
    return replace(data, targets=SentenceTargets(references, vocabulary), lineage=lineage)


@pytest.fixture(scope="module")
def pictures(clips):
    """One frame of each, read by place."""
    frames = clips.frames
    first = replace(frames, places=frames.places[frames.starts[:-1]], starts=np.arange(len(frames) + 1))
    lineage = {"features": {"layer": LAYER, "pool": "grid"}}
    return replace(clips, frames=first, times_s=np.array([of[:1] for of in clips.times_s]), lineage=lineage)


def begun(backbone, data, where="attention", cnn=(), **changes):
    values = shipped_values("image_captioning")["captioner"]
    of_cnn = {"batch_size": 4, "epochs": 2, "precision": "float32", "learning_rate": 0.01} | dict(cnn)
    changed = QUICK | {"epochs": 4, "where": where, "cnn": with_changes(values["cnn"], **of_cnn)} | changes
    by_place = data.lineage["features"]["pool"] == "grid"
    task = ImageCaptioning(RULES, PLACES) if by_place else VideoCaptioning(RULES, 1)
    return Captioner(CaptionerConfig(**with_changes(values, **changed)), runtime_of(), task, backbone)


def fitted(backbone, data, *args, checkpoint=None, **changes):
    model = begun(backbone, data, *args, **changes)
    with computing(runtime_of()):
        model.fit(data.part("train"), data.part("val"), checkpoint)
    return model


def said(model, data):
    with computing(runtime_of()):
        return [one.text for one in model.predict_proba(data)]


def weights_of(model):
    return {**model.as_backbone().state_dict, **model._decoder.net.state_dict()}


@pytest.mark.parametrize("where", DECODERS)
def test_with_a_cnn_that_stays_it_is_the_decoder_on_features(where, backbone, clips):
    model = fitted(backbone, clips, where, {"strategy": "head"})
    runtime = runtime_of()
    features = features_of(model._new_cnn(), clips, backbone.transforms, runtime, 1)
    decoder = DECODERS[where](model.config, runtime, model.task)
    with computing(runtime):
        decoder.fit(features.part("train"), features.part("val"))
        assert said(model, clips) == [one.text for one in decoder.predict_proba(features)]
        np.testing.assert_array_equal(
            model.log_likelihood(clips.part("test")), decoder.log_likelihood(features.part("test"))
        )
    assert torch.equal(model.as_backbone().state_dict["conv1.0.weight"], backbone.state_dict["conv1.0.weight"])
    assert model.parameters == decoder.parameters


@pytest.mark.parametrize(
    ("strategy", "trained"),
    [
        ("all", {"conv1", "stage2", "stage3"}),
        ("freeze_first", {"stage2", "stage3"}),
        ("last_stage", {"stage3"}),
        ("head", set()),
    ],
)
def test_each_strategy_trains_what_it_says_of_the_cnn(strategy, trained, backbone, pictures):
    model = fitted(backbone, pictures, "attention", {"strategy": strategy, "freeze": 1})
    now = model.as_backbone().state_dict
    changed = {name.split(".")[0] for name, value in now.items() if not torch.equal(value, backbone.state_dict[name])}
    assert changed == trained


@pytest.mark.parametrize("where", ["attention", "par"])
@pytest.mark.parametrize("of", ["clips", "pictures"])
def test_the_net_is_shown_what_the_decoder_is_shown_of_features(where, of, backbone, request):
    data = request.getfixturevalue(of)
    model = fitted(backbone, data, where, {"strategy": "head"})
    net = CaptionerNet(model._fitted(), model._decoder.shown, model._decoder.net).eval()
    longest = int(data.counts().max())
    batches = AllClips(*model._data_of(data, np.arange(len(data))), len(data), longest, longest, runtime_of())
    batch = next(iter(batches))
    with torch.no_grad():
        x, mask = net(batch.frames, batch.mask)
    expected, there = model._decoder.shown(model._features(data))
    torch.testing.assert_close(x, expected)
    assert torch.equal(mask, there)


def test_a_step_is_of_every_reference_of_its_clips(backbone, clips):
    model = fitted(backbone, clips, "attention", {"strategy": "head"})
    decoder, net = model._decoder, CaptionerNet(model._fitted(), model._decoder.shown, model._decoder.net).eval()
    longest = int(clips.counts().max())
    batch = next(iter(AllClips(*model._data_of(clips, np.arange(len(clips))), 24, longest, longest, runtime_of())))
    with torch.no_grad():
        together = CaptionerStep(decoder, sentences_of([clips]))(net, batch)
    loss, count = 0.0, 0
    with torch.no_grad():
        for part in decoder._batches(model._features(clips), shuffle=False):
            one = decoder.step(net.decoder, part)
            loss, count = loss + float(one.loss) * one.count, count + one.count
    assert together.count == count
    assert float(together.loss) == pytest.approx(loss / count, rel=1e-5)


def test_together_they_learn_to_say_what_is_seen(backbone, pictures):
    cnn = {"strategy": "all", "epochs": 30, "learning_rate": 0.003, "keep": "last"}
    model = fitted(backbone, pictures, "attention", cnn, epochs=20)
    test = pictures.part("test")
    assert all(text in of for text, of in zip(said(model, test), test.targets.references, strict=True))
    assert model.history["train_loss"].iloc[-1] < 0.6 * model.history["train_loss"].iloc[0]
    assert {"val_cider", "val_loss"} <= set(model.history)


def test_it_answers_alike_once_it_is_read_and_in_whatever_company(backbone, clips, tmp_path):
    model = fitted(backbone, clips)
    save_model(model, tmp_path / "model")
    assert not list((tmp_path / "model").glob("*.pkl"))
    read, test = read_model(tmp_path / "model"), clips.part("test")
    assert said(read, test) == said(model, test)
    assert [said(read, test.take(np.array([n])))[0] for n in range(len(test))] == said(read, test)
    assert read.description == model.description
    assert read.class_names == clips.class_names


def test_an_interrupted_training_ends_with_the_same_bits(backbone, clips, tmp_path, monkeypatch):
    whole = fitted(backbone, clips)
    step, calls = CaptionerStep.__call__, []

    def interrupted(self, net, batch):
        calls.append(net.training)
        if sum(calls) > 4:  # in the second epoch of both together
            raise KeyboardInterrupt
        return step(self, net, batch)

    monkeypatch.setattr(CaptionerStep, "__call__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fitted(backbone, clips, checkpoint=tmp_path)
    monkeypatch.undo()
    again = fitted(backbone, clips, checkpoint=tmp_path)
    for name, value in weights_of(whole).items():
        assert torch.equal(value, weights_of(again)[name]), name


def test_where_nothing_is_left_to_train_it_says_so(backbone, clips):
    with pytest.raises(UserError, match=r"captioner.cnn: nothing of .* is left to train before its layer stage3"):
        fitted(backbone, clips, "attention", {"strategy": "freeze_first", "freeze": 3})


def test_it_is_fitted_again_on_train_and_val(backbone, clips):
    model = fitted(backbone, clips)
    before = {name: value.clone() for name, value in weights_of(model).items()}
    with computing(runtime_of()):
        model.refit(clips.part("train", "val"))
    assert any(not torch.equal(value, before[name]) for name, value in weights_of(model).items())


@pytest.mark.parametrize(("where", "tried"), [("attention", 2), ("merge", 1)])
def test_what_its_decoder_has_no_use_for_is_not_tried(where, tried, backbone, pictures):
    model = begun(backbone, pictures, where, {"strategy": "head"}, epochs=1, grid={"attention": [4, 8]})
    _, trials, record = search("captioner", model.config, pictures, runtime_of(), model.task, backbone)
    assert len(trials) == tried
    assert ("attention" in record["parameters"]) == (where == "attention")
