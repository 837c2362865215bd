import errno
import json
import os

import pytest
import torch

from seqpipe.extraction import speed

CPU = torch.device("cpu")


@pytest.fixture
def measured(monkeypatch):
    """Pretends a measurement and counts how often it is made."""
    calls = []

    def set_rates(**rates):
        monkeypatch.setattr(speed, "_measured", lambda *_: calls.append(rates) or rates)
        return calls

    return set_rates


@pytest.mark.parametrize(
    ("rates", "chosen"),
    [
        ({"float32": 10.0, "bfloat16": 12.0}, "bfloat16"),
        ({"float32": 10.0, "bfloat16": 11.9}, "float32"),
        ({"float32": 10.0}, "float32"),
    ],
)
def test_auto_takes_bfloat16_only_where_it_pays(backbone, measured, rates, chosen):
    measured(**rates)
    assert speed.choose_precision("auto", backbone, CPU) == chosen


def test_it_is_measured_once_and_abided_by(backbone, measured):
    calls = measured(float32=10.0, bfloat16=30.0)
    assert speed.choose_precision("auto", backbone, CPU) == "bfloat16"
    measured(float32=10.0, bfloat16=1.0)
    assert speed.choose_precision("auto", backbone, CPU) == "bfloat16"
    assert len(calls) == 1


def test_the_first_of_two_measurements_at_once_wins(backbone, measured, monkeypatch):
    record = {}
    write_first = speed.write_first

    def slower(path, text, **options):
        other = {**json.loads(text), "frames_per_second": {"float32": 1.0, "bfloat16": 9.0}}
        write_first(path, json.dumps(other), **options)
        record["path"] = path
        write_first(path, text, **options)

    monkeypatch.setattr(speed, "write_first", slower)
    measured(float32=1.0, bfloat16=1.0)
    assert speed.choose_precision("auto", backbone, CPU) == "bfloat16"
    assert [p.name for p in record["path"].parent.iterdir()] == [record["path"].name]


def test_a_damaged_record_is_measured_again(backbone, measured):
    measured(float32=1.0)
    speed.frames_per_second(backbone, CPU)
    (record,) = (speed.cache_folder() / "speed").iterdir()
    record.write_text("{")
    assert speed.frames_per_second(backbone, CPU) == {"float32": 1.0}
    assert json.loads(record.read_text())["model"] == "squeezenet1_1"


def test_without_hard_links_it_is_recorded_all_the_same(backbone, measured, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)
    calls = measured(float32=10.0)
    for _ in range(2):
        assert speed.frames_per_second(backbone, CPU) == {"float32": 10.0}
    assert len(calls) == 1
    assert len(list((speed.cache_folder() / "speed").iterdir())) == 1


def test_where_nothing_can_be_recorded_the_measurement_counts(backbone, measured, monkeypatch, tmp_path, caplog):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SEQPIPE_CACHE", str(tmp_path / "file" / "cache"))
    measured(float32=10.0, bfloat16=30.0)
    assert speed.choose_precision("auto", backbone, CPU) == "bfloat16"
    assert "cannot be recorded" in caplog.text


def test_float32_is_measured_without_tf32(backbone, monkeypatch):
    seen = {}
    features = speed.Extractor.features

    def watching(self, frames):
        seen[self.precision] = torch.backends.cudnn.allow_tf32
        return features(self, frames)

    monkeypatch.setattr(speed.Extractor, "features", watching)
    monkeypatch.setattr(speed, "has_native_bfloat16", lambda _: True)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    speed.frames_per_second(backbone, CPU)
    assert seen == {"float32": False, "bfloat16": True}
    assert torch.backends.cudnn.allow_tf32


def test_what_is_wanted_is_not_measured(backbone, measured):
    calls = measured(float32=1.0)
    assert speed.choose_precision("float32", backbone, CPU) == "float32"
    assert speed.choose_precision("bfloat16", backbone, CPU) == "bfloat16"
    assert calls == []


def test_a_real_measurement(backbone):
    rates = speed.frames_per_second(backbone, CPU)
    assert set(rates) == {"float32"} | ({"bfloat16"} if speed.has_native_bfloat16(CPU) else set())
    assert all(rate > 0 for rate in rates.values())


def test_the_cache_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.delenv("SEQPIPE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert speed.cache_folder() == tmp_path / "seqpipe"
    monkeypatch.setenv("SEQPIPE_CACHE", str(tmp_path / "other"))
    assert speed.cache_folder() == tmp_path / "other"
