from __future__ import annotations

import logging
import os
import time

import pandas as pd
import pytest
from PIL import Image

from seqpipe.core.errors import UserError
from seqpipe.media import probe_cache, untrained
from seqpipe.media.corpora.listing import Row
from seqpipe.media.corpora.reading import listing_of, read_corpus
from seqpipe.media.frames import InvalidSample
from seqpipe.media.ingest import BEFORE, BEHIND, ingest
from seqpipe.media.quarantine import QUARANTINE_COLUMNS
from seqpipe.modalities import pictures
from seqpipe.modalities.pictures import Pictures
from seqpipe.modalities.registry import measuring_of
from seqpipe.tasks.classification import Classification
from seqpipe.tasks.frame_labels import FrameLabels

MEASURING = measuring_of("pictures", {})
SAMPLE_COLUMNS = [*BEFORE, *Pictures.columns, *BEHIND]


@pytest.fixture
def corpus(tmp_path, write_video):
    """Twelve good clips of two classes; answers with its folder."""
    for n in range(6):
        for offset, label in enumerate(("left", "right")):
            write_video(tmp_path / "corpus" / label / f"{n}.mp4", frames=4, seed=2 * n + offset)
    return tmp_path / "corpus"


def by_labels(listing, config, tmp_path):
    return ingest(listing, config, 0, tmp_path / "cache", Pictures(), MEASURING, Classification.strata)


def annotated(listing, config, tmp_path, fits):
    return ingest(
        listing, config, 0, tmp_path / "cache", Pictures(), MEASURING, FrameLabels.strata, fits, labelled=False
    )


def run(corpus, config, tmp_path):
    return by_labels(read_corpus(config).listing, config, tmp_path)


def test_good_and_bad_files(corpus, tmp_path, write_audio, corpus_config, caplog):
    (corpus / "left" / "text.mp4").write_text("text")
    (corpus / "left" / "empty.avi").touch()
    (corpus / "loose.mp4").write_bytes((corpus / "left" / "0.mp4").read_bytes())
    write_audio(corpus / "right" / "sound.wav")
    with caplog.at_level(logging.INFO):
        samples, quarantine = run(corpus, corpus_config(path=corpus), tmp_path)
    assert list(samples.columns) == SAMPLE_COLUMNS
    assert list(quarantine.columns) == QUARANTINE_COLUMNS
    assert samples["id"].tolist() == sorted(samples["id"])
    assert len(samples) == 12
    assert samples["length"].tolist() == [4] * 12
    assert set(samples["split"]) == {"train", "val", "test"}
    reasons = {os.path.basename(row.path): row.reason for row in quarantine.itertuples()}
    assert reasons == {
        "text.mp4": "unreadable",
        "empty.avi": "unreadable",
        "loose.mp4": "label_unknown",
        "sound.wav": "no_video_stream",
    }
    assert "Using 12 samples of 2 classes" in caplog.text
    assert "quarantined 4 (unreadable 2, " in caplog.text


def test_what_is_read_otherwise_than_it_lies_is_counted_and_named(corpus, tmp_path, write_video, corpus_config, caplog):
    for label in ("left", "right"):
        write_video(corpus / label / "9.mkv", frames=20, seed=len(label), pts=[n + 5000 * (n > 9) for n in range(20)])
    samples, quarantine = run(corpus, corpus_config(path=corpus), tmp_path)
    assert quarantine.empty
    assert samples.set_index("id")["remark"]["left/0.mp4"] == ""
    assert "2 sample(s), first left/9.mkv: Its timestamps jump far forward" in caplog.text


def test_too_many_bad_files_stop_the_run(corpus, tmp_path, corpus_config):
    (corpus / "left" / "text.mp4").write_text("text")
    with pytest.raises(UserError, match=r"1 of 13 samples cannot be used \(unreadable 1\).*quarantine\.csv.*text\.mp4"):
        run(corpus, corpus_config(path=corpus, max_quarantine_share=0.05), tmp_path)
    table = pd.read_csv(tmp_path / "cache" / "quarantine.csv")
    assert list(table.columns) == QUARANTINE_COLUMNS
    assert table["path"].tolist() == [str(corpus / "left" / "text.mp4")]


