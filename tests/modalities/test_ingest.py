"""Samples that are no pictures are listed, measured, grouped and split by the same rules as those that are."""

import json
import zlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.modalities.tilt import Tilt, TiltFacts, ingested, write_recording

from seqpipe.core.errors import UserError
from seqpipe.media.frames import InvalidSample


@pytest.fixture
def corpus(tmp_path):
    """Eighty clips of ten people."""
    for n in range(80):
        name = f"subject{n % 10}_clip_{n // 10:02d}.csv"
        write_recording(tmp_path / "recordings" / ("up" if n % 2 else "down") / name, seed=n)
    return tmp_path / "recordings"


class Broken(Tilt):
    """Whose `measure` is misspelt."""

    def __init__(self, wrong):
        self._wrong = wrong

    def measure(self, path, kind, corpus):
        return self._wrong(path)


def verdicts(cache):
    return [json.loads(file.read_text()) for file in cache.glob("verdicts-*.json")]


def test_groups_in_names_are_recognised_whatever_the_ending(corpus, tmp_path, corpus_config):
    samples, _ = ingested(corpus_config(path=corpus), tmp_path / "cache")
    assert samples["group"].nunique() == 10
    assert (samples.groupby("group")["split"].nunique() == 1).all()


def test_forms_of_one_sample_are_one_group(tmp_path, corpus_config, monkeypatch):
    monkeypatch.setattr(Tilt, "files", replace(Tilt.files, kinds={".csv": "recording", ".tsv": "recording"}))
    for n in range(6):
        for label in ("up", "down"):
            for ending in ("csv", "tsv"):
                name = f"{label}/{'abcdef'[n]}.{ending}"
                write_recording(tmp_path / "recordings" / name, seed=zlib.crc32(name.encode()))
    samples, _ = ingested(corpus_config(path=tmp_path / "recordings"), tmp_path / "cache")
    assert samples["group"].nunique() == 12
    assert len(samples) == 24


def test_other_parameters_measure_anew_and_those_of_before_are_remembered(corpus, tmp_path, corpus_config, monkeypatch):
    config, measured, measure = corpus_config(path=corpus), [], Tilt.measure
    monkeypatch.setattr(Tilt, "measure", lambda *given: measured.append(given[1]) or measure(*given))
    for rate, measured_in_all in ((10.0, 80), (5.0, 160), (10.0, 160)):
        samples, _ = ingested(config, tmp_path / "cache", rate)
        assert set(samples["rate"]) == {rate}
        assert set(samples["duration_s"]) == {20 / rate}
        assert len(measured) == measured_in_all


def test_a_raised_version_measures_anew(corpus, tmp_path, corpus_config, monkeypatch):
    ingested(corpus_config(path=corpus), tmp_path / "cache")
    ingested(corpus_config(path=corpus), tmp_path / "cache")
    assert len(verdicts(tmp_path / "cache")) == 1
    monkeypatch.setattr(Tilt, "version", 2)
    ingested(corpus_config(path=corpus), tmp_path / "cache")
    assert len(verdicts(tmp_path / "cache")) == 2


def test_a_modality_that_fails_at_every_file_is_said_to_be_broken_and_nothing_of_it_is_kept(
    corpus, tmp_path, corpus_config
):
    config = corpus_config(path=corpus, max_quarantine_share=1.0)
    with pytest.raises(UserError, match=r"80 samples fails in the same way \(NameError\).*`measure` of Broken"):
        ingested(config, tmp_path / "cache", medium=Broken(lambda path: undefined))  # noqa: F821
    samples, quarantine = ingested(config, tmp_path / "cache")
    assert (len(samples), len(quarantine)) == (80, 0)


def test_a_bug_met_at_one_file_quarantines_it_until_the_bug_is_mended(corpus, tmp_path, corpus_config):
    facts = TiltFacts(20, 10.0, 2.0, sensors=2)

    def measure(path):
        if "subject3_clip_00" in path:
            raise KeyError("rate")
        if "subject4_clip_00" in path:
            raise InvalidSample("no_frames", "It holds no measurement.")
        return facts

    _, quarantine = ingested(corpus_config(path=corpus), tmp_path / "cache", medium=Broken(measure))
    assert sorted(quarantine["reason"]) == ["no_frames", "unreadable"]
    _, quarantine = ingested(corpus_config(path=corpus), tmp_path / "cache")
    assert quarantine["reason"].tolist() == ["no_frames"], "what was foreseen is remembered, what was not is not"


@pytest.mark.parametrize(
    "facts",
    [
        TiltFacts(0, 10.0, 2.0, sensors=2),
        TiltFacts(20, 0.0, 2.0, sensors=2),
        TiltFacts(20, 10.0, float("nan"), sensors=2),
        TiltFacts(20, 10.0, 2.0, sensors=np.int64(2)),
        (20, 10.0, 2.0, 2),
        None,
    ],
)
def test_facts_that_no_clip_can_be_taken_of_name_the_modality(corpus, tmp_path, corpus_config, facts):
    with pytest.raises(UserError, match=r"Broken measured .*\.csv as .*mend its `measure`"):
        ingested(corpus_config(path=corpus), tmp_path / "cache", medium=Broken(lambda path: facts))


def test_fields_that_the_columns_do_not_name_are_refused(corpus, tmp_path, corpus_config, monkeypatch):
    monkeypatch.setattr(Tilt, "columns", ("sensor_count",))
    with pytest.raises(UserError, match=r"expected Facts with the fields .*sensor_count"):
        ingested(corpus_config(path=corpus), tmp_path / "cache")


def first_words(samples):
    return [label.split()[0] for label in samples["label"]]


def test_splits_go_by_what_the_task_tells_apart(tmp_path, corpus_config):
    for n in range(16):
        for m, word in enumerate(("up", "down")):
            write_recording(tmp_path / f"recordings/{word} number {n}/{'abcdefghijklmnop'[n]}.csv", seed=2 * n + m)
    config = corpus_config(path=tmp_path / "recordings")
    with pytest.raises(UserError, match=r"test split would be empty: of 32 group\(s\) of 32 classes"):
        ingested(config, tmp_path / "cache")
    samples, _ = ingested(config, tmp_path / "cache", strata_of=first_words)
    counts = pd.crosstab(pd.Series(first_words(samples)), samples["split"])
    assert (counts > 0).all(axis=None)
    assert ((counts.loc["up"] - counts.loc["down"]).abs() <= 1).all()
    assert samples["label"].nunique() == 32


def test_without_strata_splits_go_by_group_alone(corpus, tmp_path, corpus_config):
    samples, _ = ingested(corpus_config(path=corpus), tmp_path / "cache", strata_of=lambda samples: None)
    assert set(samples["split"]) == {"train", "val", "test"}
    assert set(samples["label"]) == {"up", "down"}


def test_a_task_gives_a_stratum_for_each_sample(corpus, tmp_path, corpus_config):
    with pytest.raises(UserError, match="gave 1 strata for 80 samples"):
        ingested(corpus_config(path=corpus), tmp_path / "cache", strata_of=lambda samples: ["up"])
