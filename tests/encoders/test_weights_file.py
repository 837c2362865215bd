from __future__ import annotations

import argparse
import logging

import pytest
import torch

from seqpipe.config import BackboneConfig, SnippetConfig
from seqpipe.core.errors import UserError
from seqpipe.encoders.architectures import build_module
from seqpipe.encoders.backbones import read_backbone, save_backbone
from seqpipe.encoders.weights import load_backbone
from seqpipe.encoders.weights_file import read_weights


@pytest.fixture(scope="module")
def state_dict():
    torch.manual_seed(1)
    return build_module("resnet18", 7, 224).state_dict()


@pytest.fixture
def names(state_dict):
    return list(state_dict)


def _prefixed(prefix, tensors):
    return {prefix + key: tensor for key, tensor in tensors.items()}


ADAM = {"state": {n: {"exp_avg": torch.zeros(3)} for n in range(60)}, "param_groups": [{"lr": 0.1}]}


@pytest.mark.parametrize(
    "wrap",
    [
        lambda s: s,
        lambda s: {"state_dict": s, "epoch": 3, "optimizer": ADAM},
        lambda s: {"model": _prefixed("module.", s), "optimizer": ADAM, "args": {"lr": 0.1}},
        lambda s: {"model_state_dict": _prefixed("_orig_mod.", s)},
        lambda s: {"checkpoint": {"net": {"weights": _prefixed("module._orig_mod.", s)}}},
        lambda s: _prefixed("backbone.", s) | {"projector.0.weight": torch.zeros(2, 2)},
        lambda s: {"state_dict": _prefixed("model.encoder.", s) | {"criterion.weight": torch.ones(7)}},
        lambda s: {"n_averaged": torch.tensor(3), **_prefixed("module.", s)},
        lambda s: {"params": _prefixed("net.", s), "scaler": {"scale": torch.tensor(65536.0)}},
    ],
)
def test_a_wrapped_state_dict_is_that_state_dict(tmp_path, state_dict, names, wrap):
    torch.save(wrap(state_dict), tmp_path / "w.ckpt")
    tensors = read_weights(tmp_path / "w.ckpt", names)
    assert list(tensors) == names
    assert all(torch.equal(tensors[key], state_dict[key]) for key in names)


@pytest.mark.parametrize(
    ("wrap", "listed"),
    [
        (lambda s: {"model": s, "model_ema": _prefixed("module.", s)}, r"model, model_ema module\.\*"),
        (lambda s: {"student": s, "teacher": s}, "student, teacher"),
        (lambda s: _prefixed("encoder_q.", s) | _prefixed("encoder_k.", s), r"encoder_q\.\*, encoder_k\.\*"),
    ],
)
def test_several_sets_that_fit_are_named(tmp_path, state_dict, names, wrap, listed):
    torch.save(wrap(state_dict), tmp_path / "w.pth")
    with pytest.raises(UserError, match=rf"holds 2 sets of weights that fit \({listed}\)"):
        read_weights(tmp_path / "w.pth", names)


def test_what_lies_beside_the_prefix_is_counted(tmp_path, state_dict, names, caplog):
    torch.save(_prefixed("backbone.", state_dict) | {"neck.weight": torch.zeros(2)}, tmp_path / "w.pth")
    with caplog.at_level(logging.INFO):
        read_weights(tmp_path / "w.pth", names)
    assert "1 tensors beside backbone.* are not read (neck.weight)" in caplog.text


def test_what_only_code_could_make_is_named_and_not_run(tmp_path, state_dict, names):
    torch.save({"state_dict": state_dict, "hyper_parameters": argparse.Namespace(lr=0.1)}, tmp_path / "w.ckpt")
    with pytest.raises(UserError, match=r"holds argparse\.Namespace, which only running code.*model\.state_dict"):
        read_weights(tmp_path / "w.ckpt", names)
    torch.save(torch.nn.Linear(2, 2), tmp_path / "w.pth")
    with pytest.raises(UserError, match=r"torch\.nn\.modules\.linear\.Linear, which only running code"):
        read_weights(tmp_path / "w.pth", names)


def test_a_file_without_tensors_has_its_keys_named(tmp_path, names):
    torch.save({"epoch": 3, "lr": 0.1}, tmp_path / "w.pth")
    with pytest.raises(UserError, match=r"holds no state dict .*its keys: epoch, lr"):
        read_weights(tmp_path / "w.pth", names)


def _loaded(tmp_path, tensors):
    torch.save(tensors, tmp_path / "w.pth")
    config = BackboneConfig(
        name="resnet18", weights=str(tmp_path / "w.pth"), view="centre", snippet=SnippetConfig(frames=16, stride=1)
    )
    return load_backbone(config, seed=0)


@pytest.mark.parametrize("left", [{}, {"fc.0.weight": torch.zeros(4, 512), "fc.2.weight": torch.zeros(2, 4)}])
def test_weights_without_a_head_give_features_but_no_answers(tmp_path, state_dict, left):
    body = {key: tensor for key, tensor in state_dict.items() if not key.startswith("fc.")}
    backbone = _loaded(tmp_path, body | left)
    assert (backbone.num_classes, backbone.source) == (0, "weights file w.pth, without a head")
    save_backbone(backbone, tmp_path / "b")
    again = read_backbone(tmp_path / "b")
    assert torch.equal(again.module().state_dict()["layer4.1.conv2.weight"], body["layer4.1.conv2.weight"])
    for node in ("layer4.1.relu_1", "flatten"):
        again.check_readable(node)
    with pytest.raises(UserError, match=r"have no head, so features\.layer=fc cannot be read"):
        again.check_readable("fc")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(tmp_path, state_dict, number):
    spoilt = state_dict | {"layer1.0.bn1.running_var": torch.full((64,), number)}
    with pytest.raises(UserError, match=r"not finite, in layer1\.0\.bn1\.running_var: .*earlier checkpoint"):
        _loaded(tmp_path, spoilt)


def test_the_advice_fits_the_fault(tmp_path, state_dict):
    with pytest.raises(UserError, match=r"fc\.bias is \(3,\) instead of \(7,\)\. The rest fits.*save it anew"):
        _loaded(tmp_path, state_dict | {"fc.bias": torch.zeros(3)})
    with pytest.raises(UserError, match=r"is unknown.* and \d+ more\. Give backbone\.name the model"):
        _loaded(tmp_path, build_module("resnet34", 7, 224).state_dict())
