"""What is to be looked at twice is flagged, counted, and carried along by a bundle."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from seqpipe.config import RuntimeConfig
from seqpipe.core.errors import UserError
from seqpipe.use.bundle import bundle_of_run, read_bundle, write_bundle
from seqpipe.use.flags import FAR, LOW, counted_flags, flags
from seqpipe.use.predictor import Answers, Predictor
from seqpipe.use.sources import listing_of_paths
from seqpipe.use.tables import clips_table, segments_of


def asked(bundle, parameters, folder, paths):
    predictor = Predictor(
        bundle, RuntimeConfig.model_validate(parameters["runtime"]), folder / "store", folder / "probes"
    )
    return predictor, predictor.predict(listing_of_paths([str(path) for path in paths], None, images=False))


@pytest.fixture
def noise(tmp_path):
    """Folders of frames of noise."""
    rng = np.random.default_rng(0)
    for clip in range(8):
        (tmp_path / f"noise/{clip}").mkdir(parents=True)
        for n in range(8):
            picture = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
            Image.fromarray(picture).save(tmp_path / f"noise/{clip}/{n}.png")
    return tmp_path / "noise"


def test_noise_is_far_from_training_more_often_than_test_clips(finished_project, raw_parameters, noise, tmp_path):
    bundle = bundle_of_run(finished_project.data, "svm", raw_parameters)
    samples = pd.read_parquet(finished_project.data / "02_intermediate/samples.parquet")
    test = samples.loc[samples["split"] == "test", "path"]
    _, known = asked(bundle, raw_parameters, tmp_path, test)
    _, strange = asked(bundle, raw_parameters, tmp_path, [noise])
    assert len(strange.far) == 8
    assert known.far.mean() < 0.3 < 0.6 < strange.far.mean()
    assert known.sure_from == bundle.trained["fit"]["sure_from"] > 0


def test_a_bundle_carries_them_along(finished_project, raw_parameters, noise, tmp_path):
    bundle = bundle_of_run(finished_project.data, "svm", raw_parameters)
    write_bundle(bundle, tmp_path / "there")
    predictor, answers = asked(read_bundle(tmp_path / "there"), raw_parameters, tmp_path, [noise])
    table = clips_table(answers, predictor.model.class_names)
    assert table["flag"].str.contains(FAR).tolist() == answers.far.tolist()
    assert predictor.untold == ""


def test_what_tells_nothing_is_said(finished_project, raw_parameters, noise, tmp_path):
    bundle = bundle_of_run(finished_project.data, "svm", raw_parameters)
    trained = bundle.trained | {"fit": {**bundle.trained["fit"], "sure_from": None}}
    predictor, answers = asked(replace(bundle, novelty=None, trained=trained), raw_parameters, tmp_path, [noise])
    assert set(clips_table(answers, predictor.model.class_names)["flag"]) == {""}
    assert "low confidence and which are far" in predictor.untold


def test_flags_are_of_the_answers_they_stand_beside():
    probability = pd.Series([0.9, 0.5, 0.4])
    told = flags(probability, np.array([True, False, True]), 0.5)
    assert told.tolist() == [FAR, "", f"{LOW}, {FAR}"]
    assert counted_flags(told) == f"2 of 3 answers are flagged: 1 {LOW}, 2 {FAR}."
    assert flags(probability, None, None).tolist() == ["", "", ""]
    assert counted_flags(flags(probability[:0], None, None)) == ""
    assert counted_flags(pd.Series(["", ""])) == ""


def test_all_segments_of_a_video_that_is_far_are_flagged():
    proba = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6]])
    answers = Answers(
        samples=pd.DataFrame({"path": ["a", "b"]}),
        proba=[proba, proba],
        answers=[proba.argmax(axis=1)] * 2,
        times_s=[np.arange(3.0)] * 2,
        quarantine=pd.DataFrame(),
        far=np.array([False, True]),
        sure_from=0.7,
    )
    assert segments_of(answers, ["x", "y"])["flag"].tolist() == ["", LOW, FAR, f"{LOW}, {FAR}"]


@pytest.mark.parametrize(
    ("file", "key", "said"),
    [
        ("07_model_output/svm/fit.json", "dataset", r"svm was trained on another D' .* `svm\.train`"),
        ("03_primary/backbone/backbone.json", "fingerprint", "another backbone .* `load_backbone`"),
    ],
)
def test_a_model_that_does_not_belong_to_what_is_on_disk_is_not_asked(
    file, key, said, copy_of_finished, raw_parameters
):
    data = copy_of_finished().data
    bundle_of_run(data, "svm", raw_parameters)
    text = (data / file).read_text()
    value = text.partition(f'"{key}": "')[2][:32]
    (data / file).write_text(text.replace(value, "0" * 32))
    with pytest.raises(UserError, match=said):
        bundle_of_run(data, "svm", raw_parameters)
