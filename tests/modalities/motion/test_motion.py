"""Recordings of motion: what is read, what becomes of it, and what is set aside and why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from tests.modalities.motion.broken import BROKEN, WAVES, csv, timed, write_broken

from seqpipe.encoders.base import LearningEncoder, encoder_fingerprint
from seqpipe.media.annotations import labels_at
from seqpipe.media.corpora.marks_table import AnnotationCheck
from seqpipe.media.corpora.reading import read_corpus
from seqpipe.media.frames import InvalidSample
from seqpipe.media.ingest import ingest
from seqpipe.modalities.base import Drawable, OfRows
from seqpipe.modalities.motion.modality import Motion
from seqpipe.modalities.motion.recording import read_recording
from seqpipe.modalities.registry import measuring_of
from seqpipe.tasks.classification import Classification

MIDDLES_S = (np.arange(50) + 0.5) / 10


@pytest.fixture
def motion(motion_config):
    return Motion(motion_config())


def written(tmp_path, text, name="r.csv"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return str(tmp_path / name)


def encoded(path, config, times_s=MIDDLES_S):
    return Motion(config).encoder.encode(path, "recording", times_s)


def test_every_broken_file_is_set_aside_for_its_true_reason(tmp_path, corpus_config, motion_config):
    reasons = write_broken(tmp_path / "recordings/up")
    for n in range(10):
        for label in ("up", "down"):
            (tmp_path / "recordings" / label).mkdir(exist_ok=True)
            written(tmp_path / "recordings" / label, csv(WAVES + n + 0.5 * (label == "up")), f"{'abcdefghij'[n]}.csv")
    config = corpus_config(path=tmp_path / "recordings", max_quarantine_share=0.9)
    motion, parameters = Motion(motion_config()), {"motion": motion_config()}
    listing = read_corpus(config, motion.files).listing
    samples, quarantine = ingest(
        listing, config, 0, tmp_path / "cache", motion, measuring_of("motion", parameters), Classification.strata
    )
    found = {
        path.rpartition("/")[2].partition("::")[0]: reason for path, reason in quarantine[["path", "reason"]].values
    }
    # A class folder takes a table of keys apart: its parts are narrower than the rest.
    assert found == reasons | {"several.csv": "unlike_others"}
    assert len(samples) == 20
    assert [detail for detail in quarantine["detail"] if not (detail[0].isupper() or detail[0] == "'")] == []


def test_a_file_of_several_says_how_to_name_one(tmp_path, motion, corpus_config):
    np.savez(tmp_path / "many.npz", a=WAVES, b=WAVES)
    BROKEN["several.csv"][1](tmp_path / "several.csv")
    for name, words in (("many.npz", r"2 arrays \(a, b, \.\.\.\)"), ("several.csv", r"rows under 2 keys \(a, b, ")):
        with pytest.raises(InvalidSample, match=words) as caught:
            motion.measure(str(tmp_path / name), "recording", corpus_config())
        assert caught.value.reason == "several_samples"


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("r.csv", lambda file: file.write_text(csv(WAVES))),
        ("bare.csv", lambda file: np.savetxt(file, WAVES, delimiter=",")),
        ("decimal_comma.csv", lambda file: file.write_text(csv(WAVES).replace(",", ";").replace(".", ","))),
        ("r.tsv", lambda file: file.write_text(csv(WAVES).replace(",", "\t"))),
        ("timed.csv", lambda file: file.write_text(timed(MIDDLES_S))),
        ("counted.csv", lambda file: file.write_text("frame," + csv(np.hstack([np.arange(50)[:, None], WAVES]))[0:])),
        ("r.npy", lambda file: np.save(file, WAVES)),
        ("one.npz", lambda file: np.savez(file, anything=WAVES)),
        ("timed.npz", lambda file: np.savez(file, values=WAVES, times=MIDDLES_S)),
        ("rated.npz", lambda file: np.savez(file, values=WAVES, rate=10.0)),
        ("joints.npy", lambda file: np.save(file, WAVES.reshape(50, 3, 1))),
        ("r.parquet", lambda file: pd.DataFrame(WAVES, columns=list("xyz")).to_parquet(file)),
        ("as_csv.csv", lambda file: np.save(file.open("wb"), WAVES)),
    ],
)
def test_one_recording_in_every_form(tmp_path, motion_config, corpus_config, name, write):
    write(tmp_path / name)
    facts = Motion(motion_config()).measure(str(tmp_path / name), "recording", corpus_config())
    assert (facts.length, facts.rate, facts.duration_s, facts.channels) == (50, 10.0, 5.0, 3)
    assert facts.recorded_rate == pytest.approx(10.0)
    assert facts.remark == ""
    np.testing.assert_allclose(encoded(str(tmp_path / name), motion_config()), WAVES, atol=1e-5)


def test_parts_are_recordings(tmp_path, motion_config):
    np.savez(tmp_path / "s.npz", a=WAVES, b=2 * WAVES)
    np.testing.assert_allclose(encoded(f"{tmp_path}/s.npz::b", motion_config()), 2 * WAVES, rtol=1e-6)
    rows = [f"{key},{row[0]:.6f}" for key, sign in (("a", 1), ("b", -1)) for row in sign * WAVES]
    written(tmp_path, "\n".join(["key,x", *rows]))
    np.testing.assert_allclose(encoded(f"{tmp_path}/r.csv::b", motion_config()), -WAVES[:, :1], atol=1e-5)


def test_what_would_give_the_class_away_is_no_channel(tmp_path, motion_config):
    header = "subject,activity_id,label,x,note,split,Frame"
    path = written(tmp_path, header + "\n" + "\n".join(f"7,3,1,{n},fine,1,{n}" for n in range(5)))
    recording = read_recording(path, motion_config())
    assert recording.values.tolist() == [[n] for n in range(5)]
    assert recording.remark == "Columns that hold no numbers are not read: note."
    asked = read_recording(path, motion_config(columns=["Frame", "x"]))
    assert asked.values.shape == (5, 2)
    assert asked.remark == ""
    with pytest.raises(InvalidSample, match=r"no column z \(motion\.columns\), but subject"):
        read_recording(path, motion_config(columns=["z"]))


@pytest.mark.parametrize(
    ("header", "times", "unit"),
    [
        ("t", [0.0, 0.1, 0.2, 0.3], "s"),
        ("timestamp", [1700000000000, 1700000000100, 1700000000200, 1700000000300], "ms"),
        ("Time_ms", [0, 100, 200, 300], "s"),
        ("time_ns", [0, 100000000, 200000000, 300000000], "s"),
        ("Time (s)", [0.0, 0.1, 0.2, 0.3], "ms"),
        ("time(s)", [5.0, 5.1, 5.2, 5.3], "ms"),
        ("Time [ms]", [0, 100, 200, 300], "s"),
        ("Timestamp (ms)", [0, 100, 200, 300], "s"),
        ("t (\N{MICRO SIGN}s)", [0, 100000, 200000, 300000], "s"),
        ("seconds_elapsed", [0.0, 0.1, 0.2, 0.3], "ms"),
        ("epoch", [1700000000.0, 1700000000.1, 1700000000.2, 1700000000.3], "s"),
        ("datetime", ["2026-01-01 10:00:00.0", *(f"2026-01-01 10:00:00.{n}" for n in (1, 2, 3))], "s"),
    ],
)
def test_times_in_any_unit(tmp_path, motion_config, header, times, unit):
    path = written(tmp_path, f"{header},x\n" + "\n".join(f"{time},{n}" for n, time in enumerate(times)))
    recording = read_recording(path, motion_config(time_unit=unit))
    np.testing.assert_allclose(recording.times_s, [0, 0.1, 0.2, 0.3], atol=1e-6)
    assert recording.values.tolist() == [[0], [1], [2], [3]]


@pytest.mark.parametrize(("unit", "a_second"), [("ms", 10**3), ("us", 10**6), ("ns", 10**9)])
def test_times_since_1970_tell_their_unit_by_their_size(tmp_path, motion, corpus_config, unit, a_second):
    rows = [f"{1700000000 * a_second + n * a_second // 10},{n}" for n in range(50)]
    facts = motion.measure(written(tmp_path, "\n".join(["timestamp,x", *rows])), "recording", corpus_config())
    assert (facts.length, facts.channels) == (50, 1)
    assert facts.recorded_rate == pytest.approx(10)
    assert facts.remark == f"Times are taken for {unit} since 1970 (motion.time_unit)."


def test_of_several_times_the_one_that_says_its_unit_counts_and_none_is_a_channel(tmp_path, motion_config):
    path = written(tmp_path, "time,seconds_elapsed,x\n" + "\n".join(f"{n * 7},{n / 10},{n}" for n in range(4)))
    recording = read_recording(path, motion_config())
    np.testing.assert_allclose(recording.times_s, [0, 0.1, 0.2, 0.3])
    assert recording.values.tolist() == [[0], [1], [2], [3]]


@pytest.mark.parametrize("zone", [None, "Europe/Vienna"])
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("name", ["timestamp", "when"])
def test_dates_of_a_parquet_file_are_dates(tmp_path, motion, corpus_config, name, unit, zone):
    when = pd.date_range("2026-01-01", periods=50, freq="100ms", tz=zone).as_unit(unit)
    pd.DataFrame({name: when, "x": np.arange(50.0)}).to_parquet(tmp_path / "r.parquet")
    facts = motion.measure(str(tmp_path / "r.parquet"), "recording", corpus_config())
    assert (facts.length, facts.channels, facts.duration_s) == (50, 1, 5.0)
    pd.DataFrame({name: when - when[0], "x": np.arange(50.0)}).to_parquet(tmp_path / "r.parquet")
    facts = motion.measure(str(tmp_path / "r.parquet"), "recording", corpus_config())
    assert (facts.length, facts.channels, facts.duration_s) == (50, 1, 5.0)


def test_numbers_of_a_parquet_file_may_be_missing(tmp_path, motion_config):
    pd.DataFrame({"x": pd.array([1, None, 3], "Int64")}).to_parquet(tmp_path / "r.parquet")
    values = read_recording(str(tmp_path / "r.parquet"), motion_config()).values
    np.testing.assert_array_equal(values, [[1], [np.nan], [3]])


def test_times_in_another_unit_are_set_aside_with_the_parameter_that_names_it(tmp_path, motion, corpus_config):
    path = written(tmp_path, "timestamp,x\n" + "\n".join(f"{n * 20},{n}" for n in range(5)))
    with pytest.raises(InvalidSample, match=r"20 s apart, 200 steps each at motion\.rate: .* by motion\.time") as no:
        motion.measure(path, "recording", corpus_config())
    assert no.value.reason == "times_invalid"


def test_a_recording_of_years_is_too_large_before_a_step_of_it_is_made(tmp_path, motion_config, corpus_config):
    path = written(tmp_path, "time,x\n" + "\n".join(f"{n * 0.1 + 1e9 * (n > 3)},{n}" for n in range(8)))
    with pytest.raises(InvalidSample, match=r"It lasts 1000000001 s; corpus\.max_seconds allows 60") as too_large:
        Motion(motion_config()).measure(path, "recording", corpus_config())
    assert too_large.value.reason == "too_large"


@pytest.mark.parametrize(
    ("text", "starts_s"),
    [
        ("time,x\n5,0\n5.1,1\n5.1,2\n5.2,3\n9,4\n9.1,5\n", [0, 0.1, 0.1, 0.2, 4, 4.1]),
        ("x\n0\n1\n2\n", [0, 0.1, 0.2]),
    ],
)
def test_rows_are_where_the_recording_has_them(tmp_path, motion, text, starts_s):
    assert isinstance(motion, OfRows)
    rows = motion.row_times(written(tmp_path, text))
    np.testing.assert_allclose(rows.starts_s, starts_s)
    assert rows.period_s == pytest.approx(0.1)


def test_labels_by_row_meet_the_steps_of_these_rows_behind_a_pause(tmp_path, motion, corpus_config):
    at = np.concatenate([np.arange(50), 100 + np.arange(50)]) / 10
    path = written(tmp_path, "time,x\n" + "\n".join(f"{time},{int(time >= 10)}" for time in at))
    marks = [("a", 0, 50, "still"), ("a", 50, 100, "moving")]
    table = pd.DataFrame(marks, columns=["id", "start", "end", "label"]).assign(unit="frames", gaps="background")
    check = AnnotationCheck(table, lambda _: motion.row_times(path))
    check("a", motion.measure(path, "recording", corpus_config()))
    segments = check.annotations(["a"])
    times_s = (np.arange(150) + 0.5) / 10
    told = labels_at(times_s, segments, {"still": 0, "moving": 1}, -1)
    assert told.tolist() == [0] * 50 + [-1] * 50 + [1] * 50
    assert motion.encoder.encode(path, "recording", times_s[told == 1]).tolist() == [[1.0]] * 50


def test_rows_at_one_time_are_one(tmp_path, motion, corpus_config):
    path = written(tmp_path, "time,x\n0,1\n0.1,2\n0.1,9\n0.2,3\n")
    assert motion.measure(path, "recording", corpus_config()).length == 3
    assert motion.encoder.encode(path, "recording", [0.05, 0.15, 0.25])[:, 0].tolist() == [1, 2, 3]


def test_short_gaps_are_interpolated_and_long_ones_are_told_and_flagged(tmp_path, motion_config, corpus_config):
    values = np.arange(50.0)[:, None] * [1.0, -1.0]
    values[10:13, 0] = np.nan
    np.save(tmp_path / "short.npy", values)
    values[20:35, 0] = np.inf
    np.save(tmp_path / "long.npy", values)
    config = motion_config(gap_flag=True)
    short, long = (str(tmp_path / name) for name in ("short.npy", "long.npy"))
    x = encoded(short, config)
    np.testing.assert_allclose(x[:, 0], np.arange(50), atol=1e-4)
    assert not x[:, 2].any()
    x = encoded(long, config)
    assert np.flatnonzero(x[:, 2]).tolist() == list(range(20, 35))
    assert set(x[20:35, 0]) == {np.float32(np.nanmedian(values[np.isfinite(values[:, 0]), 0]))}
    np.testing.assert_allclose(x[:, 1], -np.arange(50), atol=1e-4)
    facts = [Motion(config).measure(path, "recording", corpus_config()) for path in (short, long)]
    assert [fact.remark for fact in facts] == [
        "Missing values are interpolated.",
        "Values missing for longer than motion.max_gap_s are its channels' medians.",
    ]
    assert facts[0].missing == pytest.approx(0.03)


def test_scales_are_learned_from_train_alone(tmp_path, motion_config):
    np.save(tmp_path / "a.npy", WAVES * [1, 100, 0] + [5, 0, 3])
    np.save(tmp_path / "b.npy", WAVES[:20] * [1, 100, 0] + [5, 0, 3])
    np.save(tmp_path / "test.npy", WAVES * 1000)
    fresh = Motion(motion_config()).encoder
    assert isinstance(fresh, LearningEncoder)
    encoder = fresh.learn([(str(tmp_path / name), "recording") for name in ("a.npy", "b.npy")])
    x = [encoder.encode(str(tmp_path / name), "recording", MIDDLES_S[:n]) for name, n in (("a.npy", 50), ("b.npy", 20))]
    steps = np.concatenate(x)
    np.testing.assert_allclose(steps.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(steps.std(axis=0), [1, 1, 0], atol=1e-5)
    again = fresh.with_learned(encoder.learned)
    assert encoder_fingerprint(again) == encoder_fingerprint(encoder) != encoder_fingerprint(fresh)


@pytest.mark.parametrize(
    ("mean", "deviation"), [(5e6, 0.05), (1e6, 1e-2), (1.7e9, 1.0), (-1e5, 1e-3), (0.0, 1e-9), (101325.0, 5.0)]
)
def test_a_scale_is_right_however_far_from_0_a_channel_is(tmp_path, motion_config, mean, deviation):
    random = np.random.default_rng(0)
    files = [mean + deviation * (random.standard_normal((n, 1)) + n % 7) for n in (200, 2, 500, 50)]
    for n, values in enumerate(files):
        np.save(tmp_path / f"{n}.npy", values)
    learned = (
        Motion(motion_config()).encoder.learn([(str(tmp_path / f"{n}.npy"), "recording") for n in range(4)]).learned
    )
    steps = np.concatenate(files)
    assert learned["mean"] == pytest.approx([steps.mean()], rel=1e-12)
    assert learned["scale"] == pytest.approx([steps.std()], rel=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e5 / 3, 101325.0, 1.7e9, -1e-7])
def test_a_channel_that_does_not_move_is_centred_alone(tmp_path, motion_config, value):
    for n in range(20):
        np.save(tmp_path / f"{n}.npy", np.full((2001, 1), value))
    train = [(str(tmp_path / f"{n}.npy"), "recording") for n in range(20)]
    encoder = Motion(motion_config(recorded_rate=33.0)).encoder.learn(train)
    assert encoder.learned["scale"] == [1.0]
    assert np.abs(encoder.encode(str(tmp_path / "0.npy"), "recording", MIDDLES_S)).max() < 1e-6


def test_another_width_than_in_training_is_told(tmp_path, motion_config):
    np.save(tmp_path / "a.npy", WAVES)
    np.save(tmp_path / "narrow.npy", WAVES[:, :2])
    encoder = Motion(motion_config()).encoder.learn([(str(tmp_path / "a.npy"), "recording")])
    with pytest.raises(InvalidSample, match="2 channels, where training had 3"):
        encoder.encode(str(tmp_path / "narrow.npy"), "recording", [0.1])


def test_curves_are_drawn_of_what_the_model_was_shown(tmp_path, motion):
    values = np.hstack([WAVES] * 5)
    values[10:30, 0] = np.nan
    np.save(tmp_path / "a.npy", values)
    assert isinstance(motion, Drawable)
    drawing = motion.drawing({"path": str(tmp_path / "a.npy")}, list(MIDDLES_S))
    axes = Figure().subplots()
    drawing.onto(axes)
    assert len(axes.lines) == 12
    assert axes.get_ylabel() == "3 more not drawn"
    assert axes.get_xlim() == (0, pytest.approx(4.95))
    (gap,) = axes.patches
    assert (gap.get_x(), gap.get_width()) == pytest.approx((1.0, 2.0))
