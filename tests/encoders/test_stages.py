"""Stages: every parameter in one, in the order of execution, for every family of models; and freezing by them."""

import pytest
import torch

from seqpipe.core.errors import UserError
from seqpipe.encoders import layers
from seqpipe.encoders.architectures import build_module
from seqpipe.encoders.stages import check_freeze, frozen, stages

# One model a family: its head, and how many stages it has.
FAMILIES = {
    "alexnet": ("classifier.6", 5),
    "convnext_tiny": ("classifier.2", 4),
    "densenet121": ("classifier", 5),
    "efficientnet_b0": ("classifier.1", 5),
    "googlenet": ("fc", 5),
    "inception_v3": ("fc", 5),
    "maxvit_t": ("classifier.5", 6),
    "mnasnet0_5": ("classifier.1", 5),
    "mobilenet_v3_small": ("classifier.3", 6),
    "regnet_y_400mf": ("fc", 5),
    "resnet18": ("fc", 5),
    "shufflenet_v2_x0_5": ("fc", 4),
    "squeezenet1_1": ("classifier.1", 4),
    "swin_t": ("head", 4),
    "vgg11_bn": ("classifier.6", 7),
    "vit_b_32": ("heads.head", 13),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_every_parameter_outside_the_head_is_in_one_stage(name):
    head, count = FAMILIES[name]
    module = build_module(name, 1000, 224, "meta")
    outside = [key for key, _ in module.named_parameters() if not key.startswith(f"{head}.")]
    found = stages(name)
    assert len(found) == count
    assert sorted(key for stage in found for key in stage.parameters) == sorted(outside)
    assert all(any(key.startswith(f"{path}.") for key in stage.parameters) for stage in found for path in stage.modules)


@pytest.mark.parametrize("name", FAMILIES)
def test_below_frozen_stages_there_is_no_graph_and_behind_them_there_is(name):
    """What runs before the boundary needs no gradient, so the stages follow each other as they run."""
    head, count = FAMILIES[name]
    module = build_module(name, 1000, 224, "meta")
    depth = count // 2
    needs = {}
    for path, part in module.named_modules():
        part.register_forward_hook(
            lambda _m, _i, out, path=path: needs.update({path: isinstance(out, torch.Tensor) and out.requires_grad})
        )
    for key, parameter in module.named_parameters():
        parameter.requires_grad_(key not in frozen(name, 224, depth).parameters)
    module(torch.empty(2, 3, 224, 224, device="meta"))
    assert not any(needs[path] for stage in stages(name)[:depth] for path in stage.modules)
    assert all(needs[path] for stage in stages(name)[depth:] for path in stage.modules)
    assert needs[head]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("resnet18", ["conv1+bn1", "layer1", "layer2", "layer3", "layer4"]),
        ("squeezenet1_1", ["features.0", "features.3+features.4", "features.6+features.7", "features.9..features.12"]),
        ("shufflenet_v2_x0_5", ["conv1", "stage2", "stage3", "stage4+conv5"]),
        ("swin_t", ["features.0+features.1", "features.2+features.3", "features.4+features.5", "features.6..norm"]),
    ],
)
def test_stages_bear_the_names_of_their_modules(name, expected):
    assert [stage.name for stage in stages(name)] == expected


def test_what_a_container_holds_goes_with_the_layers_before_it():
    """ViT: the class token and the places' embedding come with the patches, the last norm with the last block."""
    found = stages("vit_b_32")
    assert {"class_token", "encoder.pos_embedding", "conv_proj.weight"} <= set(found[0].parameters)
    assert "encoder.ln.weight" in found[-1].parameters


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "vgg11_bn", "mobilenet_v3_small"])
def test_the_head_is_the_one_that_layers_know(name):
    assert layers.head_layer(name, 224) == FAMILIES[name][0]


def test_nothing_frozen():
    assert frozen("resnet18", 64, 0).parameters == frozen("resnet18", 64, 0).modules == frozenset()


def test_the_first_stages_are_frozen_with_all_that_is_in_them():
    found = frozen("resnet18", 64, 2)
    assert {key.split(".")[0] for key in found.parameters} == {"conv1", "bn1", "layer1"}
    assert {"bn1", "layer1", "layer1.0.bn2", "relu", "maxpool"} >= found.modules - {
        path for path in found.modules if path.startswith("layer1.") or path == "conv1"
    }
    assert {"bn1", "layer1", "layer1.0.bn2"} <= found.modules
    assert not any(path.startswith(("layer2", "fc")) for path in found.modules)


def test_a_dropout_between_frozen_layers_rests_and_the_one_before_the_head_does_not():
    modules = frozen("vgg11", 64, 7).modules
    assert "classifier.2" in modules
    assert "classifier.5" not in modules
    assert "classifier.2" not in frozen("vgg11", 64, 6).modules


def test_freezing_up_to_a_layer_freezes_what_its_output_depends_on():
    assert frozen("resnet18", 64, "layer1").parameters == frozen("resnet18", 64, 2).parameters
    up_to = frozen("resnet18", 64, "layer2.0.conv1").parameters
    assert up_to - frozen("resnet18", 64, 2).parameters == {"layer2.0.conv1.weight"}
    every = frozen("squeezenet1_1", 64, 4)
    assert frozen("squeezenet1_1", 64, "last_conv").parameters == every.parameters
    assert frozen("squeezenet1_1", 64, "penultimate").parameters == every.parameters


def test_parameters_that_no_module_of_their_own_uses_are_frozen_by_a_layer_too():
    own = frozen("vit_b_32", 32, "encoder.layers.encoder_layer_0").parameters
    assert {
        "class_token",
        "encoder.pos_embedding",
        "encoder.layers.encoder_layer_0.self_attention.out_proj.bias",
    } <= own
    assert own == frozen("vit_b_32", 32, 2).parameters


def test_more_stages_than_there_are():
    check_freeze("resnet18", 64, 5)
    expected = r"freeze: resnet18 has 5 stages \(conv1\+bn1, layer1, .*layer4\), got 9; give 5 at most"
    with pytest.raises(UserError, match=expected):
        check_freeze("resnet18", 64, 9)
    with pytest.raises(
        UserError, match=r"vit_b_32 has 13 stages \(conv_proj, .*encoder_layer_4, \.\.\., .*ln\), got 14"
    ):
        check_freeze("vit_b_32", 32, 14)


def test_an_unknown_layer_is_answered_with_the_known_ones():
    with pytest.raises(UserError, match=r"Did you mean 'layer4'.*Known: last_conv, penultimate, "):
        check_freeze("resnet18", 64, "layer44")


@pytest.mark.parametrize("layer", ["fc", "classifier.3", "flatten"])
def test_the_head_cannot_be_frozen(layer):
    name = "resnet18" if layer == "fc" else "squeezenet1_1"
    with pytest.raises(UserError, match=r"is the head of .* and always trained, got '.*'; name a layer before it"):
        check_freeze(name, 64, layer)
