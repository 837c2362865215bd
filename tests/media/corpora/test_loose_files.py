"""Corpora that need no labels: loose files, tables without a column of labels; labels that there are are not read."""

import pytest

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.listing_checks import usable_rows
from seqpipe.media.corpora.reading import read_corpus
from seqpipe.modalities.text.modality import Text

FILES = Text.files


def splits(corpus):
    rows = usable_rows(corpus.listing)
    assert rows["label"].isna().all()
    return dict(zip(rows["id"], rows["split"], strict=True))


def test_every_file_at_any_depth_is_a_sample(tree, corpus_config):
    root = tree("a.txt", "b.md", "letters/c.txt", "letters/old/d.txt", "letters/picture.jpg")
    corpus = read_corpus(corpus_config(path=root), FILES, labelled=False)
    assert corpus.layout == "files"
    assert splits(corpus) == dict.fromkeys(("a.txt", "b.md", "letters/c.txt", "letters/old/d.txt"))


def test_one_folder_is_enough_and_no_class(tree, corpus_config):
    root = tree("texts/a.txt", "texts/b.txt")
    assert len(splits(read_corpus(corpus_config(path=root), FILES, labelled=False))) == 2
    with pytest.raises(UserError, match="At least two classes"):
        read_corpus(corpus_config(path=root), FILES)


def test_folders_called_like_splits_are_splits_where_one_is_for_training(tree, corpus_config):
    root = tree("train/a.txt", "train/en/b.txt", "dev/c.txt", "test/d.txt", "other/e.txt")
    found = splits(read_corpus(corpus_config(path=root), FILES, labelled=False))
    assert found == {
        "train/a.txt": "train",
        "train/en/b.txt": "train",
        "dev/c.txt": "val",
        "test/d.txt": "test",
        "other/e.txt": None,
    }
    alone = tree("b/test/a.txt", "b/notes/b.txt") / "b"
    assert set(splits(read_corpus(corpus_config(path=alone), FILES, labelled=False)).values()) == {None}


def test_a_table_needs_no_labels_and_those_it_has_are_not_read(tmp_path, corpus_config):
    (tmp_path / "texts.csv").write_text("text\nOne sentence.\nAnother one.\n")
    corpus = read_corpus(corpus_config(path=tmp_path / "texts.csv"), FILES, labelled=False)
    assert corpus.layout == "manifest"
    assert len(splits(corpus)) == 2
    (tmp_path / "texts.csv").write_text("text,label\nOne sentence.,a\nAnother one.,b\n")
    assert len(splits(read_corpus(corpus_config(path=tmp_path / "texts.csv"), FILES, labelled=False))) == 2


def test_where_labels_are_needed_loose_files_are_still_refused(tree, corpus_config):
    with pytest.raises(UserError, match="2 loose texts and no class folders"):
        read_corpus(corpus_config(path=tree("a.txt", "b.txt")), FILES)


def test_a_folder_without_texts_is_refused(tree, corpus_config):
    with pytest.raises(UserError, match="No texts were found"):
        read_corpus(corpus_config(path=tree("a.mp4")), FILES, labelled=False)
