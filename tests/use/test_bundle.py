"""A bundle is made of what belongs together, and of that alone."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.memory.conftest import ramps
from tests.models.frame_fixtures import colours

from seqpipe.core.errors import UserError
from seqpipe.core.lineage import with_lineage
from seqpipe.data.dataset_file import write_dataset
from seqpipe.data.frame_dataset_file import write_frame_dataset
from seqpipe.use.bundle import Left, bundle_of

NOW = {
    "corpus": {"name": "colours", "modality": "pictures"},
    "samples": {"digest": "now"},
    "backbone": {"fingerprint": "cnn"},
    "features": {"stream": "rgb"},
}


def write_samples(left, digest, *kinds):
    table = with_lineage(pd.DataFrame({"kind": kinds}), {"samples": {"digest": digest}})
    table.to_parquet(left.samples, index=False)


def written(folder, data):
    """What a run leaves of the model ``lrcn``, but for its data."""
    for name in ("lrcn", "backbone"):
        (folder / name).mkdir()
    (folder / "backbone/backbone.json").write_text(json.dumps(NOW["backbone"]))
    return Left(folder / "lrcn", folder / "fit.json", folder / "backbone", folder / data, folder / "samples.parquet")


@pytest.fixture
def frames(tmp_path):
    return replace(colours(tmp_path / "cache"), lineage=NOW)


@pytest.fixture
def left(tmp_path, frames):
    """Of a model of frames."""
    left = written(tmp_path, "frames.parquet")
    left.fit.write_text(json.dumps({"dataset": frames.digest}))
    write_frame_dataset(frames, left.data)
    write_samples(left, "now", "video", "frames")
    return left


def test_a_model_of_frames_knows_the_kinds_that_it_was_trained_on(left, raw_parameters):
    assert bundle_of(left, raw_parameters).kinds == ("frames", "video")


def test_other_samples_than_those_of_the_frames_do_not_say_what_it_was_trained_on(left, raw_parameters):
    write_samples(left, "another corpus", "image")
    with pytest.raises(UserError, match=r"of other samples than those on disk now.*`probe_samples`"):
        bundle_of(left, raw_parameters)


def test_a_model_of_other_frames_is_not_asked(left, frames, raw_parameters):
    write_frame_dataset(frames.take(np.arange(len(frames) - 1)), left.data)
    with pytest.raises(UserError, match=r"lrcn was trained on other frames than those on disk now.*`lrcn\.train`"):
        bundle_of(left, raw_parameters)


def test_a_model_of_d_prime_is_held_against_the_samples_as_well(tmp_path, raw_parameters):
    dataset, left = replace(ramps([4] * 8), lineage=NOW), written(tmp_path, "dataset.parquet")
    left.fit.write_text(json.dumps({"dataset": dataset.digest}))
    write_dataset(dataset, left.data)
    write_samples(left, "another corpus", "image")
    with pytest.raises(UserError, match="of other samples than those on disk now"):
        bundle_of(left, raw_parameters)
