import http.client
import urllib.error

import pytest
import safetensors.torch
import torch
from tests.configs import TRAINING

from seqpipe.config import BackboneConfig, FeaturesConfig, SnippetConfig, SourceConfig
from seqpipe.core.errors import UserError
from seqpipe.encoders.architectures import build_module, known_architectures, reads_snippets, weights_records
from seqpipe.encoders.transforms import Snippet, transforms_of
from seqpipe.encoders.weights import check_backbone, load_backbone


@pytest.fixture(scope="module")
def state_dict():
    torch.manual_seed(1)
    return build_module("squeezenet1_1", 1000, 224).state_dict()


SOURCE = SourceConfig(size=64, images=1, training=TRAINING | {"epochs": 1, "batch_size": 1})


def _config(weights, name="squeezenet1_1", frames=16, stride=1):
    snippet = SnippetConfig(frames=frames, stride=stride)
    return BackboneConfig(name=name, weights=str(weights), view="centre", snippet=snippet)


@pytest.mark.parametrize("wrapped", ["plain", "nested", "parallel", "safetensors"])
def test_every_way_to_keep_a_state_dict_gives_one_backbone(tmp_path, state_dict, wrapped):
    path = tmp_path / ("w.safetensors" if wrapped == "safetensors" else "w.pth")
    if wrapped == "safetensors":
        safetensors.torch.save_file(state_dict, path)
    else:
        parallel = {f"module.{key}": value for key, value in state_dict.items()}
        kept = {"plain": state_dict, "nested": {"state_dict": parallel, "epoch": 3}, "parallel": parallel}
        torch.save(kept[wrapped], path)
    backbone = load_backbone(_config(path), seed=0)
    torch.testing.assert_close(backbone.module().state_dict(), state_dict, rtol=0, atol=0)
    assert not backbone.module().training
    assert backbone.transforms.crop == 224
    assert backbone.num_classes == 1000
    assert backbone.source == f"weights file {path.name}, 1000 classes"


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_told_with_their_name(tmp_path, state_dict, broken):
    key = "features.3.squeeze.weight"
    tensor = state_dict[key].clone()
    tensor[0, 0] = broken
    torch.save(state_dict | {key: tensor}, tmp_path / "w.pth")
    with pytest.raises(UserError, match=rf"w\.pth holds numbers that are not finite, in {key}: the training"):
        load_backbone(_config(tmp_path / "w.pth"), seed=0)


def test_a_head_of_any_size_is_taken_from_the_file(tmp_path):
    module = build_module("resnet18", 5, 224)
    torch.save(module.state_dict(), tmp_path / "w.pth")
    assert load_backbone(_config(tmp_path / "w.pth", "resnet18"), seed=0).num_classes == 5


def test_weights_of_another_model_name_the_first_mismatches(tmp_path, state_dict):
    torch.save(state_dict, tmp_path / "w.pth")
    with pytest.raises(UserError, match=r"does not fit resnet18: conv1.weight is missing; .* and \d+ more"):
        load_backbone(_config(tmp_path / "w.pth", "resnet18"), seed=0)
    state_dict = dict(state_dict) | {"features.0.bias": torch.zeros(3)}
    torch.save(state_dict, tmp_path / "w.pth")
    with pytest.raises(UserError, match=r"features.0.bias is \(3,\) instead of \(64,\)"):
        load_backbone(_config(tmp_path / "w.pth"), seed=0)


def test_a_head_of_the_wrong_size_is_named(tmp_path):
    odd = build_module("shufflenet_v2_x0_5", 10, 32).state_dict() | {"fc.bias": torch.zeros(7)}
    torch.save(odd, tmp_path / "w.pth")
    with pytest.raises(UserError, match=r"fc.bias is \(7,\) instead of \(10,\)"):
        load_backbone(_config(tmp_path / "w.pth", "shufflenet_v2_x0_5"), seed=0)


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
        load_backbone(_config(path), seed=0)
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
        load_backbone(_config("DEFAULT"), seed=0)


def test_published_weights_are_loaded_without_unpickling(monkeypatch, state_dict):
    asked = {}

    def download(url, **kwargs):
        asked.update(kwargs, url=url)
        return state_dict

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", download)
    backbone = load_backbone(_config("IMAGENET1K_V1"), seed=0)
    assert asked["weights_only"] is True
    assert asked["check_hash"] is True
    assert (backbone.source, backbone.transforms.resize) == ("ImageNet-1k, 1000 classes", 256)


