"""Places are told apart, hold what they say, and leave on disk what is too large for memory."""

import hashlib
import logging
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from seqpipe.core.errors import UserError
from seqpipe.data.gather import Spill
from seqpipe.data.memmap import MappedRows
from seqpipe.encoders.backbones import Backbone, Transforms
from seqpipe.encoders.layers import exists
from seqpipe.extraction.index import sample_keys
from seqpipe.extraction.store import FeatureStore
from seqpipe.study.places import (
    FEATURES,
    DPrimes,
    Place,
    PlaceFeatures,
    clip_vectors,
    labels_of,
    read_places,
    without_copies,
    write_places,
)

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
def places(samples, tmp_path):
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
        found.append(PlaceFeatures(Place(0, "resnet18", layer, layer, "avg", 1.1, FEATURES), index))
    return found


def dprimes(samples, places, tmp_path, allowed=10**6):
    return DPrimes(samples, places, tmp_path / "store", Spill(tmp_path / "x", allowed))


def test_a_dprime_too_large_for_memory_stays_on_disk_in_a_folder_of_its_place(samples, places, tmp_path):
    held = {p.layer: d for p, d in dprimes(samples, places, tmp_path)}
    left = {p.layer: d for p, d in dprimes(samples, places, tmp_path, allowed=0)}
    for layer, dprime in left.items():
        assert isinstance(dprime.x, MappedRows)
        np.testing.assert_array_equal(dprime.x[:], held[layer].x)
    assert sorted(path.name for path in (tmp_path / "x").iterdir()) == ["0-last_conv-avg", "0-penultimate-avg"]
    fewer = [PlaceFeatures(one.place, one.index[:4]) for one in places]
    assert [len(d) for _, d in dprimes(samples[:4], fewer, tmp_path, allowed=0)] == [4, 4]
    assert len(list((tmp_path / "x" / "0-last_conv-avg").iterdir())) == 1, "what was there before is gone"


def test_the_vectors_are_means_over_frames_of_as_many_samples_as_memory_allows(samples, places, tmp_path):
    def of(allowed):
        return clip_vectors(dprimes(samples, places, tmp_path, allowed).at(places[0].place.key))

    vectors, _ = of(10**6)
    np.testing.assert_allclose(vectors[:, 0], 4 + 100 * np.arange(N))
    few, some = of(3 * 4 * SIZE)
    assert len(few) == 3
    assert some.ids.tolist() == ["s0", "s2", "s5"]
    np.testing.assert_allclose(few, vectors[[0, 2, 5]])


def test_a_dprime_is_found_by_its_place_and_built_once_in_a_row(samples, places, tmp_path):
    of = dprimes(samples, places, tmp_path)
    penultimate = of.at(("resnet18", "penultimate", "avg"))
    assert penultimate.x[0, 0, 0] == 1.0
    assert of.at(("resnet18", "penultimate", "avg")) is penultimate
    with pytest.raises(UserError, match="run transfer again"):
        of.at(("resnet18", "layer9", "avg"))


def test_a_place_whose_features_are_anothers_is_left_out_and_told(samples, places, tmp_path, caplog):
    copy = PlaceFeatures(replace(places[0].place, layer="layer4.1.relu"), places[0].index)
    with caplog.at_level(logging.INFO):
        kept = without_copies([*places, copy], dprimes(samples, [*places, copy], tmp_path))
    assert kept == places
    assert "layer4.1.relu (avg) is last_conv (avg) again" in caplog.text


def test_places_are_read_as_they_were_written(places, tmp_path):
    write_places(places, tmp_path / "places")
    for again, one in zip(read_places(tmp_path / "places"), places, strict=True):
        assert again.place == one.place
        pd.testing.assert_frame_equal(again.index, one.index, check_dtype=False)


def test_networks_of_tokens_have_no_last_conv():
    assert not exists("vit_b_16", 224, "last_conv")
    assert exists("vit_b_16", 224, "penultimate")
    assert exists("resnet18", 224, "last_conv")
