from __future__ import annotations

import errno
from pathlib import Path

import pytest
from PIL import Image

from seqpipe.media.corpora.files import file_kind, folder_frames, suffix_kind, visible


def test_a_name_that_says_nothing_is_judged_by_the_first_bytes(tmp_path, write_video):
    Image.new("RGB", (4, 4)).save(tmp_path / "picture.png")
    Image.new("RGB", (4, 4)).save(tmp_path / "animation.gif")
    write_video(tmp_path / "clip.mp4")
    kinds = {}
    for name in ("picture.png", "animation.gif", "clip.mp4"):
        path = (tmp_path / name).rename(tmp_path / Path(name).stem)
        assert suffix_kind(path) is None
        kinds[path.name] = file_kind(path)
    assert kinds == {"picture": "image", "animation": "video", "clip": "video"}


def test_files_beside_the_data_have_no_kind(tmp_path):
    assert file_kind(tmp_path / "notes.txt") is None
    assert file_kind(tmp_path / "README") is None
    assert file_kind(tmp_path / "gone.xyz") == "video"


def test_frames_are_in_natural_order_without_what_lies_beside_them(tree):
    root = tree("f_2.jpg", "f_10.jpg", "f_1.jpg", "notes.txt", "sound.wav", ".hidden.jpg", "Thumbs.db", "sub/f_3.jpg")
    assert [frame.name for frame in folder_frames(root)] == ["f_1.jpg", "f_2.jpg", "f_10.jpg"]


def test_an_unreadable_folder_shows_nothing_and_has_no_frames(tmp_path, monkeypatch):
    def iterdir(folder):
        raise PermissionError(errno.EACCES, "Permission denied", str(folder))

    monkeypatch.setattr(Path, "iterdir", iterdir)
    assert visible(tmp_path) == []
    with pytest.raises(PermissionError):
        folder_frames(tmp_path)