def test_what_the_reader_rejected_is_quarantined_unopened_and_counts(corpus, tmp_path, corpus_config):
    config = corpus_config(path=corpus, max_quarantine_share=0.05)
    listing = read_corpus(config).listing
    row = Row(corpus / "left/preview.jpg", "image", "left").rejected("other_kind", "It is no clip.")
    listing.loc[len(listing)] = row._asdict() | {"id": "left/preview.jpg", "path": str(row.path)}
    with pytest.raises(UserError, match=r"1 of 13 samples .*other_kind 1.*no clip"):
        by_labels(listing, config, tmp_path)
    samples, quarantine = by_labels(listing, corpus_config(path=corpus), tmp_path)
    assert len(samples) == 12
    assert quarantine.values.tolist() == [[str(row.path), "other_kind", "It is no clip."]]


def test_other_forms_of_samples_are_quarantined_and_do_not_count(corpus, tmp_path, corpus_config):
    for n in range(6):
        (corpus / "left" / f"{n}").mkdir()
        Image.new("RGB", (20, 10), (n, n, n)).save(corpus / "left" / f"{n}" / "1.png")
    samples, quarantine = run(corpus, corpus_config(path=corpus, max_quarantine_share=0.0), tmp_path)
    assert len(samples) == 12
    assert set(quarantine["reason"]) == {"other_form"}
    assert len(quarantine) == 6
    assert quarantine["detail"].str.contains("is used").all()


def test_classes_that_lose_most_of_their_samples_are_named(corpus, tmp_path, write_video, corpus_config, caplog):
    for n in range(4):
        (corpus / "left" / f"{n}.mp4").write_text(f"text {n}")
        (corpus / "gone").mkdir(exist_ok=True)
        (corpus / "gone" / f"{n}.mp4").write_text(f"more text {n}")
    run(corpus, corpus_config(path=corpus, max_quarantine_share=0.9), tmp_path)
    assert "Most samples of a class are quarantined: 'gone' (0 of 4 left), 'left' (2 of 6 left)." in caplog.text


def test_several_series_in_a_folder_of_frames_are_quarantined(corpus, tmp_path, corpus_config):
    for name in ("camA_1", "camA_2", "camB_1", "camB_2"):
        (corpus / "left" / "mixed").mkdir(exist_ok=True)
        Image.new("RGB", (20, 10)).save(corpus / "left" / "mixed" / f"{name}.png")
    samples, quarantine = run(corpus, corpus_config(path=corpus), tmp_path)
    assert len(samples) == 12
    assert quarantine["reason"].tolist() == ["mixed_series"]
    assert "camA_1.png (2), camB_1.png (2)" in quarantine["detail"][0]


def test_names_that_are_not_utf8_are_quarantined(corpus, tmp_path, corpus_config):
    (corpus / "left/0.mp4").rename(corpus / "left" / os.fsdecode(b"caf\xe9.mp4"))
    (corpus / os.fsdecode(b"f\xe9te")).mkdir()
    (corpus / "left/1.mp4").rename(corpus / os.fsdecode(b"f\xe9te") / "1.mp4")
    config = corpus_config(path=corpus)
    listing = read_corpus(config).listing
    samples, quarantine = by_labels(listing, config, tmp_path)
    assert len(samples) == 10
    assert set(quarantine["reason"]) == {"unreadable"}
    assert quarantine["detail"].str.contains("rename it").all()
    assert [path.removeprefix(f"{corpus}/") for path in quarantine["path"]] == [
        r"f\udce9te/1.mp4",
        r"left/caf\udce9.mp4",
    ]
    for table in (listing, samples, quarantine):
        table.to_parquet(tmp_path / "table.parquet")


def test_frames_may_have_names_that_are_not_utf8(corpus, tmp_path, corpus_config):
    for label in ("left", "right"):
        (corpus / label / "frames").mkdir()
        picture = Image.new("RGB", (20, 10), "red" if label == "left" else "blue")
        picture.save(corpus / label / "frames" / os.fsdecode(b"\xe9.png"))
    samples, quarantine = run(corpus, corpus_config(path=corpus), tmp_path)
    assert (len(samples), len(quarantine)) == (14, 0)


def test_a_class_that_is_wholly_quarantined(corpus, tmp_path, corpus_config):
    for file in (corpus / "left").iterdir():
        file.write_text(f"text of {file.name}")
    with pytest.raises(UserError, match="usable samples are left of 'right' only"):
        run(corpus, corpus_config(path=corpus), tmp_path)


