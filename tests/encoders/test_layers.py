import pytest
import torch

from seqpipe.core.errors import UserError
from seqpipe.encoders import layers
from seqpipe.encoders.architectures import build_module, known_architectures

LAST_CONV = {
    "alexnet": ("features.12", (256, 6, 6)),
    "convnext_tiny": ("features.7.2.add", (768, 7, 7)),
    "densenet121": ("relu", (1024, 7, 7)),
    "efficientnet_b0": ("features.8", (1280, 7, 7)),
    "googlenet": ("inception5b.cat", (1024, 7, 7)),
    "mnasnet0_5": ("layers.16", (1280, 7, 7)),
    "mobilenet_v3_small": ("features.12", (576, 7, 7)),
    "regnet_x_400mf": ("trunk_output.block4.block4-11.activation", (400, 7, 7)),
    "resnet18": ("layer4.1.relu_1", (512, 7, 7)),
    "shufflenet_v2_x0_5": ("conv5.2", (1024, 7, 7)),
    "squeezenet1_1": ("features.12.cat", (512, 13, 13)),
    "vgg11": ("features.20", (512, 7, 7)),
}


@pytest.mark.parametrize("name", LAST_CONV)
def test_last_conv_is_the_map_before_the_head(name):
    node = layers.resolve(name, 224, "last_conv")
    assert (node, layers.node_shapes(name, 224)[node]) == LAST_CONV[name]


@pytest.mark.parametrize("name", ["resnet18", "shufflenet_v2_x0_5", "squeezenet1_1", "mobilenet_v3_small"])
def test_the_head_on_the_penultimate_features_gives_the_model_s_answer(name):
    torch.manual_seed(0)
    module = build_module(name, 7, 64)
    frames = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        node = layers.resolve(name, 64, "penultimate")
        x = layers.cut(module, node)(frames)[node]
        head = module.get_submodule(layers.head_layer(name, 64))
        answer = head(x)
        node = layers.resolve(name, 64, "head")
        torch.testing.assert_close(answer, layers.cut(module, node)(frames)[node])
        if name.startswith("squeezenet"):
            answer = answer.relu().mean((2, 3))
        torch.testing.assert_close(answer, module(frames))


@pytest.mark.parametrize("name", ["vit_b_16", "swin_t"])
def test_a_model_without_maps_says_what_works(name):
    with pytest.raises(UserError, match=r"no convolution maps.*features\.layer=penultimate"):
        layers.resolve(name, 224, "last_conv")
    assert layers.node_shapes(name, 224)[layers.resolve(name, 224, "penultimate")] == (768,)


def test_an_unknown_layer_is_answered_with_the_known_ones_the_useful_first():
    with pytest.raises(UserError, match=r"Did you mean 'layer4'.*Known: last_conv, penultimate, head, conv1, "):
        layers.resolve("resnet18", 224, "layer44")


def test_a_module_s_name_means_its_last_node():
    assert layers.resolve("resnet18", 224, "layer3") == "layer3.1.relu_1"
    assert layers.resolve("resnet18", 224, "layer3.0.conv1") == "layer3.0.conv1"


def test_frames_too_small_for_a_model():
    with pytest.raises(UserError, match="inception_v3 cannot read frames of 32 x 32"):
        layers.resolve("inception_v3", 32, "penultimate")


def test_a_map_stays_a_map_on_small_frames():
    node = layers.resolve("resnet18", 64, "last_conv")
    assert layers.node_shapes("resnet18", 64)[node] == (512, 2, 2)


def test_cut_computes_nothing_beyond_the_layer():
    cut = layers.cut(build_module("resnet18", 10, 64), "layer2.1.relu_1")
    assert not [path for path, _ in cut.named_modules() if path.startswith(("layer3", "layer4", "fc"))]


def test_cut_computes_nothing_beyond_a_transformer_s_layer():
    cut = layers.cut(build_module("vit_b_32", 10, 32, "meta"), "encoder.layers.encoder_layer_0.add_1")
    assert {key.split(".")[2] for key, _ in cut.named_parameters() if ".layers." in key} == {"encoder_layer_0"}


def test_pooling():
    x = torch.arange(2 * 4 * 3 * 3, dtype=torch.float32).view(2, 4, 3, 3)
    torch.testing.assert_close(layers.pooled(x, "avg"), x.mean((2, 3)))
    torch.testing.assert_close(layers.pooled(x.permute(0, 2, 3, 1), "avg"), x.mean((2, 3)))
    assert torch.equal(layers.pooled(x, "flatten"), x.view(2, -1))
    torch.testing.assert_close(layers.pooled(x.flatten(2).mT, "avg"), x.mean((2, 3)))


def test_every_classification_model_is_known():
    known = known_architectures()
    assert {*LAST_CONV, "vit_b_16", "swin_t"} <= set(known)
    assert not [name for name in known if "quant" in name or "deeplab" in name]


@pytest.mark.parametrize("side", [7, 13, 14, 4])
def test_the_parts_of_a_map_are_kept_apart_each_with_all_its_channels(side):
    maps = torch.randn(2, 5, side, side)
    by_place = layers.pooled(maps, "grid").view(2, layers.GRID, layers.GRID, 5)
    for row, column in ((0, 0), (2, 5), (6, 6)):
        parts = [slice(n * side // 7, -(-(n + 1) * side // 7)) for n in (row, column)]
        torch.testing.assert_close(by_place[:, row, column], maps[:, :, parts[0], parts[1]].mean((2, 3)))
    learned = layers.pooled(maps.clone().requires_grad_(), "grid")  # by sums that a GPU repeats
    torch.testing.assert_close(learned.detach().view_as(by_place), by_place)
    if side % layers.GRID == 0:  # else its parts overlap
        torch.testing.assert_close(by_place.mean((1, 2)), layers.pooled(maps, "avg"))


def test_parts_of_snippets_are_averaged_over_time_and_channels_may_come_last():
    maps = torch.randn(2, 5, 7, 7)
    wanted = layers.pooled(maps, "grid")
    torch.testing.assert_close(layers.pooled(maps.permute(0, 2, 3, 1), "grid"), wanted)
    snippets = torch.stack([maps - 1.0, maps + 1.0], dim=2)
    torch.testing.assert_close(layers.pooled(snippets, "grid"), wanted)
    torch.testing.assert_close(layers.pooled(snippets.permute(0, 2, 3, 4, 1), "grid"), wanted)
    assert layers.pooled(maps.half(), "grid").dtype == torch.float32


@pytest.mark.parametrize("shape", [(2, 5), (2, 4, 5)])
def test_what_is_no_map_has_no_parts(shape):
    with pytest.raises(UserError, match=r"pool=grid asks for places, .*layer=last_conv, or pool=avg"):
        layers.pooled(torch.zeros(shape), "grid")
