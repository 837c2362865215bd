"""The backbone of the built-in source domain: one training serves every view."""

import pytest
import torch
from tests.configs import TRAINING

from seqpipe.config import BackboneConfig, RuntimeConfig, SnippetConfig, SourceConfig
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.transforms import Transforms
from seqpipe.models import source as module
from seqpipe.models.source import source_backbone

SOURCE = SourceConfig(size=64, images=1, training=TRAINING | {"epochs": 1, "batch_size": 1})
RUNTIME = RuntimeConfig(seed=0, device="cpu", threads=1, deterministic=True)


@pytest.fixture
def trainings(monkeypatch):
    """The names of what was trained; nothing is."""
    names = []

    def train(config, source, runtime):
        names.append(config.name)
        transforms = Transforms(resize=64, crop=64, mean=module.MEAN, std=module.STD)
        return Backbone(config.name, "source", "digits", 1, transforms, {"a": torch.zeros(1)})

    monkeypatch.setattr(module, "_train", train)
    return names


def test_a_backbone_trained_once_is_read_in_any_view(trainings, tmp_path):
    for view in ("centre", "whole", "crops"):
        config = BackboneConfig(
            name="resnet18", weights="source", view=view, snippet=SnippetConfig(frames=16, stride=1)
        )
        assert source_backbone(config, SOURCE, RUNTIME, tmp_path).transforms.view == "centre"
    assert trainings == ["resnet18"]
