"""Which layout a corpus of sentences has."""

from __future__ import annotations

from typing import get_args

import pandas as pd
import pytest

from seqpipe.config import ReferenceLayoutName
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import samples_digest
from seqpipe.media.corpora.reading import read_corpus
from seqpipe.media.ingest import ingest
from seqpipe.media.references.reading import REFERENCE_LAYOUTS, read_references
from seqpipe.modalities.pictures import Pictures


def test_every_layout_has_a_name_of_the_parameters():
    assert set(REFERENCE_LAYOUTS) == set(get_args(ReferenceLayoutName))


def test_layouts_of_labels_and_of_sentences_are_not_taken_for_each_other(tmp_path, corpus_config):
    with pytest.raises(UserError, match=r"corpus\.layout class_folders tells no sentences"):
        read_references(corpus_config(path=tmp_path, layout="class_folders"))
    with pytest.raises(UserError, match=r"corpus\.layout pairs is one of sentences, which this pipeline does not read"):
        read_corpus(corpus_config(path=tmp_path, layout="pairs"))


@pytest.fixture
def captioned(tmp_path, corpus_config, write_picture):
    """Six images with two captions each, one image twice, one broken and one missing: (samples, quarantine)."""
    lines = ["path,caption"]
    for number in range(6):
        write_picture(tmp_path / f"{number}.png", number)
        lines += [f"{number}.png,number {number}", f"{number}.png,a {number}"]
    write_picture(tmp_path / "again.png", 0)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    lines += ["again.png,once more", "broken.png,nothing", "gone.png,nowhere"]
    (tmp_path / "captions.csv").write_text("\n".join(lines) + "\n")
    config = corpus_config(path=tmp_path)
    listing = read_references(config).listing
    return ingest(listing, config, 0, tmp_path / "p", Pictures(), "of pictures", lambda _: None, labelled=False)


def test_ingest_hands_the_references_on(captioned, tmp_path):
    samples, quarantine = captioned
    by_id = samples.set_index("id")
    assert by_id.at["3.png", "references"] == ["number 3", "a 3"]
    assert (samples["label"] == "").all()
    assert by_id.at["again.png", "group"] == by_id.at["0.png", "group"]
    assert by_id.at["again.png", "split"] == by_id.at["0.png", "split"]
    assert quarantine["path"].str.rpartition("/")[2].tolist() == ["broken.png", "gone.png"]
    assert set(quarantine["reason"]) == {"unreadable"}
    assert set(samples["split"]) == {"train", "val", "test"}


def test_the_digest_of_samples_covers_the_references_also_from_disk(captioned, tmp_path):
    samples, _ = captioned
    samples.to_parquet(tmp_path / "samples.parquet")
    assert samples_digest(pd.read_parquet(tmp_path / "samples.parquet")) == samples_digest(samples)
    other = samples.assign(references=[["another", *told[1:]] for told in samples["references"]])
    assert samples_digest(other) != samples_digest(samples) != samples_digest(samples.drop(columns="references"))
