"""Corpora whose labels stand within the videos, in every form that annotations come in."""

from pathlib import Path

import pytest

from seqpipe.core.errors import UserError
from seqpipe.media.annotations import Mark, Marks
from seqpipe.media.corpora.annotated import read_annotated
from seqpipe.media.corpora.elan import write_eaf
from seqpipe.media.frames import InvalidSample

SEGMENTS = "path,start_s,end_s,label,split,group\na.mp4,0,1,walk,train,x\na.mp4,1,2,run,train,x\nb.mp4,0,1,run,test,y\n"


@pytest.fixture
def folder(tmp_path):
    """Three videos, which nobody opens here."""
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        (tmp_path / name).write_bytes(b"-")
    return tmp_path


def names(corpus):
    return [(row.path.name, row.label, row.split, row.group) for row in corpus.rows]


def test_the_table_of_a_folder_is_known_by_its_columns(folder, caplog):
    (folder / "notes.csv").write_text("who,when\nme,now\n")
    (folder / "mine.csv").write_text(SEGMENTS)
    corpus = read_annotated(folder)
    assert names(corpus) == [("a.mp4", None, "train", "x"), ("b.mp4", None, "test", "y")]
    assert corpus.marks[folder / "a.mp4"] == Marks((Mark(0, 1, "walk"), Mark(1, 2, "run")), "seconds")
    assert "1 video(s) are annotated nowhere and not used: c.mp4" in caplog.text


def test_of_several_tables_one_must_be_named(folder):
    for name in ("mine.csv", "yours.csv"):
        (folder / name).write_text(SEGMENTS)
    with pytest.raises(UserError, match=r"several tables of annotations \(mine\.csv, yours\.csv\)"):
        read_annotated(folder)
    assert len(read_annotated(folder / "yours.csv").rows) == 2


def test_a_video_has_one_split(folder):
    (folder / "mine.csv").write_text(SEGMENTS.replace("run,train", "run,test"))
    with pytest.raises(UserError, match=r"gives a\.mp4 more than one split"):
        read_annotated(folder)


def test_paths_of_another_machine_are_found_by_name(folder):
    header = "Observation id,Media file name,Subject,Behavior,Behavior type,Start (s),Stop (s)\n"
    (folder / "boris.csv").write_text(header + r"o,C:\Users\me\videos\A.MP4,cow,eat,STATE,0,1" + "\n")
    assert read_annotated(folder).marks == {folder / "a.mp4": Marks((Mark(0, 1, "eat"),), "seconds")}


def test_elan_files_lie_beside_their_videos(folder):
    write_eaf(folder / "one.eaf", Path("/elsewhere/a.mp4"), {"tier": [Mark(0, 1, "walk")]})
    corpus = read_annotated(folder)
    assert corpus.marks == {folder / "a.mp4": Marks((Mark(0, 1, "walk"),), "seconds")}


def test_a_text_beside_a_video_has_a_label_a_frame(folder):
    (folder / "labels").mkdir()
    (folder / "labels" / "b.txt").write_text("walk\nwalk\n\nrun\n")
    corpus = read_annotated(folder)
    assert corpus.marks == {folder / "b.mp4": Marks((Mark(0, 2, "walk"), Mark(3, 4, "run")), "frames", "unlabelled")}


def test_one_video_annotated_wrongly_keeps_its_reason(folder):
    (folder / "mine.csv").write_text(SEGMENTS.replace("b.mp4,0", "b.mp4,soon"))
    marks = read_annotated(folder).marks[folder / "b.mp4"]
    assert isinstance(marks, InvalidSample)
    assert marks.reason == "annotation_invalid"


def test_a_folder_without_annotations_is_answered_with_what_is_known(folder):
    with pytest.raises(UserError, match=r"holds no annotations; expected a table .*start_s.*BORIS.*\.eaf"):
        read_annotated(folder)


def test_a_subject_or_a_tier_that_nothing_asks_for_is_refused(folder):
    write_eaf(folder / "one.eaf", Path("a.mp4"), {"tier": [Mark(0, 1, "walk")]})
    with pytest.raises(UserError, match=r"subject is 'cow', but .* is read as files of ELAN: leave it out"):
        read_annotated(folder, subject="cow")
    (folder / "mine.csv").write_text(SEGMENTS)
    with pytest.raises(
        UserError, match=r"frame_labels\.tier is 'one', but .*mine\.csv is no file of ELAN: leave it out"
    ):
        read_annotated(folder, tier="one")


def test_the_subject_of_an_export_is_chosen(folder):
    header = "Observation id,Media file name,Subject,Behavior,Behavior type,Start (s),Stop (s)\n"
    (folder / "boris.csv").write_text(header + "o,a.mp4,cow,eat,STATE,0,1\no,a.mp4,hen,peck,STATE,0.5,1\n")
    assert read_annotated(folder, subject="hen").marks == {folder / "a.mp4": Marks((Mark(0.5, 1, "peck"),), "seconds")}


def test_folders_that_cannot_be_read_are_told(folder, forbid, caplog):
    for name in ("shut", "open"):
        (folder / name).mkdir()
        (folder / name / "d.mp4").write_bytes(b"-")
    (folder / "mine.csv").write_text(SEGMENTS + "shut/d.mp4,0,1,run,test,z\n")
    forbid("shut")
    assert [row.path for row in read_annotated(folder).rows] == [
        folder / name for name in ("a.mp4", "b.mp4", "shut/d.mp4")
    ]
    assert f"The folder {folder / 'shut'} cannot be read (Permission denied)" in caplog.text
    (folder / "mine.csv").unlink()
    (folder / "a.txt").write_text("walk\n")
    assert names(read_annotated(folder)) == [("a.mp4", None, None, None)]
