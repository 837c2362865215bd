"""The nodes of ``backbone``: the view that was chosen goes with the weights."""

import pytest

from seqpipe.config import BackboneConfig, RuntimeConfig, SourceConfig
from seqpipe.errors import UserError
from seqpipe.features.backbones import Backbone, Transforms
from seqpipe.pipelines.backbone import nodes

SOURCE = SourceConfig(size=64, images=1, epochs=1, batch_size=1, learning_rate=0.1)
RUNTIME = RuntimeConfig(seed=0, device="cpu", threads=1, deterministic=True)
CHOSEN = {"view": "whole", "reason": "since the frames are wide"}


@pytest.fixture
def loaded(monkeypatch, tmp_path):
    """Loads a backbone without weights for a ``backbone.view``."""
    transforms = Transforms(resize=64, crop=64, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    monkeypatch.setattr(nodes, "weights_of", lambda *_: Backbone("resnet18", "w", "nothing", 1, transforms, {}))

    def load(view):
        config = BackboneConfig(name="resnet18", weights="w.pth", view=view)
        return nodes.load_backbone(CHOSEN, config, SOURCE, RUNTIME, tmp_path)

    return load


@pytest.mark.parametrize("view", ["auto", "whole"])
def test_the_backbone_reads_what_was_chosen_and_knows_why(loaded, view):
    backbone = loaded(view)
    assert backbone.transforms.view == "whole"
    assert backbone.view_told == "whole, since the frames are wide"


def test_a_view_chosen_before_is_not_taken_for_another_that_is_asked_for(loaded):
    with pytest.raises(UserError, match=r"backbone\.view is crops, but the view on disk is whole.*choose_view"):
        loaded("crops")
