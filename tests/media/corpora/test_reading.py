from __future__ import annotations

import logging
from typing import get_args

import pytest

from seqpipe.config import LayoutName
from seqpipe.core.errors import UserError
from seqpipe.media.corpora.listing_checks import usable_rows
from seqpipe.media.corpora.reading import COLUMNS, LAYOUTS, read_corpus


def listed(corpus) -> dict[str, tuple]:
    rows = usable_rows(corpus.listing).itertuples()
    return {row.id: (row.kind, row.label, row.split, row.group) for row in rows}


def test_class_folders_of_videos_with_odd_files(tree, corpus_config, caplog):
    root = tree("jump/a.mp4", "jump/b.AVI", "run/c.mkv", "run/Thumbs.db", "run/notes.txt", "run/.hidden.mp4", "x.mp4")
    with caplog.at_level(logging.INFO):
        corpus = read_corpus(corpus_config(path=root))
    assert corpus.layout == "class_folders"
    assert list(corpus.listing.columns) == COLUMNS
    assert listed(corpus) == {
        "jump/a.mp4": ("video", "jump", None, None),
        "jump/b.AVI": ("video", "jump", None, None),
        "run/c.mkv": ("video", "run", None, None),
        "x.mp4": ("video", None, None, None),
    }
    assert corpus.listing["path"].tolist() == [str(root / name) for name in corpus.listing["id"]]
    assert f"Recognised {root} as folders of classes: 4 videos, 2 classes" in caplog.text
    assert "2 entries hidden or of a system or tool: .hidden.mp4, Thumbs.db" in caplog.text
    assert "1 entries beside the data: notes.txt" in caplog.text


def test_class_folders_of_images_and_audio(tree, corpus_config):
    root = tree("a/1.jpg", "a/2.png", "b/3.webp", "c/d.wav")
    kinds = {name: row[0] for name, row in listed(read_corpus(corpus_config(path=root))).items()}
    assert kinds == {"a/1.jpg": "image", "a/2.png": "image", "b/3.webp": "image", "c/d.wav": "video"}


def test_manifest_is_taken_before_class_folders(tree, corpus_config, caplog):
    root = tree("a/1.mp4", "a/2.mp4", "f/1.jpg")
    (root / "manifest.csv").write_text(
        "\ufeffpath, label,split,group,signer\na/1.mp4,x,Train,g1,jack\nf,y,test,,tom\ngone.mp4,,val,g2,\n",
        encoding="utf-8",
    )
    with caplog.at_level(logging.INFO):
        corpus = read_corpus(corpus_config(path=root))
    assert corpus.layout == "manifest"
    assert listed(corpus) == {
        "a/1.mp4": ("video", "x", "train", "g1"),
        "f": ("frames", "y", "test", None),
        "gone.mp4": ("video", None, "val", "g2"),
    }
    assert "taken before its folders" in caplog.text
    assert read_corpus(corpus_config(path=root, layout="class_folders")).layout == "class_folders"


def test_a_manifest_whose_lines_end_in_commas(tree, corpus_config):
    root = tree("one.mp4", "two.mp4")
    (root / "manifest.csv").write_text("path,label\none.mp4,a,\ntwo.mp4,1,\n")
    assert {name: row[1] for name, row in listed(read_corpus(corpus_config(path=root))).items()} == {
        "one.mp4": "a",
        "two.mp4": "1",
    }
    (root / "manifest.csv").write_text("path,label,group\none.mp4,a\ntwo.mp4,b,\n")
    assert [row[3] for row in listed(read_corpus(corpus_config(path=root))).values()] == [None, None]


def test_a_manifest_file_by_its_name(tree, corpus_config):
    root = tree("one.mp4", "two.mp4")
    (root / "labels.csv").write_text("path,label\none.mp4,NA\ntwo.mp4,null\n")
    corpus = read_corpus(corpus_config(path=root / "labels.csv"))
    assert corpus.root == root
    assert corpus.listing["label"].tolist() == ["NA", "null"]


