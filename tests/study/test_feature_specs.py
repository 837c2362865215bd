"""Places are told apart, hold what they say, and leave on disk what is too large for memory."""

import hashlib
import logging
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from seqpipe.config import LayerConfig
from seqpipe.core.errors import UserError
from seqpipe.data.gather import MemmapPolicy
from seqpipe.data.memmap import MemmapArray
from seqpipe.encoders.architectures import build_module
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.layers import exists
from seqpipe.encoders.transforms import Transforms
from seqpipe.extraction.index import sample_keys
from seqpipe.extraction.store import FeatureStore
from seqpipe.study import feature_specs as feature_specs_module
from seqpipe.study.feature_specs import (
    FEATURES,
    SOURCE_HEAD,
    FeatureDatasets,
    FeatureSpec,
    SpecFeatures,
    clip_vectors,
    extract_all,
    feature_layers_of,
    labels_of,
    read_feature_specs,
    without_copies,
    write_feature_specs,
)
from seqpipe.study.transferability import _leep

TRANSFORMS = Transforms(resize=32, crop=32, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
N, FRAMES, SIZE = 6, 3, 4


def backbone(name, weights):
    return Backbone(name, weights, "nothing", 10, TRANSFORMS, {})


@pytest.mark.parametrize(
    ("given", "labels"),
    [
        ([("resnet18", "source"), ("vgg11", "DEFAULT")], ["resnet18", "vgg11"]),
        ([("resnet18", "V1"), ("resnet18", "a/b/tuned.pth")], ["resnet18 (V1)", "resnet18 (tuned.pth)"]),
        ([("resnet18", "a/w.pth"), ("resnet18", "b/w.pth")], ["resnet18 (w.pth) #1", "resnet18 (w.pth) #2"]),
    ],
)
def test_every_backbone_has_a_name_of_its_own(given, labels):
    assert labels_of([backbone(*one) for one in given]) == labels


@pytest.mark.parametrize(("classes", "heads"), [(10, 1), (0, 0)])
def test_answers_are_read_of_a_backbone_that_has_a_head(classes, heads, samples, monkeypatch, caplog):
    tensors = build_module("shufflenet_v2_x0_5", max(1, classes), 32).state_dict()
    cnn = Backbone("shufflenet_v2_x0_5", "random", "nothing", classes, TRANSFORMS, tensors)
    wanted = [LayerConfig(layer="penultimate", pool="avg")]
    assert len(feature_layers_of(cnn, wanted)) == 1 + heads
    read = []
    monkeypatch.setattr(feature_specs_module, "extract_layers", lambda *given: read.extend(given[-1]) or given[-1])
    monkeypatch.setattr(feature_specs_module, "crops_a_frame", lambda *_: 1.0)
    with caplog.at_level(logging.INFO):
        found = extract_all(samples, [cnn], wanted, None, None, None, None)
    assert [one.spec.role for one in found] == [FEATURES] + [SOURCE_HEAD] * heads
    assert len(read) == 1 + heads
    assert ("LEEP is not told" in caplog.text) is (heads == 0)


def test_leep_of_no_head_is_no_number():
    assert np.isnan(_leep(backbone("resnet18", "random"), None))


@pytest.fixture
def samples():
    ids = [f"s{n}" for n in range(N)]
    return pd.DataFrame(
        {
            "id": ids,
            "kind": "video",
            "sha256": [hashlib.sha256(name.encode()).hexdigest() for name in ids],
            "label": ["left", "right"] * 3,
            "group": ids,
            "split": ["train", "train", "val", "val", "test", "test"],
        }
    )


@pytest.fixture
def feature_specs(samples, tmp_path):
    """Two layers, of which each sample has three frames of four features."""
    found = []
    for number, layer in enumerate(("last_conv", "penultimate")):
        store = FeatureStore(tmp_path / "store", {"layer": layer})
        keys = sample_keys(samples)
        with store.writer("float32", 4) as writer:
            for n, key in enumerate(keys):
                writer.add(key, [0.0, 0.1, 0.2], np.arange(12.0).reshape(FRAMES, SIZE) + 100 * n + number)
        known = store.scan()
        index = pd.DataFrame({"id": samples["id"], "sha256": samples["sha256"], "frames": FRAMES})
        index["shard"], index["fingerprint"] = [known[key].shard for key in keys], store.fingerprint
        found.append(SpecFeatures(FeatureSpec(0, "resnet18", layer, layer, "avg", 1.1, FEATURES), index))
    return found


def datasets(samples, feature_specs, tmp_path, allowed=10**6):
    return FeatureDatasets(samples, feature_specs, tmp_path / "store", MemmapPolicy(tmp_path / "x", allowed))


def test_a_dataset_too_large_for_memory_stays_on_disk_in_a_folder_of_its_spec(samples, feature_specs, tmp_path):
    held = {p.layer: d for p, d in datasets(samples, feature_specs, tmp_path)}
    left = {p.layer: d for p, d in datasets(samples, feature_specs, tmp_path, allowed=0)}
    for layer, dataset in left.items():
        assert isinstance(dataset.x, MemmapArray)
        np.testing.assert_array_equal(dataset.x[:], held[layer].x)
    assert sorted(path.name for path in (tmp_path / "x").iterdir()) == ["0-last_conv-avg", "0-penultimate-avg"]
    fewer = [SpecFeatures(one.spec, one.index[:4]) for one in feature_specs]
    assert [len(d) for _, d in datasets(samples[:4], fewer, tmp_path, allowed=0)] == [4, 4]
    assert len(list((tmp_path / "x" / "0-last_conv-avg").iterdir())) == 1, "what was there before is gone"


def test_the_vectors_are_means_over_frames_of_as_many_samples_as_memory_allows(samples, feature_specs, tmp_path):
    def of(allowed):
        return clip_vectors(datasets(samples, feature_specs, tmp_path, allowed).at(feature_specs[0].spec.key))

    vectors, _ = of(10**6)
    np.testing.assert_allclose(vectors[:, 0], 4 + 100 * np.arange(N))
    few, some = of(3 * 4 * SIZE)
    assert len(few) == 3
    assert some.ids.tolist() == ["s0", "s2", "s5"]
    np.testing.assert_allclose(few, vectors[[0, 2, 5]])


def test_a_dataset_is_found_by_its_spec_and_built_once_in_a_row(samples, feature_specs, tmp_path):
    of = datasets(samples, feature_specs, tmp_path)
    penultimate = of.at(("resnet18", "penultimate", "avg"))
    assert penultimate.x[0, 0, 0] == 1.0
    assert of.at(("resnet18", "penultimate", "avg")) is penultimate
    with pytest.raises(UserError, match="run transfer again"):
        of.at(("resnet18", "layer9", "avg"))


def test_a_spec_whose_features_are_anothers_is_left_out_and_told(samples, feature_specs, tmp_path, caplog):
    copy = SpecFeatures(replace(feature_specs[0].spec, layer="layer4.1.relu"), feature_specs[0].index)
    with caplog.at_level(logging.INFO):
        kept = without_copies([*feature_specs, copy], datasets(samples, [*feature_specs, copy], tmp_path))
    assert kept == feature_specs
    assert "layer4.1.relu (avg) is last_conv (avg) again" in caplog.text


def test_feature_specs_are_read_as_they_were_written(feature_specs, tmp_path):
    write_feature_specs(feature_specs, tmp_path / "feature_specs")
    for again, one in zip(read_feature_specs(tmp_path / "feature_specs"), feature_specs, strict=True):
        assert again.spec == one.spec
        pd.testing.assert_frame_equal(again.index, one.index, check_dtype=False)


def test_networks_of_tokens_have_no_last_conv():
    assert not exists("vit_b_16", 224, "last_conv")
    assert exists("vit_b_16", 224, "penultimate")
    assert exists("resnet18", 224, "last_conv")
