"""Folders as they are found on disks, read through the layouts of folders."""

from __future__ import annotations

import logging

import pytest

from seqpipe.core.errors import UserError
from seqpipe.media.corpora import walk


def test_links_are_followed_but_each_real_folder_is_read_once(tree, tmp_path, read):
    root = tree("corpus/a/1.mp4", "corpus/b/2.mp4", "elsewhere/x/3.mp4", "elsewhere/4.mp4") / "corpus"
    (root / "a" / "up").symlink_to(root)
    (root / "a" / "again").symlink_to(root / "a")
    (root / "c").symlink_to(tmp_path / "elsewhere" / "x")
    (root / "d").symlink_to(tmp_path / "elsewhere" / "x")
    (root / "e").symlink_to(root / "b")
    (root / "f").symlink_to(tmp_path / "elsewhere")
    listed = read(root)
    assert list(listed.samples) == ["a/1.mp4", "b/2.mp4", "c/3.mp4", "f/4.mp4"]
    assert listed.rejected == dict.fromkeys(["a/again", "a/up", "d", "e", "f/x"], "repeated")


def test_links_to_hidden_stores_are_no_repetition(tree, read):
    root = tree(".store/x/1.mp4", "b/2.mp4")
    (root / "a").symlink_to(".store/x")
    assert read(root).samples.keys() == {"a/1.mp4", "b/2.mp4"}


def test_a_split_that_links_to_another_is_read_once(tree, read):
    root = tree("train/a/1.jpg", "train/b/2.jpg", "test/a/3.jpg", "test/b/4.jpg")
    (root / "val").symlink_to("test")
    listed = read(root)
    assert {split for _, _, split in listed.samples.values()} == {"train", "test"}
    assert listed.rejected == {"val": "repeated"}


def test_splits_made_of_links_into_a_folder_beside_them(tree, read):
    root = tree("all/a/1.jpg", "all/b/1.jpg", "all/a/2.jpg", "all/b/2.jpg")
    for split, name in (("train", "1.jpg"), ("test", "2.jpg")):
        for label in ("a", "b"):
            (root / split / label).mkdir(parents=True)
            (root / split / label / name).symlink_to(root / "all" / label / name)
    listed = read(root)
    assert list(listed.samples) == ["test/a/2.jpg", "test/b/2.jpg", "train/a/1.jpg", "train/b/1.jpg"]
    assert listed.rejected == {"all": "label_unknown"}


def test_what_systems_leave_is_passed_over_and_told_in_one_line(tree, read, caplog):
    thumbnails = [f"{label}/@eaDir/1.mp4/SYNOVIDEO_VIDEO_SCREENSHOT.jpg" for label in ("a", "b")]
    root = tree("a/1.mp4", "b/1.mp4", *thumbnails, "#recycle/2.mp4", "lost+found/3.mp4", "a/Thumbs.db", ".DS_Store")
    with caplog.at_level(logging.INFO):
        listed = read(root)
    assert list(listed.samples) == ["a/1.mp4", "b/1.mp4"]
    assert not listed.rejected
    assert f"Passed over in {root}: 6 entries hidden or of a system or tool: @eaDir (2)," in caplog.text


def test_lost_and_found_may_be_unreadable(tree, read, forbid):
    forbid("lost+found")
    assert list(read(tree("a/1.mp4", "b/1.mp4", "lost+found/x/1.mp4")).samples) == ["a/1.mp4", "b/1.mp4"]


@pytest.mark.parametrize("listed", [False, True])
def test_other_unreadable_folders_are_quarantined(tree, read, forbid, listed):
    forbid("c", "clip2", listed=listed)
    corpus = read(tree("a/1.mp4", "b/clip1/1.jpg", "b/clip2/1.jpg", "c/1.mp4", "c/sub/2.mp4"))
    assert list(corpus.samples) == ["a/1.mp4", "b/clip1"]
    assert corpus.rejected == {"b/clip2": "unreadable", "c": "unreadable"}


@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_an_official_split_that_cannot_be_read_stops_the_run(tree, read, forbid, split, listed):
    root = tree(*(f"{side}/{label}/1.mp4" for side in ("train", "val", "test") for label in ("a", "b")))
    forbid(split, listed=listed)
    with pytest.raises(
        UserError, match=f"Nothing of the official split {split} can be used.*Permission denied"
    ) as stop:
        read(root)
    assert str(root / split) in str(stop.value)


def test_an_official_split_inside_the_classes_that_cannot_be_read_stops_the_run(tree, read, forbid):
    root = tree(*(f"{label}/{side}/1.mp4" for side in ("train", "test") for label in ("a", "b")))
    forbid("test")
    with pytest.raises(UserError, match="Nothing of the official split test can be used"):
        read(root)


def test_a_class_of_a_split_that_cannot_be_read_is_quarantined(tree, read, forbid):
    root = tree(*(f"{side}/{label}/1.mp4" for side in ("train", "test") for label in ("a", "b", "c")))
    forbid("c")
    listed = read(root)
    assert listed.rejected == {"train/c": "unreadable", "test/c": "unreadable"}
    assert {split for _, _, split in listed.samples.values()} == {"train", "test"}


def test_a_layout_that_is_doubted_for_what_cannot_be_read_says_so(tree, read, forbid):
    root = tree(*(f"{label}/{side}/1.mp4" for side in ("train", "test") for label in ("a", "b")))
    forbid("a")
    with pytest.raises(UserError, match=r"not every folder does so.*\(What cannot be read may be why: a\.\)"):
        read(root)


def test_a_corpus_that_may_not_be_read_is_answered_with_a_sentence(tree, read, monkeypatch):
    monkeypatch.setattr(walk.os, "access", lambda *asked: False)
    with pytest.raises(UserError, match="cannot be read: mend its permissions"):
        read(tree("a/1.mp4", "b/1.mp4"))
