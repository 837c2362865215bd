from __future__ import annotations

import pytest

from seqpipe.media.corpora.names import is_image, is_side_file, is_system, is_video, promises_video


@pytest.mark.parametrize(
    "name",
    [
        *("@eaDir", "#recycle", "$RECYCLE.BIN", "lost+found", "System Volume Information", "__pycache__", "__MACOSX"),
        *(
            ".AppleDouble",
            "._a.mp4",
            "Thumbs.db",
            "desktop.ini",
            ".ipynb_checkpoints",
            ".DS_Store",
            "found.000",
            "~$a.doc",
        ),
    ],
)
def test_what_systems_and_tools_leave_is_known(name):
    assert is_system(name)


@pytest.mark.parametrize("name", ["walk", "lost", "found", "recycled", "thumbs", "a~b", "eaDir", "tmp", "train"])
def test_folders_with_such_words_are_data(name):
    assert not is_system(name)


@pytest.mark.parametrize(
    "name",
    ["README", "readme.1st", "LICENCE", "License-CC", "a.TXT", "a.json", "a.mp4.md5", "a.npy", "SHA256SUMS", "x.srt"],
)
def test_files_beside_the_data_are_known(name):
    assert is_side_file(name)


@pytest.mark.parametrize("name", ["a.h264", "a.xyz", "noext", "a.heic", "readme.mp4", "license.jpg", "a.part", "a.dat"])
def test_other_files_may_be_samples(name):
    assert not is_side_file(name)


def test_kinds_by_name():
    assert [is_video(name) for name in ("a.mp4", "a.H264", "a.gif", "a.ts ", "a.wav", "a.jpg", "a")] == [
        *(True, True, True, True),
        *(False, False, False),
    ]
    assert promises_video("a.wav")
    assert [is_image(name) for name in ("a.JPG", "a.avif", "a.heic", "a.qoi", "a.gif", "a.mpg", "a.h5")] == [
        *(True, True, True, True),
        *(False, False, False),
    ]