def manifest(corpus, rows) -> None:
    pd.DataFrame(rows, columns=["path", "label", "split"]).to_csv(corpus / "manifest.csv", index=False)


def test_duplicates_across_splits_stay_in_test(corpus, tmp_path, corpus_config):
    for copy in ("train_copy", "second_train_copy", "val_copy"):
        (corpus / f"{copy}.mp4").write_bytes((corpus / "left/5.mp4").read_bytes())
    rows = [(f"{label}/{n}.mp4", label, "test" if n > 4 else "train") for label in ("left", "right") for n in range(6)]
    rows += [("train_copy.mp4", "left", "train"), ("second_train_copy.mp4", "left", "train")]
    manifest(corpus, [*rows, ("val_copy.mp4", "left", "val")])
    samples, quarantine = run(corpus, corpus_config(path=corpus), tmp_path)
    assert set(quarantine["reason"]) == {"duplicate"}
    assert set(quarantine["detail"]) == {"Same content as left/5.mp4, which is in test."}
    assert len(quarantine) == 3
    assert samples.set_index("id")["split"]["left/5.mp4"] == "test"


def test_the_one_sample_of_a_class_that_train_lacks_is_set_aside(
    corpus, tmp_path, corpus_config, write_video, monkeypatch
):
    monkeypatch.setattr(untrained, "FEW", 0.2)
    write_video(corpus / "up" / "0.mp4", frames=4, seed=99)
    rows = [(f"{label}/{n}.mp4", label, "train" if n < 3 else "test") for n in range(6) for label in ("left", "right")]
    manifest(corpus, [*rows, ("up/0.mp4", "up", "test")])
    samples, quarantine = run(corpus, corpus_config(path=corpus / "manifest.csv"), tmp_path)
    assert set(samples["label"]) == {"left", "right"}
    assert quarantine["reason"].tolist() == ["class_not_in_train"]
    assert "Train has no sample of 'up'" in quarantine["detail"].item()


def test_equal_content_with_different_labels_goes_altogether(corpus, tmp_path, corpus_config):
    (corpus / "right/copy.mp4").write_bytes((corpus / "left/0.mp4").read_bytes())
    samples, quarantine = run(corpus, corpus_config(path=corpus), tmp_path)
    assert [os.path.basename(path) for path in quarantine["path"]] == ["0.mp4", "copy.mp4"]
    assert quarantine["detail"].str.contains("'left' .* 'right'|'right' .* 'left'").all()
    assert len(samples) == 11


def test_a_second_run_decodes_nothing_and_a_changed_file_once(
    corpus, tmp_path, corpus_config, monkeypatch, write_video
):
    (corpus / "left" / "text.mp4").write_text("text")
    config = corpus_config(path=corpus)
    decoded = []
    measure = pictures.measure
    monkeypatch.setattr(pictures, "measure", lambda path, *rest: decoded.append(path) or measure(path, *rest))
    first = run(corpus, config, tmp_path)
    assert len(decoded) == 13
    second = run(corpus, config, tmp_path)
    assert len(decoded) == 13
    for before, after in zip(first, second, strict=True):
        pd.testing.assert_frame_equal(before, after)
    write_video(corpus / "left/0.mp4", frames=5, seed=77)
    samples, _ = run(corpus, config, tmp_path)
    assert decoded[13:] == [str(corpus / "left/0.mp4")]
    assert samples.set_index("id")["length"]["left/0.mp4"] == 5
    run(corpus, corpus_config(path=corpus, max_seconds=30.0), tmp_path)
    assert len(decoded) == 14 + 13


def test_digests_are_kept_for_files_that_have_settled(corpus, tmp_path, corpus_config, monkeypatch):
    config = corpus_config(path=corpus)
    monkeypatch.setattr(probe_cache, "SETTLED_S", -1.0)
    run(corpus, config, tmp_path)
    read = []
    content_of = probe_cache.content_of
    monkeypatch.setattr(probe_cache, "content_of", lambda *where: read.append(where) or content_of(*where))
    run(corpus, config, tmp_path)
    assert read == []
    file = corpus / "left/0.mp4"
    stat = file.stat()
    time.sleep(0.01)
    file.write_bytes(bytes(len(file.read_bytes())))
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # same size, same time, other bytes
    _, quarantine = run(corpus, config, tmp_path)
    assert read == [(str(file), "video")]
    assert quarantine["path"].tolist() == [str(file)]


