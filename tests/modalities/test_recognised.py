"""Which modality a corpus is of, by what lies there."""

import logging

import pandas as pd
import pytest

from seqpipe.core.errors import UserError
from seqpipe.modalities.recognised import modality_named
from seqpipe.modalities.registry import MODALITIES


@pytest.fixture(autouse=True)
def tilt(monkeypatch, tilt):
    """That of another package, which reads tables of measurements as well, is there where a test asks for it."""
    monkeypatch.delitem(MODALITIES, "tilt")
    return tilt


def laid_out(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


@pytest.mark.parametrize(
    ("corpus", "modality"),
    [
        ({"path": None}, "auto"),
        ({"path": "builtin:distant_words"}, "text"),
        ({"path": "builtin:moving_digits"}, "pictures"),
        ({"path": "builtin:nothing"}, "pictures"),
        ({"path": "builtin:distant_words", "modality": "pictures"}, "pictures"),
        ({"path": "/nowhere"}, "pictures"),
    ],
)
def test_what_is_named_counts_and_embedded_ones_know_theirs(corpus, modality):
    assert modality_named({"modality": "auto"} | corpus) == modality


@pytest.mark.parametrize(
    ("files", "modality"),
    [
        ({"up/a.mp4": "", "down/b.mp4": ""}, "pictures"),
        ({"up/a.jpg": "", "up/a.txt": "a caption"}, "pictures"),
        ({"up/a.txt": "one", "down/b.txt": "two"}, "text"),
        ({"sentences.csv": "text,label\none,a\n"}, "text"),
        ({"atis.csv": "tokens,tags,intent\none,O,a\n"}, "text"),
        ({"manifest.csv": "path,label\na.mp4,a\n"}, "pictures"),
        ({"notes.pdf": ""}, "pictures"),
        ({".hidden/a.mp4": "", "up/a.txt": "one"}, "text"),
        ({"up/a.wav": "", "down/b.wav": "", "README.md": "beware"}, "audio"),
        ({"up/a.npy": "", "down/b.npy": "", "README.txt": "beware"}, "motion"),
        ({"up/a.npy": "", "up/a.txt": "labels", "up/b.txt": "labels", "up/c.txt": "labels"}, "motion"),
        ({"up/a.csv": "x,y\n1,2\n", "down/b.csv": "x,y\n1,2\n", "README.md": "beware"}, "motion"),
        ({"up/a.csv": "1,2\n3,4\n", "up/a.txt": "up up"}, "motion"),
        ({"up/a.txt": "one", "down/b.txt": "two", "metadata.csv": "id,year\n1,2\n"}, "text"),
        ({"clips/a.mp3": "", "test.tsv": "path\tsentence\na.mp3\thello\n"}, "audio"),
        ({"meta/list.csv": "filename,target\na.wav,0\n", "audio/a.wav": ""}, "audio"),
        ({"manifest.csv": "key,label\na,up\n", "s.npz": "", "README.md": "beware"}, "motion"),
        ({"manifest.csv": "key,label\na,up\n", "s.csv": "key,x\na,1\n"}, "motion"),
        ({"reviews.csv": "text,label\none,a\n", "README.md": "beware"}, "text"),
        ({"up/a": "", "down/b": "", "README.md": "beware"}, "pictures"),
        ({"up/a": "", "down/b": "", "labels.txt": "1", "classes.txt": "2", "notes.txt": "3"}, "pictures"),
        ({f"labels/{n}.txt": "" for n in range(5001)} | {"videos/a.mp4": ""}, "pictures"),
        ({"README.md": "beware"}, "pictures"),
        ({"manifest.csv": "path,sentence\ns/a.csv,JOHN SEE\n", "s/a.csv": "x,label\n1,_\n"}, "motion"),
        ({"pairs.csv": "source,target,split\neins,one,train\n"}, "text"),
        ({"train.tsv": "de\ten\neins\tone\n", "README.md": "beware"}, "text"),
        ({"deu.txt": "Go.\tGeh.\tCC\nHi.\tHallo.\tCC\n", "_about.txt": "beware"}, "text"),
        ({"pairs.tsv": "Go.\tGeh.\nHi.\tHallo.\n", "README.md": "beware"}, "text"),
        ({"train.de": "eins\n", "train.en": "one\n", "README.md": "beware"}, "text"),
        ({"up/a.csv": "ax,ay,az\n1,2,3\n", "up/b.csv": "az,ay,g\n1,2,3\n"}, "motion"),
    ],
)
def test_a_folder_tells_by_its_files_and_a_table_by_its_columns(files, modality, tmp_path):
    assert modality_named({"path": laid_out(tmp_path, files), "modality": "auto"}) == modality


def test_a_manifest_tells_by_the_files_that_it_lists(tmp_path):
    laid_out(tmp_path, {"lists/manifest.csv": "path,label\n../texts/a.txt,a\n", "lists/a.mp4": ""})
    assert modality_named({"path": tmp_path / "lists/manifest.csv", "modality": "auto"}) == "text"


@pytest.mark.parametrize(
    ("cells", "modality"),
    [
        ("path,sentence,label\na.wav,hello,x\n", "audio"),
        ("path,label\nup/a.npy,x\n", "motion"),
        ("path,label\nsequences.npz::a,x\n", "motion"),
        ("path,label\nrows.csv,x\n", "motion"),
        ("path,label\na.mp4,x\nb.wav,x\n", "pictures"),
        ("key,label\na,x\n", "motion"),
        ("sentence,label\none,x\n", "text"),
        ("path\tlabel\nrows.csv\tx\n", "motion"),
        ("Go.\tGeh.\nHi.\tHallo.\n", "text"),
    ],
)
def test_a_table_is_of_what_its_paths_end_in(cells, modality, tmp_path):
    laid_out(tmp_path, {"some.csv": cells, "rows.csv": "x,y\n1,2\n", "notes.txt": "beware"})
    assert modality_named({"path": tmp_path / "some.csv", "modality": "auto"}) == modality


def test_a_table_that_lists_nothing_is_of_what_lies_beside_it(tmp_path):
    laid_out(tmp_path, {"events.csv": "Subject,Behavior,Behavior type,Time\na,run,START,1\n", "a.mp4": ""})
    assert modality_named({"path": tmp_path / "events.csv", "modality": "auto"}) == "pictures"


@pytest.mark.parametrize(
    ("columns", "modality"),
    [
        ({"text": ["one"], "label": ["a"]}, "text"),
        ({"x": [1.0], "y": [2.0]}, "motion"),
        ({"path": ["a.flac"], "label": ["a"]}, "audio"),
    ],
)
def test_a_parquet_file_tells_by_its_schema(columns, modality, tmp_path, caplog):
    pd.DataFrame(columns).to_parquet(tmp_path / "t.parquet")
    for path in (tmp_path / "t.parquet", *([] if "path" in columns else [tmp_path])):
        assert modality_named({"path": path, "modality": "auto"}) == modality
    assert "UTF-8" not in caplog.text


@pytest.mark.parametrize(
    "files",
    [{"up/a.wav": "", "up/a.npy": ""}, {"a.wav": "", "texts.csv": "text,label\none,a\n"}],
)
def test_of_several_modalities_none_is_taken(files, tmp_path):
    with pytest.raises(UserError, match=r"several modalities, audio \(a\.wav\), .*: say by corpus\.modality which"):
        modality_named({"path": laid_out(tmp_path, files), "modality": "auto"})


def test_tables_that_two_modalities_read_are_of_none(tmp_path, tilt, monkeypatch):
    monkeypatch.setitem(MODALITIES, "tilt", tilt)
    with pytest.raises(UserError, match=r"motion \(a\.csv\), tilt \(a\.csv\)"):
        modality_named({"path": laid_out(tmp_path, {"up/a.csv": "x,y\n1,2\n"}), "modality": "auto"})


@pytest.mark.parametrize("files", [{"up/a.npy": ""}, {"up/a": ""}])
def test_what_is_taken_is_said(files, tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        taken = modality_named({"path": laid_out(tmp_path, files), "modality": "auto"})
    assert f"corpus.modality={taken}" in caplog.text
