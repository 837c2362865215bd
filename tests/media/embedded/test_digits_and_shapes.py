from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from seqpipe.config import DigitsAndShapesConfig
from seqpipe.core.errors import UserError
from seqpipe.media.corpora.reading import read_corpus
from seqpipe.media.embedded.digits import PARTS, digit_images
from seqpipe.media.embedded.digits_and_shapes import CLASSES, DIGITS, write_digits_and_shapes
from seqpipe.media.embedded.stills import SHAPES
from seqpipe.media.ingest import ingest
from seqpipe.modalities.pictures import Pictures
from seqpipe.tasks.classification import Classification

SMALL = DigitsAndShapesConfig(size=32, train_per_class=3, val_per_class=2, test_per_class=1)


def digests(folder: Path) -> dict[str, str]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> tuple[Path, pd.DataFrame]:
    """More pictures of each digit than there are images, so that images come twice: the folder and its manifest."""
    config = DigitsAndShapesConfig(size=32, train_per_class=55, val_per_class=28, test_per_class=28)
    manifest = write_digits_and_shapes(tmp_path_factory.mktemp("whole") / "a", config, seed=1)
    return manifest.parent, pd.read_csv(manifest)


def test_the_corpus_is_byte_identical_for_a_seed_and_another_for_another(tmp_path):
    first = write_digits_and_shapes(tmp_path / "a", SMALL, seed=3).parent
    second = write_digits_and_shapes(tmp_path / "b", SMALL, seed=3).parent
    other = write_digits_and_shapes(tmp_path / "c", SMALL, seed=4).parent
    assert len(digests(first)) == len(CLASSES) * 6 + 2
    assert digests(first) == digests(second)
    pictures = [{digest for name, digest in digests(f).items() if name.endswith(".png")} for f in (first, other)]
    assert len(pictures[0]) == len(pictures[1]) == len(CLASSES) * 6
    assert pictures[0].isdisjoint(pictures[1])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b", "c"]


def test_what_is_there_is_left_alone_and_what_differs_is_replaced(tmp_path):
    manifest = write_digits_and_shapes(tmp_path / "a", SMALL, seed=3)
    written = manifest.stat().st_mtime_ns
    assert write_digits_and_shapes(tmp_path / "a", SMALL, seed=3).stat().st_mtime_ns == written
    (tmp_path / "a/star/train_0000.png").unlink()
    write_digits_and_shapes(tmp_path / "a", SMALL, seed=3)
    assert (tmp_path / "a/star/train_0000.png").is_file()
    fewer = SMALL.model_copy(update={"train_per_class": 1})
    table = pd.read_csv(write_digits_and_shapes(tmp_path / "a", fewer, seed=3))
    assert (table["split"] == "train").sum() == len(CLASSES)
    assert not (tmp_path / "a/star/train_0001.png").exists()


def test_foreign_files_are_not_overwritten(tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(UserError, match="not digits and shapes"):
        write_digits_and_shapes(tmp_path, SMALL, seed=3)
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_every_class_has_as_many_pictures(whole):
    table = whole[1]
    assert list(table.columns) == ["path", "label", "split", "group"]
    counts = pd.crosstab(table["label"], table["split"])
    assert sorted(counts.index) == sorted(CLASSES)
    assert (counts["train"] == 55).all()
    assert (counts["val"] == 28).all()
    assert (counts["test"] == 28).all()


def test_no_digit_image_and_no_writer_is_on_two_sides_nor_in_the_source(whole):
    digits = whole[1][whole[1]["label"].str.isdigit()]
    for part in ("train", "val", "test"):
        rows = digits[digits["split"] == part]
        indices = rows["group"].str.removeprefix("digit_").astype(int)
        first, end = PARTS[part]
        assert indices.between(first, end - 1).all()
        assert not indices.between(*PARTS["source"], inclusive="left").any()
        labels = digit_images(part)[1][indices - first]
        assert labels.astype(str).tolist() == rows["label"].tolist()
        dealt = rows["group"].value_counts()
        assert len(dealt) == np.isin(digit_images(part)[1], DIGITS).sum()  # all of them before one comes twice
        assert dealt.max() <= 2


def test_each_shape_is_a_group_of_its_own(whole):
    table = whole[1]
    shapes = table[table["label"].isin(SHAPES)]
    assert shapes["group"].is_unique
    assert set(shapes["group"]).isdisjoint(table["group"].drop(shapes.index))


def test_pictures_are_colour_pngs_of_the_size_and_all_differ(whole):
    folder, table = whole
    contents = set()
    for path in table["path"]:
        with Image.open(folder / path) as image:
            assert (image.format, image.mode, image.size) == ("PNG", "RGB", (32, 32))
            contents.add(image.tobytes())
    assert len(contents) == len(table)


def test_the_corpus_is_read_as_images_and_nothing_is_quarantined(tmp_path, corpus_config):
    config = corpus_config(path=write_digits_and_shapes(tmp_path / "a", SMALL, seed=3))
    corpus = read_corpus(config)
    assert corpus.layout == "manifest"
    assert set(corpus.listing["kind"]) == {"image"}
    samples, quarantine = ingest(
        corpus.listing, config, 0, tmp_path / "probes", Pictures(), "of pictures", Classification.strata
    )
    assert len(quarantine) == 0
    assert samples["split"].value_counts().to_dict() == {"train": 33, "val": 22, "test": 11}
    assert (samples["width"] == 32).all()
    assert (samples["length"] == 1).all()