def test_a_damaged_cache_is_an_empty_one(corpus, tmp_path, corpus_config):
    config = corpus_config(path=corpus)
    first, _ = run(corpus, config, tmp_path)
    for file in (tmp_path / "cache").iterdir():
        file.write_text("{half")
    again, _ = run(corpus, config, tmp_path)
    pd.testing.assert_frame_equal(first, again)
    assert not list((tmp_path / "cache").glob(".*.aside"))


@pytest.fixture
def unlabelled(corpus):
    """The listing of the clips as annotated videos: no sample has a label of its own."""
    rows = [Row(path, "video", None) for path in sorted(corpus.rglob("*.mp4"))]
    return listing_of(rows, corpus)


def test_samples_with_annotations_need_no_label_and_are_held_against_what_probing_finds(
    unlabelled, tmp_path, corpus_config, caplog
):
    caplog.set_level(logging.INFO)
    asked = {}

    def fits(id_, probe):
        asked[id_] = probe.facts["length"]
        if id_ == "left/3.mp4":
            raise InvalidSample("annotation_beyond_end", "It reaches beyond the end.")

    samples, quarantine = annotated(unlabelled, corpus_config(), tmp_path, fits)
    assert asked == dict.fromkeys(unlabelled["id"], 4)
    assert list(samples.columns) == SAMPLE_COLUMNS
    assert samples["id"].tolist() == sorted(set(unlabelled["id"]) - {"left/3.mp4"})
    assert set(samples["label"]) == {""}
    assert quarantine["reason"].tolist() == ["annotation_beyond_end"]
    assert "Using 11 samples (train" in caplog.text
    assert "quarantined 1 (annotation_beyond_end 1)" in caplog.text


def test_annotations_that_fit_nowhere_count_for_the_quarantine(unlabelled, tmp_path, corpus_config):
    def fits(id_, probe):
        raise InvalidSample("annotation_beyond_end", f"{id_} reaches beyond the end.")

    with pytest.raises(UserError, match=r"12 of 12 samples cannot be used \(annotation_beyond_end 12\)"):
        annotated(unlabelled, corpus_config(), tmp_path, fits)
    with pytest.raises(UserError, match="No usable sample is left"):
        annotated(unlabelled, corpus_config(max_quarantine_share=1.0), tmp_path, fits)


def test_annotations_are_held_against_a_probe_from_the_cache_as_well(unlabelled, tmp_path, corpus_config):
    annotated(unlabelled, corpus_config(), tmp_path, lambda id_, probe: None)
    asked = []
    annotated(unlabelled, corpus_config(), tmp_path, lambda id_, probe: asked.append(id_))
    assert sorted(asked) == sorted(unlabelled["id"])


def test_an_official_test_that_cannot_be_decoded_stops_the_run(corpus, tmp_path, corpus_config):
    for split, numbers in (("train", "01234"), ("test", "5")):
        for label in ("left", "right"):
            (corpus / split / label).mkdir(parents=True)
            for n in numbers:
                (corpus / label / f"{n}.mp4").rename(corpus / split / label / f"{n}.mp4")
    for label in ("left", "right"):
        (corpus / label).rmdir()
        (corpus / "test" / label / "5.mp4").write_text("text")
    with pytest.raises(UserError, match=r"official split test can be used; the first is .*test/left/5\.mp4: It cannot"):
        run(corpus, corpus_config(path=corpus), tmp_path)
    (corpus / "test").rename(tmp_path / "test")
    samples, _ = run(corpus, corpus_config(path=corpus), tmp_path)
    assert set(samples["split"]) == {"train", "val", "test"}


def test_files_of_a_table_that_may_not_be_looked_at_are_quarantined(corpus, tmp_path, corpus_config, forbid):
    rows = [(f"{label}/{n}.mp4", label) for n in range(6) for label in ("left", "right")]
    (corpus / "right" / "sub").mkdir()
    (corpus / "right" / "sub" / "9.mp4").write_bytes((corpus / "right" / "0.mp4").read_bytes())
    pd.DataFrame([*rows, ("right/sub/9.mp4", "right")], columns=["path", "label"]).to_csv(corpus / "manifest.csv")
    forbid("sub")
    samples, quarantine = run(corpus, corpus_config(path=corpus), tmp_path)
    assert len(samples) == 12
    assert quarantine[["reason", "detail"]].values.tolist() == [["unreadable", "It cannot be read: Permission denied."]]
