import http.client
import json
import urllib.error

import pytest
import safetensors.torch
import torch
from tests.configs import TRAINING

from seqpipe.config import FeaturesConfig, SourceConfig, WeightsConfig
from seqpipe.core.errors import UserError
from seqpipe.encoders import backbones
from seqpipe.encoders.architectures import build_module, known_architectures, weights_records
from seqpipe.encoders.backbones import (
    Transforms,
    backbone_lineage,
    check_backbone,
    load_backbone,
    read_backbone,
    save_backbone,
)


@pytest.fixture(scope="module")
def state_dict():
    torch.manual_seed(1)
    return build_module("squeezenet1_1", 1000, 224).state_dict()


SOURCE = SourceConfig(size=64, images=1, training=TRAINING | {"epochs": 1, "batch_size": 1})


def _config(weights, name="squeezenet1_1"):
    return WeightsConfig(name=name, weights=str(weights))


@pytest.mark.parametrize("wrapped", ["plain", "nested", "parallel", "safetensors"])
def test_every_way_to_keep_a_state_dict_gives_one_backbone(tmp_path, state_dict, wrapped):
    path = tmp_path / ("w.safetensors" if wrapped == "safetensors" else "w.pth")
    if wrapped == "safetensors":
        safetensors.torch.save_file(state_dict, path)
    else:
        parallel = {f"module.{key}": value for key, value in state_dict.items()}
        kept = {"plain": state_dict, "nested": {"state_dict": parallel, "epoch": 3}, "parallel": parallel}
        torch.save(kept[wrapped], path)
    backbone = load_backbone(_config(path))
    torch.testing.assert_close(backbone.module().state_dict(), state_dict, rtol=0, atol=0)
    assert not backbone.module().training
    assert backbone.transforms.crop == 224
    assert backbone.num_classes == 1000
    assert backbone.source == f"weights file {path.name}, 1000 classes"


def test_saved_and_read_again_it_is_the_same(tmp_path, backbone):
    save_backbone(backbone, tmp_path / "b")
    again = read_backbone(tmp_path / "b")
    assert again.fingerprint == backbone.fingerprint
    assert (again.name, again.source, again.transforms) == (
        backbone.name,
        backbone.source,
        backbone.transforms,
    )
    assert sorted(p.name for p in (tmp_path / "b").iterdir()) == ["backbone.json", "backbone.safetensors"]


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_told_with_their_name(tmp_path, state_dict, broken):
    key = "features.3.squeeze.weight"
    tensor = state_dict[key].clone()
    tensor[0, 0] = broken
    torch.save(state_dict | {key: tensor}, tmp_path / "w.pth")
    with pytest.raises(UserError, match=rf"w\.pth holds numbers that are not finite, in {key}: the training"):
        load_backbone(_config(tmp_path / "w.pth"))


def test_its_lineage_is_the_same_in_memory_and_on_disk(tmp_path, backbone):
    save_backbone(backbone.with_view("whole"), tmp_path)
    assert backbone_lineage(tmp_path) == backbone.with_view("whole").lineage
    assert backbone_lineage(tmp_path)["backbone"]["view"] == "whole"


def test_a_broken_backbone_folder_is_told(tmp_path, backbone):
    with pytest.raises(UserError, match="holds no readable backbone"):
        read_backbone(tmp_path)
    save_backbone(backbone, tmp_path)
    tensors = safetensors.torch.load_file(tmp_path / "backbone.safetensors")
    tensors["features.0.bias"] += 1
    safetensors.torch.save_file(tensors, tmp_path / "backbone.safetensors")
    with pytest.raises(UserError, match="do not belong together"):
        read_backbone(tmp_path)