def test_ucf101_lists(tree, corpus_config):
    root = tree(
        "UCF-101/Jump/v_Jump_g08_c01.avi",
        "UCF-101/Run/v_Run_g01_c02.avi",
        "lists/classInd.txt",
    )
    (root / "lists/trainlist01.txt").write_text("Jump/v_Jump_g08_c01.avi 1\n")
    (root / "lists/testlist01.txt").write_text("Run/v_Run_g01_c02.avi\nRun/v_Run_g02_c01.avi\n")
    (root / "lists/testlist02.txt").write_text("Jump/v_Jump_g08_c01.avi\n")
    corpus = read_corpus(corpus_config(path=root))
    assert corpus.layout == "ucf101_lists"
    assert listed(corpus) == {
        "UCF-101/Jump/v_Jump_g08_c01.avi": ("video", "Jump", "train", "Jump_g08"),
        "UCF-101/Run/v_Run_g01_c02.avi": ("video", "Run", "test", "Run_g01"),
        "Run/v_Run_g02_c01.avi": ("video", "Run", "test", "Run_g02"),
    }


def test_hmdb51_lists(tree, corpus_config):
    root = tree("videos/brush_hair/a.avi", "videos/brush_hair/b.avi", "videos/wave/a.avi")
    (root / "splits").mkdir()
    (root / "splits/brush_hair_test_split1.txt").write_text("a.avi 1 \nb.avi 2 \nc.avi 0 \n")
    (root / "splits/wave_test_split1.txt").write_text("a.avi 1 \n")
    corpus = read_corpus(corpus_config(path=root))
    assert corpus.layout == "hmdb51_lists"
    assert listed(corpus) == {
        "videos/brush_hair/a.avi": ("video", "brush_hair", "train", None),
        "videos/brush_hair/b.avi": ("video", "brush_hair", "test", None),
        "videos/wave/a.avi": ("video", "wave", "train", None),
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("text,label\na.mp4,x\n", "lacks path and has: text, label"),
        ("path label\na.mp4 x\n", "lacks path and label and has: path label"),
        ("path,label,split\na.mp4,x,holdout\n", "Unknown split 'holdout' in line 2"),
        ("path,label\na.mp4,x\na.mp4,y\n", "twice"),
        ("path,label\na.mp4,x,train\nb.mp4,y,test\n", "more cells than its header"),
        ("path,label\n,x\n", "Line 2 .* no path"),
        ("path,label\na.mp4,x\nb.mp4,x\n", "only 'x'"),
        ("path,label\n", "No videos or images"),
        ("path,label\nc.mp4,x\nd.mp4,y\n", r"None of the 2 samples .* looked for at .*c\.mp4"),
        ("", "is empty"),
    ],
)
def test_a_manifest_that_cannot_be_used(tree, tmp_path, corpus_config, text, sentence):
    tree("a.mp4", "b.mp4")
    (tmp_path / "manifest.csv").write_text(text)
    with pytest.raises(UserError, match=sentence):
        read_corpus(corpus_config(path=tmp_path))


def test_no_corpus(tree, tmp_path, corpus_config):
    with pytest.raises(UserError, match="does not exist"):
        read_corpus(corpus_config(path=tmp_path / "nowhere"))
    with pytest.raises(UserError, match="is empty: name a folder"):
        read_corpus(corpus_config())
    tree("a.mp4", "b.mp4")
    with pytest.raises(UserError, match="2 loose video or image files"):
        read_corpus(corpus_config(path=tmp_path))
    with pytest.raises(UserError, match="single file"):
        read_corpus(corpus_config(path=tmp_path / "a.mp4"))
    tree("only/a.mp4")
    with pytest.raises(UserError, match="only 'only'"):
        read_corpus(corpus_config(path=tmp_path))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_answers_an_empty_folder_with_a_sentence(tmp_path, corpus_config, layout):
    with pytest.raises(UserError):
        read_corpus(corpus_config(path=tmp_path, layout=layout))


def test_every_layout_may_be_asked_for_by_name():
    assert set(LAYOUTS) == set(get_args(LayoutName))


def test_a_table_of_files_that_may_not_be_looked_at_lists_them_for_probing_to_say_so(tree, corpus_config, forbid):
    root = tree("a/b/1.mp4", "a/b/2.mp4", "c/3.mp4", "c/4.mp4")
    (root / "manifest.csv").write_text("path,label\na/b/1.mp4,x\na/b/2.mp4,y\nc/3.mp4,x\nc/4.mp4,y\n")
    forbid("a")
    assert len(listed(read_corpus(corpus_config(path=root)))) == 4
    (root / "manifest.csv").write_text("path,label\na/b/1.mp4,x\na/b/2.mp4,y\n")
    assert len(listed(read_corpus(corpus_config(path=root)))) == 2
