from __future__ import annotations

import logging
import unicodedata

import pytest

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.manifests import is_manifest, read_manifest


@pytest.fixture
def manifest(tmp_path):
    """Writes a manifest beside six files."""
    for name in "abcdef":
        (tmp_path / f"{name}.mp4").touch()

    def write(text: str, name: str = "manifest.csv"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


@pytest.mark.parametrize(
    "header", ["path,label,Split", "PATH, Label ,subset", "file,class,set", "File Name,target,fold"]
)
@pytest.mark.parametrize(
    "words", [("train", "val", "test"), ("Training", " VAL", "TEST"), ("train", "dev", "Testing ")]
)
def test_columns_by_other_names(manifest, header, words, caplog):
    lines = [f"{name}.mp4,x,{word}" for name, word in zip("abc", words, strict=True)]
    with caplog.at_level(logging.INFO):
        rows = read_manifest(manifest("\n".join([header, *lines])))
    assert [(row.label, row.split) for row in rows] == [("x", "train"), ("x", "val"), ("x", "test")]
    assert "as split" in caplog.text
    assert "not read" not in caplog.text


def test_columns_that_are_not_read_are_named(manifest, caplog):
    with caplog.at_level(logging.INFO):
        rows = read_manifest(manifest("path,label,fold,start\na.mp4,x,1,0.5\nb.mp4,y,2,0.7\n"))
    assert [row.split for row in rows] == [None, None]
    assert "columns that are not read: fold, start" in caplog.text


def test_a_subject_is_a_group_where_no_split_is_given(manifest, caplog):
    text = "path,label,{}Subject\na.mp4,x,{}ann\nb.mp4,y,{}bob\nc.mp4,x,{}ann\n"
    assert [row.group for row in read_manifest(manifest(text.format(*[""] * 4)))] == ["ann", "bob", "ann"]
    rows = read_manifest(manifest(text.format("split,", "train,", "train,", "test,")))
    assert [row.group for row in rows] == [None] * 3
    assert "1 of 2 values of the column Subject, such as ann, are on more than one side" in caplog.text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("path,label,is_test\na.mp4,x,1\n", "no column split but is_test"),
        (
            "path,label,split1,split2\na.mp4,x,train,test\nb.mp4,x,test,train\n",
            "several columns for split: split1, split2",
        ),
        ("video,file,label\na.mp4,a.mp4,x\n", "several columns for path: video, file"),
        ("path,label,subset\na.mp4,x,holdout\n", "Unknown split 'holdout' in line 2"),
        (
            "path,label,start,end\na.mp4,x,0,1\na.mp4,x,1,2\n",
            "Lines 2 and 3 .* differ in start, end, which is not read",
        ),
        ("path,label,start\na.mp4,x,0\nA.MP4,y,1\n", "Lines 2 and 3 .* differ in start"),
        ("path,label,split\na.mp4,x,train\n./a.mp4,x,test\n", r"different words \(split train and test\)"),
    ],
)
def test_what_could_be_misread_is_refused(manifest, text, sentence):
    with pytest.raises(UserError, match=sentence):
        read_manifest(manifest(text))


@pytest.mark.parametrize("second", ["a.mp4", "./a.mp4", ".\\a.mp4", "A.mp4", "a.avi", "link.mp4"])
def test_one_file_in_two_spellings_is_one_sample(manifest, tmp_path, second, caplog):
    (tmp_path / "link.mp4").symlink_to(tmp_path / "a.mp4")
    with caplog.at_level(logging.INFO):
        rows = read_manifest(manifest(f"path,label\na.mp4,x\n{second},x\nb.mp4,y\n"))
    assert [row.path.name for row in rows] == ["a.mp4", "b.mp4"]
    assert "1 path(s) stand more than once in" in caplog.text


def test_words_equal_to_the_eye_are_equal(manifest):
    forms = [unicodedata.normalize(form, "é") for form in ("NFC", "NFD")]
    lines = [f"{name}.mp4,{label},{label}" for name, label in zip("ab", forms, strict=True)]
    rows = read_manifest(manifest("\n".join(["path,label,group", *lines])))
    assert [(row.label, row.group) for row in rows] == [("é", "é")] * 2


@pytest.mark.parametrize("name", ["labels.csv", "labels.TSV", "labels.txt", "Manifest.CSV", "manifest.tsv"])
def test_manifests_by_their_name(manifest, tmp_path, name):
    file = manifest("path\tlabel\na.mp4\tx\n", name)
    assert is_manifest(file)
    assert read_manifest(file)[0].label == "x"
    assert is_manifest(tmp_path) == name.lower().startswith("manifest")
    assert not is_manifest(tmp_path / "a.mp4")