def test_the_fingerprint_sees_tensors_and_transforms(backbone):
    fields = dict(vars(backbone))
    fields.pop("fingerprint", None)
    changed = dict(backbone.state_dict)
    key = next(iter(changed))
    changed[key] = changed[key] + 1e-6
    other = Transforms(resize=65, crop=64, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    prints = {
        backbone.fingerprint,
        backbones.Backbone(**{**fields, "state_dict": changed}).fingerprint,
        backbones.Backbone(**{**fields, "transforms": other}).fingerprint,
    }
    assert len(prints) == 3
    assert backbones.Backbone(**{**fields, "weights": "elsewhere"}).fingerprint == backbone.fingerprint


def test_the_two_views_are_two_backbones_of_the_same_tensors(tmp_path, backbone):
    whole = backbone.with_view("whole")
    assert whole.state_dict is backbone.state_dict
    assert whole.fingerprint != backbone.fingerprint
    assert whole.with_view("centre").fingerprint == backbone.fingerprint
    save_backbone(whole, tmp_path)
    again = read_backbone(tmp_path)
    assert (again.transforms.view, again.fingerprint) == ("whole", whole.fingerprint)


def test_a_backbone_saved_before_there_were_views_is_of_the_centre(tmp_path, backbone):
    save_backbone(backbone, tmp_path)
    facts = json.loads((tmp_path / "backbone.json").read_text())
    del facts["transforms"]["view"], facts["view_reason"]
    (tmp_path / "backbone.json").write_text(json.dumps(facts))
    assert read_backbone(tmp_path).transforms == backbone.transforms


def test_why_a_view_was_chosen_is_kept_with_the_backbone_and_decides_nothing(tmp_path, backbone):
    whole = backbone.with_view("whole", "since the frames are wide")
    assert whole.fingerprint == backbone.with_view("whole").fingerprint
    save_backbone(whole, tmp_path)
    assert read_backbone(tmp_path).view_told == "whole, since the frames are wide"
    assert backbone.view_told == "centre, as the weights were tested"


def test_a_head_of_any_size_is_taken_from_the_file(tmp_path):
    module = build_module("resnet18", 5, 224)
    torch.save(module.state_dict(), tmp_path / "w.pth")
    assert load_backbone(_config(tmp_path / "w.pth", "resnet18")).num_classes == 5


def test_weights_of_another_model_name_the_first_mismatches(tmp_path, state_dict):
    torch.save(state_dict, tmp_path / "w.pth")
    with pytest.raises(UserError, match=r"does not fit resnet18: conv1.weight is missing; .* and \d+ more"):
        load_backbone(_config(tmp_path / "w.pth", "resnet18"))
    state_dict = dict(state_dict) | {"features.0.bias": torch.zeros(3)}
    torch.save(state_dict, tmp_path / "w.pth")
    with pytest.raises(UserError, match=r"features.0.bias is \(3,\) instead of \(64,\)"):
        load_backbone(_config(tmp_path / "w.pth"))


def test_a_head_of_the_wrong_size_is_named(tmp_path):
    odd = build_module("shufflenet_v2_x0_5", 10, 32).state_dict() | {"fc.bias": torch.zeros(7)}
    torch.save(odd, tmp_path / "w.pth")
    with pytest.raises(UserError, match=r"fc.bias is \(7,\) instead of \(10,\)"):
        load_backbone(_config(tmp_path / "w.pth", "shufflenet_v2_x0_5"))


class Malicious:
    def __reduce__(self):
        return (print, ("run by unpickling",))


@pytest.mark.parametrize("content", [b"", b"no tensors at all", {"a": 1}, Malicious()])
def test_a_file_without_tensors_is_refused_and_never_run(tmp_path, capsys, content):
    path = tmp_path / "w.pth"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)
    with pytest.raises(UserError, match=r"w\.pth holds no"):
        load_backbone(_config(path))
    assert "run by" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "error",
    [
        urllib.error.URLError("Network is unreachable"),
        http.client.IncompleteRead(b""),
        RuntimeError("invalid hash value"),
        EOFError("a file in the cache that was cut"),
    ],
)
def test_no_network_says_what_to_do(monkeypatch, error):
    def refuse(*args, **kwargs):
        raise error

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", refuse)
    with pytest.raises(UserError, match=r"squeezenet1_1-.*put that file.*backbone\.weights=<the file>"):
        load_backbone(_config("DEFAULT"))


def test_published_weights_are_loaded_without_unpickling(monkeypatch, state_dict):
    asked = {}

    def download(url, **kwargs):
        asked.update(kwargs, url=url)
        return state_dict

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", download)
    backbone = load_backbone(_config("IMAGENET1K_V1"))
    assert asked["weights_only"] is True
    assert asked["check_hash"] is True
    assert (backbone.source, backbone.transforms.resize) == ("ImageNet-1k, 1000 classes", 256)


def test_a_file_with_a_published_name_has_that_record_s_transforms(tmp_path):
    record = weights_records("resnet50")["IMAGENET1K_V2"]
    torch.save(build_module("resnet50", 1000, 224).state_dict(), tmp_path / record.url.rsplit("/")[-1])
    path = tmp_path / record.url.rsplit("/")[-1]
    assert load_backbone(_config(path, "resnet50")).transforms.resize == 232
    assert load_backbone(_config(path.rename(tmp_path / "w.pth"), "resnet50")).transforms.resize == 256


def _features(config: FeaturesConfig, layer: str) -> FeaturesConfig:
    return config.model_copy(update={"layer": layer})


@pytest.mark.parametrize(
    ("name", "weights", "layer", "message"),
    [
        ("resnet81", "source", "last_conv", "Unknown backbone 'resnet81'.*Did you mean 'resnet18'"),
        (
            "resnet18",
            "IMAGENET_V1",
            "last_conv",
            "Unknown backbone.weights .*IMAGENET1K_V1.*Known: source, DEFAULT",
        ),
        ("resnet18", "nowhere/w.pth", "last_conv", "there is no file nowhere/w.pth.*IMAGENET1K_V1"),
        ("resnet18", "source", "layer5", "Unknown layer of resnet18 'layer5'.*Known: last_conv, penultimate"),
        ("vit_b_16", "source", "last_conv", "no convolution maps"),
    ],
)
def test_what_can_be_known_before_the_run_is_told_before_it(config, name, weights, layer, message):
    with pytest.raises(UserError, match=message):
        check_backbone(_config(weights, name), _features(config, layer), SOURCE)


@pytest.mark.parametrize("weights", ["source", "DEFAULT", "IMAGENET1K_V1", "ResNet18_Weights.IMAGENET1K_V1"])
def test_good_choices_pass_without_a_download(config, weights):
    check_backbone(_config(weights, "resnet18"), _features(config, "layer4"), SOURCE)


def test_every_known_model_has_a_record_with_transforms():
    for name in known_architectures():
        for record in weights_records(name).values():
            assert backbones._transforms_of(record).crop >= 224