def test_a_file_with_a_published_name_has_that_record_s_transforms(tmp_path):
    record = weights_records("resnet50")["IMAGENET1K_V2"]
    torch.save(build_module("resnet50", 1000, 224).state_dict(), tmp_path / record.url.rsplit("/")[-1])
    path = tmp_path / record.url.rsplit("/")[-1]
    assert load_backbone(_config(path, "resnet50"), seed=0).transforms.resize == 232
    assert load_backbone(_config(path.rename(tmp_path / "w.pth"), "resnet50"), seed=0).transforms.resize == 256


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
            "Unknown backbone.weights .*IMAGENET1K_V1.*Known: source, random, DEFAULT",
        ),
        ("resnet18", "nowhere/w.pth", "last_conv", "there is no file nowhere/w.pth.*IMAGENET1K_V1"),
        ("resnet18", "source", "layer5", "Unknown layer of resnet18 'layer5'.*Known: last_conv, penultimate"),
        ("vit_b_16", "source", "last_conv", "no convolution maps"),
        ("resnet18", "random", "head", "backbone.weights=random draws no head, so head of resnet18 cannot be read"),
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
            snippet = Snippet(16, 1) if reads_snippets(name) else None
            assert transforms_of(record, snippet).crop >= (112 if name.endswith("_18") and snippet else 224)


def test_random_weights_follow_from_the_seed_and_have_no_head(caplog):
    first, same, other = (load_backbone(_config("random", "resnet18"), seed=seed) for seed in (3, 3, 4))
    assert first.fingerprint == same.fingerprint != other.fingerprint
    assert first.source == "nothing (random weights of seed 3), without a head"
    assert "resnet18 has random weights (seed 3): nothing was learned" in caplog.text
    assert first.lineage["backbone"]["weights"] == "random"
    with pytest.raises(UserError, match="have no head"):
        first.check_readable("fc")


def test_drawing_weights_leaves_the_random_numbers_of_others_alone():
    torch.manual_seed(5)
    wanted = torch.rand(1)
    torch.manual_seed(5)
    load_backbone(_config("random", "squeezenet1_1"), seed=3)
    assert torch.equal(torch.rand(1), wanted)


def test_a_file_of_a_video_backbone_is_read_in_its_wrapper(tmp_path):
    module = build_module("mc3_18", 6, 112)
    torch.save({"model": {f"module.{k}": v for k, v in module.state_dict().items()}}, tmp_path / "w.pth")
    backbone = load_backbone(_config(tmp_path / "w.pth", "mc3_18", frames=8, stride=2), seed=0)
    assert (backbone.num_classes, backbone.transforms.snippet) == (6, Snippet(8, 2))
    torch.testing.assert_close(backbone.module().state_dict(), module.state_dict(), rtol=0, atol=0)
    with pytest.raises(UserError, match=r"does not fit r3d_18: .*layer2\.0\.conv1"):
        load_backbone(_config(tmp_path / "w.pth", "r3d_18"), seed=0)


def test_no_network_says_for_video_what_there_is_besides(monkeypatch):
    def refuse(*args, **kwargs):
        raise urllib.error.URLError("Network is unreachable")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", refuse)
    with pytest.raises(UserError, match=r"r3d_18-.*backbone\.weights=<the file>, or use backbone\.weights=random"):
        load_backbone(_config("DEFAULT", "r3d_18"), seed=0)


@pytest.mark.parametrize(
    ("name", "weights", "frames", "message"),
    [
        ("r3d_18", "source", 16, r"single images, and r3d_18 reads snippets.*KINETICS400_V1, or random"),
        ("r3d_18", "IMAGENET1K_V1", 16, "Unknown backbone.weights for r3d_18.*Known: random, DEFAULT, KINETICS400_V1"),
        ("mvit_v2_s", "random", 8, r"exactly 16 frames, got 8: give backbone\.snippet\.frames=16"),
        ("s3d", "random", 4, "cannot read snippets of 4 frames"),
        ("r3d_17", "random", 16, "Unknown backbone 'r3d_17'.*Did you mean"),
    ],
)
def test_of_video_it_is_told_before_the_run_as_well(config, name, weights, frames, message):
    with pytest.raises(UserError, match=message):
        check_backbone(_config(weights, name, frames), _features(config, "penultimate"), SOURCE)
