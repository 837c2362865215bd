import json
from dataclasses import replace

import pytest
import torch

from seqpipe.encoders.architectures import SnippetSize, input_shape, weights_records
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.transforms import Snippet, Transforms, transforms_of

IMAGENET = Transforms(resize=256, crop=224, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))


@pytest.mark.parametrize(
    ("view", "known"),
    [("centre", "1179fe4487c893a3637121a83fd36e9f"), ("whole", "20663c3c8a4417dd7bbe900ffaba75c5")],
)
def test_backbones_of_images_have_the_fingerprints_that_stores_were_filled_under(view, known):
    transforms = replace(IMAGENET, view=view)
    tensors = {"a.weight": torch.arange(6.0).reshape(2, 3)}
    assert Backbone("squeezenet1_1", "w.pth", "ImageNet", 1000, transforms, tensors).fingerprint == known


@pytest.mark.parametrize(
    "transforms",
    [
        IMAGENET,
        replace(IMAGENET, view="pad"),
        replace(IMAGENET, resize=(128, 171), crop=112, antialias=False, snippet=Snippet(16, 2)),
    ],
)
def test_made_again_of_their_facts_they_are_the_same(transforms):
    assert Transforms.again(json.loads(json.dumps(transforms.facts()))) == transforms


def test_facts_of_before_are_read_with_their_view():
    facts = {**IMAGENET.facts(), "view": "centre"}
    assert Transforms.again(json.loads(json.dumps(facts))) == IMAGENET


def test_weights_for_video_are_read_as_torchvision_has_tested_them():
    transforms = transforms_of(weights_records("r3d_18")["KINETICS400_V1"], Snippet(16, 1))
    assert (transforms.resize, transforms.crop, transforms.antialias) == ((128, 171), 112, False)
    assert transforms.mean == (0.43216, 0.394666, 0.37645)
    assert transforms_of(weights_records("mvit_v2_s")["KINETICS400_V1"], Snippet(16, 1)).resize == 256


def test_what_is_read_is_a_frame_or_a_snippet():
    assert (IMAGENET.size, IMAGENET.span) == (224, 1)
    video = replace(IMAGENET, snippet=Snippet(4, 3))
    assert (video.size, video.span) == (SnippetSize(4, 224), 10)
    assert input_shape(2, IMAGENET.size) == (2, 3, 224, 224)
    assert input_shape(2, video.size) == (2, 3, 4, 224, 224)
