"""Listed clips that lie where nobody may look."""

from __future__ import annotations

import pytest

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.reading import read_corpus

UCF = ("UCF-101/Walk/v_Walk_g01_c01", "UCF-101/Walk/v_Walk_g02_c01", "UCF-101/Run/v_Run_g01_c01")
UCF += ("UCF-101/Run/v_Run_g02_c01", "UCF-101/Jump/v_Jump_g01_c01", "UCF-101/Jump/v_Jump_g02_c01")


@pytest.fixture
def ucf(tree):
    """UCF101's folders and lists: a clip of three classes on each side, a file or a folder of frames."""

    def make(inside: str = ".avi"):
        root = tree(*(f"{clip}{inside}" for clip in UCF), "lists/x")
        for side, group in (("train", "g01"), ("test", "g02")):
            lines = [clip.removeprefix("UCF-101/") for clip in UCF if group in clip]
            (root / f"lists/{side}list01.txt").write_text("".join(f"{line}.avi\n" for line in lines))
        return root

    return make


@pytest.fixture
def hmdb(tree):
    root = tree("walk/a.avi", "walk/b.avi", "run/c.avi", "run/d.avi", "jump/e.avi", "jump/f.avi")
    for label, lines in (("walk", "a.avi 1\nb.avi 2\n"), ("run", "c.avi 1\nd.avi 2\n"), ("jump", "e.avi 1\nf.avi 2\n")):
        (root / f"{label}_test_split1.txt").write_text(lines)
    return root


@pytest.mark.parametrize("listed", [False, True])
def test_clips_of_a_class_folder_that_cannot_be_read_are_quarantined(ucf, read, forbid, caplog, listed):
    root = ucf()
    forbid("Walk", listed=listed)
    corpus = read(root)
    assert corpus.layout == "ucf101_lists"
    assert corpus.rejected == dict.fromkeys([f"{clip}.avi" for clip in UCF[:2]], "unreadable")
    assert set(corpus.samples) == {f"{clip}.avi" for clip in UCF[2:]}
    assert (
        "For the quarantine as unreadable: 2, such as UCF-101/Walk/v_Walk_g01_c01.avi: The folder cannot" in caplog.text
    )


def test_frames_of_a_clip_that_cannot_be_read_are_quarantined(ucf, read, forbid):
    root = ucf("/1.jpg")
    forbid("v_Walk_g01_c01")
    listed = read(root)
    assert listed.rejected == {"UCF-101/Walk/v_Walk_g01_c01": "unreadable"}
    assert len(listed.samples) == 5


def test_clips_of_hmdb51_that_cannot_be_read_are_quarantined(hmdb, read, forbid):
    forbid("walk")
    listed = read(hmdb)
    assert listed.layout == "hmdb51_lists"
    assert listed.rejected == {"walk/a.avi": "unreadable", "walk/b.avi": "unreadable"}
    assert {split for _, _, split in listed.samples.values()} == {"train", "test"}


def test_a_clip_is_not_taken_from_another_class_where_its_own_cannot_be_read(hmdb, read, forbid):
    (hmdb / "extra").mkdir()
    (hmdb / "extra" / "a.avi").touch()
    forbid("walk")
    assert read(hmdb).rejected == {"walk/a.avi": "unreadable", "walk/b.avi": "unreadable"}


def test_lists_of_which_one_class_is_left_say_what_was_rejected(ucf, corpus_config, forbid):
    root = ucf()
    forbid("Walk", "Run")
    with pytest.raises(UserError, match=r"only 'Jump'. For the quarantine as unreadable: 4, .*Permission denied"):
        read_corpus(corpus_config(path=root))


def test_a_folder_that_holds_all_classes_and_cannot_be_read_is_named(ucf, corpus_config, forbid, caplog):
    root = ucf()
    forbid("UCF-101")
    unread = rf"1 folder\(s\) cannot be read, such as {root}/UCF-101: The folder cannot be read: Permission denied"
    with pytest.raises(UserError, match=f"None of the 6 samples .* {unread}"):
        read_corpus(corpus_config(path=root))
    assert f"such as {root}/UCF-101: The folder cannot be read" in caplog.text


def test_a_side_of_the_lists_that_cannot_be_read_stops_the_run(tree, corpus_config, forbid):
    root = tree(
        "Walk/v_Walk_g01_c01.avi", "Run/v_Run_g01_c01.avi", "Walk/v_Walk_g02_c01/1.jpg", "Run/v_Run_g02_c01/1.jpg"
    )
    (root / "trainlist01.txt").write_text("Walk/v_Walk_g01_c01.avi\nRun/v_Run_g01_c01.avi\n")
    (root / "testlist01.txt").write_text("Walk/v_Walk_g02_c01.avi\nRun/v_Run_g02_c01.avi\n")
    forbid("v_Walk_g02_c01", "v_Run_g02_c01")
    with pytest.raises(UserError, match="Nothing of the official split test can be used"):
        read_corpus(corpus_config(path=root))
