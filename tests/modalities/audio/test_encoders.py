"""Sound becomes vectors: frames of its spectrogram, or what a backbone makes of pictures of it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.backbone_fixtures import backbone, config, one_thread, own_cache, runtime
from tests.configs import shipped_values
from tests.modalities.audio.sounds import audio_config, tone, write_sound

from seqpipe.config import ClipConfig
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import with_lineage
from seqpipe.encoders.base import encoder_fingerprint
from seqpipe.extraction.computed import extract_computed
from seqpipe.extraction.store import read_shard
from seqpipe.modalities.audio.modality import Audio
from seqpipe.modalities.saved import encoder_digest, read_any, save_encoder

__all__ = ["backbone", "config", "one_thread", "own_cache", "runtime"]
EVERY_STEP = ClipConfig.model_validate(shipped_values("clip"))
STEPS_S = [0.005, 0.015, 0.305, 0.495]


@pytest.fixture
def rising(tmp_path):
    """Half a second low, then half a second high."""
    return str(write_sound(tmp_path / "a.wav", np.concatenate([tone(300), tone(3000)])))


@pytest.fixture
def by_backbone(backbone):
    return Audio(audio_config(read_by="backbone")).encoder.with_backbone(backbone)


def table(path):
    """The samples' table of one recording of 1 s in pictures, 0.1 s apart."""
    row = {"id": "a", "path": path, "kind": "sound", "sha256": "0" * 64, "length": 10, "rate": 10.0, "duration_s": 1.0}
    return with_lineage(pd.DataFrame([row]), {"samples": {"measuring": "m"}})


def test_a_backbone_of_snippets_reads_no_pictures(backbone):
    with pytest.raises(UserError, match="A picture of a spectrogram needs a backbone that reads single frames"):
        Audio(audio_config(read_by="backbone")).encoder.with_backbone(replace(backbone, name="r3d_18"))


def test_frames_are_those_at_the_times(rising):
    encoder = Audio(audio_config()).encoder
    every = encoder.encode(rising, "sound", [0.005 + 0.01 * step for step in range(100)])
    assert every.shape == (100, 8)
    assert every.dtype == np.float32
    np.testing.assert_array_equal(encoder.encode(rising, "sound", STEPS_S), every[[0, 1, 30, 49]])
    assert every[25].argmax() < every[75].argmax()
    assert encoder.name == "log-mel of 8 bands"


def test_a_time_behind_the_end_is_the_last_step(rising):
    encoder = Audio(audio_config()).encoder
    np.testing.assert_array_equal(encoder.encode(rising, "sound", [5.0]), encoder.encode(rising, "sound", [0.995]))


def test_a_backbone_reads_pictures_of_sound(rising, by_backbone, config, runtime, tmp_path):
    index = extract_computed(table(rising), by_backbone, EVERY_STEP, config, runtime, tmp_path / "store")
    ((_, x),) = read_shard(tmp_path / "store" / index["shard"][0]).values()
    low, high = x[1], x[8]
    assert x.shape == (10, 512)
    assert np.abs(low - high).max() > 0.01
    lineage = index.attrs["lineage"]
    assert lineage["backbone"]["name"] == "squeezenet1_1 on pictures of 0.2 s of the log-mel of 8 bands"
    assert lineage["backbone"]["source"] == "nothing"
    assert (lineage["features"]["layer"], lineage["features"]["pool"]) == ("last_conv", "avg")


def test_a_picture_is_read_alike_whatever_is_asked_beside_it(rising, by_backbone, config, runtime):
    from seqpipe.extraction.by_backbone import reading_of, ready_to_read

    with ready_to_read(by_backbone, reading_of(by_backbone, config, runtime), runtime) as ready:
        every = ready.encode(rising, "sound", [0.05 + 0.1 * step for step in range(10)])
        np.testing.assert_array_equal(ready.encode(rising, "sound", [0.45, 0.75]), every[[4, 7]])


def test_layer_and_backbone_decide_what_the_store_holds(rising, by_backbone, backbone, config, runtime, tmp_path):
    flat = config.model_copy(update={"layer": "penultimate"})
    indexes = [
        extract_computed(table(rising), by_backbone, EVERY_STEP, features, runtime, tmp_path / "store")
        for features in (config, flat)
    ]
    assert len({index["fingerprint"][0] for index in indexes}) == 2
    bare = Audio(audio_config(read_by="backbone")).encoder
    assert encoder_fingerprint(bare) != encoder_fingerprint(by_backbone)


def test_an_encoder_comes_back_from_its_folder_with_its_backbone(by_backbone, tmp_path):
    save_encoder(by_backbone, tmp_path / "backbone")
    again = read_any(tmp_path / "backbone")
    assert encoder_fingerprint(again) == encoder_fingerprint(by_backbone) == encoder_digest(tmp_path / "backbone")
    assert again.backbone.transforms.view == "whole"
