"""Which modality a corpus is of, by what lies there."""

import pytest

from seqpipe.modalities.recognised import modality_named


def laid_out(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


@pytest.mark.parametrize(
    ("corpus", "modality"),
    [
        ({"path": None}, "pictures"),
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
    ],
)
def test_a_folder_tells_by_its_files_and_a_table_by_its_columns(files, modality, tmp_path):
    assert modality_named({"path": laid_out(tmp_path, files), "modality": "auto"}) == modality


def test_a_manifest_tells_by_the_files_that_it_lists(tmp_path):
    laid_out(tmp_path, {"lists/manifest.csv": "path,label\n../texts/a.txt,a\n", "lists/a.mp4": ""})
    assert modality_named({"path": tmp_path / "lists/manifest.csv", "modality": "auto"}) == "text"
