"""Files are answered with sentences as the model was trained to: read at its own layer, by part, never shown more."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from tests.use.speakers import RUNTIME, STEPS, film, picture

from seqpipe.command import main
from seqpipe.data.dataset_file import read_dataset
from seqpipe.encoders.layers import PLACES
from seqpipe.media.corpora.elan import read_eaf
from seqpipe.models.persist import read_model
from seqpipe.use import predictor as predictor_module
from seqpipe.use.bundle import read_bundle, write_bundle
from seqpipe.use.predictor import Predictor
from seqpipe.use.sources import listing_of_paths

BUNDLES = ("captioner", "narrator", "translator")


def asked(bundle, folder, paths):
    predictor = Predictor(bundle, RUNTIME, folder / "store", folder / "probes")
    return predictor.predict(listing_of_paths(list(map(str, paths)), predictor.files, "image" in bundle.kinds))


def evaluated(bundle):
    """What the model says of its D', and where the samples of it lie."""
    left = bundle.model.parent
    samples = pd.read_parquet(left / "samples.parquet")
    return samples["path"].tolist(), read_model(bundle.model).predict_proba(read_dataset(left / "dataset.parquet"))


@pytest.fixture(params=BUNDLES)
def bundle(request):
    return request.getfixturevalue(request.param)


def test_files_are_answered_as_their_features_were(bundle, tmp_path):
    paths, expected = evaluated(bundle)
    answers = asked(bundle, tmp_path, paths)
    assert answers.samples["path"].tolist() == paths
    for said, given, one in zip(answers.proba, answers.answers, expected, strict=True):
        assert given == said.text == one.text
        assert [beam.text for beam in said.beams] == [beam.text for beam in one.beams]
        assert said.beams[0].log_p == pytest.approx(one.beams[0].log_p, rel=1e-4)


def test_a_bundle_reads_where_its_task_read_whatever_features_says(captioner, narrator, tmp_path):
    assert captioner.settings["features"]["pool"] == "grid"
    assert narrator.settings["features"]["pool"] == "avg"
    write_bundle(captioner, tmp_path / "there")
    answers = asked(read_bundle(tmp_path / "there"), tmp_path, [picture(tmp_path / "new.png", "red", 99)])
    assert answers.proba[0].beams[0].attention.shape[1] == PLACES


def test_how_many_are_answered_at_once_changes_nothing(bundle, tmp_path, monkeypatch):
    paths, _ = evaluated(bundle)
    whole = asked(bundle, tmp_path, paths)
    monkeypatch.setattr(predictor_module, "AT_ONCE", 2)
    parted = asked(bundle, tmp_path, paths)
    assert parted.answers == whole.answers
    assert list(parted.read) == list(whole.read)
    for one, other in zip(parted.proba, whole.proba, strict=True):
        looked = [said.beams[0].attention for said in (one, other)]
        np.testing.assert_allclose(*looked, rtol=1e-3, atol=1e-5)


def test_places_count_in_what_is_answered_at_once(captioner, tmp_path, monkeypatch):
    paths, _ = evaluated(captioner)
    predictor = Predictor(captioner, RUNTIME, tmp_path / "store", tmp_path / "probes")
    samples, _ = predictor.probed(listing_of_paths(paths, None, images=True))
    (whole,) = predictor.parts(samples)
    width = read_dataset(captioner.model.parent / "dataset.parquet").x.shape[-1]
    monkeypatch.setattr(predictor_module, "BYTES_AT_ONCE", 3 * 4 * width)
    assert [len(part.samples) for part in predictor.parts(samples)] == [3] * (len(whole.samples) // 3)


def test_a_longer_film_is_shown_as_many_frames_as_the_longest_of_training(narrator, tmp_path):
    films = [film(tmp_path / f"{count}", "red", "blue", count) for count in (2, STEPS, 5 * STEPS)]
    answers = asked(narrator, tmp_path, films)
    assert sorted(len(times) for times in answers.times_s) == [2, STEPS, STEPS]
    for said, times in zip(answers.proba, answers.times_s, strict=True):
        assert said.beams[0].attention.shape[1] == len(times)


def test_what_is_unknown_is_told_as_the_model_has_read_it(translator, tmp_path):
    (tmp_path / "new.txt").write_text("Zwei Hunde", encoding="utf-8")
    answers = asked(translator, tmp_path, [tmp_path / "new.txt"])
    assert list(answers.read) == [("zwei", "<unknown>")]
    assert answers.far is None, "tokens have no distance"


def typed(bundle, folder, *arguments):
    if not (folder / "bundle").exists():
        write_bundle(bundle, folder / "bundle")
    options = ("--model", folder / "bundle", "--cache", folder / "cache")
    return CliRunner().invoke(main, ["predict", *map(str, (*arguments, *options))])


def test_texts_are_translated_from_files_tables_and_the_command_line(translator, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("eins zwei", encoding="utf-8")
    pd.DataFrame({"text": ["zwei eins", "zwei vier"]}).to_csv("table.csv", index=False)
    told = typed(translator, tmp_path, "a.txt", "table.csv", "--text", "eins drei", "--text", "", "--out", "out.csv")
    assert told.exit_code == 0, told.output
    rows = pd.read_csv("out.csv")
    said = {Path(path).name: sentence for path, sentence in zip(rows["path"], rows["sentence"], strict=True)}
    assert said.pop("eins drei") == "one three", "a typed text is called by itself"
    assert said.pop("a.txt") == "one two"
    assert sorted(said.values()) == ["two four", "two one"]
    assert list(rows)[:4] == ["path", "sentence", "score", "confidence"]
    assert "attention" not in " ".join(rows)
    assert "4 of 5 files are answered" in told.stderr
    assert "not answered: : empty_text" in told.stderr


def test_pictures_are_captioned_on_the_screen(captioner, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    picture(tmp_path / "new/red.png", "red", 77)
    told = typed(captioner, tmp_path, "new")
    assert told.exit_code == 0, told.output
    assert "a red picture" in told.stdout


def test_captions_of_films_are_subtitles_over_all_of_them(narrator, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    film(tmp_path / "films/one", "red", "green", 4)
    for form in ("srt", "eaf"):
        told = typed(narrator, tmp_path, "films/one", "--as", form, "--out", "there")
        assert told.exit_code == 0, told.output
    number, clock, text, *_ = (tmp_path / "there/one.srt").read_text().splitlines()
    assert (number, clock.split(" --> ")[0]) == ("1", "00:00:00,000")
    assert "red, then green" in text
    _, marks = read_eaf(tmp_path / "there/one.eaf")
    ((start_s, _, label),) = marks.marks
    assert (start_s, label) == (0.0, text.partition(" (")[0])


@pytest.mark.parametrize("name", ["captioner", "translator"])
def test_where_nothing_lasts_there_are_no_subtitles(name, request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = picture(tmp_path / "a.png", "red", 1) if name == "captioner" else tmp_path / "a.txt"
    file.exists() or file.write_text("eins zwei", encoding="utf-8")
    told = typed(request.getfixturevalue(name), tmp_path, file, "--as", "srt", "--out", "there")
    assert told.exit_code == 1
    assert "says a sentence of a picture, or of a text" in told.output
    assert not (tmp_path / "there").exists()


def test_what_cannot_be_asked_is_refused(captioner, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for arguments, said in (
        ((), "Nothing is asked"),
        (("--text", "a"), "this model reads videos and images"),
        (("--text", "a", "--as", "srt", "--out", "there"), "a --text is none"),
    ):
        told = typed(captioner, tmp_path, *arguments)
        assert told.exit_code == 1, told.output
        assert said in told.output
