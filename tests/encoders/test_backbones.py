import json

import pytest
import safetensors.torch

from seqpipe.core.errors import UserError
from seqpipe.encoders import backbones
from seqpipe.encoders.backbones import backbone_lineage, read_backbone, save_backbone
from seqpipe.encoders.transforms import Transforms


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


def test_its_lineage_is_the_same_in_memory_and_on_disk(tmp_path, backbone):
    save_backbone(backbone.with_view("whole"), tmp_path)
    assert backbone_lineage(tmp_path) == backbone.with_view("whole").lineage
    assert backbone_lineage(tmp_path)["backbone"]["view"] == "whole"
    read = backbone.transforms
    assert (backbone.lineage["backbone"]["resize"], backbone.lineage["backbone"]["crop"]) == (read.resize, read.crop)


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
    assert "view" not in facts["transforms"]
    del facts["view_reason"]
    (tmp_path / "backbone.json").write_text(json.dumps(facts))
    assert read_backbone(tmp_path).transforms == backbone.transforms


def test_why_a_view_was_chosen_is_kept_with_the_backbone_and_decides_nothing(tmp_path, backbone):
    whole = backbone.with_view("whole", "since the frames are wide")
    assert whole.fingerprint == backbone.with_view("whole").fingerprint
    save_backbone(whole, tmp_path)
    assert read_backbone(tmp_path).view_told == "whole, since the frames are wide"
    assert backbone.view_told == "centre, as the weights were tested"
