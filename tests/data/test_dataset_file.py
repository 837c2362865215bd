"""D' of sentences in a file: samples with different numbers of them, of any script."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.models.conftest import make_dataset

from seqpipe.data import dataset_file
from seqpipe.data.dataset_file import ROWS_A_GROUP, digest_in, is_written, read_dataset, read_parts, write_dataset
from seqpipe.targets.sentences import SentenceTargets
from seqpipe.targets.vocabulary import Vocabulary

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
REFERENCES = st.lists(st.lists(TEXTS, min_size=1, max_size=4).map(tuple), min_size=1, max_size=6)
VOCABULARY = Vocabulary.learned(["a dog, 犬 — собака"], "words", True, 1, 100)


def with_references(references, vocabulary=VOCABULARY):
    n = len(references)
    bare = make_dataset(np.ones((n, 2, 3)), np.zeros(n), np.full(n, 2), ("none",))
    texts = {name: getattr(bare, name).astype(object) for name in ("ids", "groups", "splits")}
    return replace(bare, targets=SentenceTargets(tuple(references), vocabulary), **texts)


@settings(max_examples=25)
@given(REFERENCES)
def test_sentences_are_read_as_they_were_written_and_so_are_the_bytes(tmp_path_factory, references):
    folder, dataset = tmp_path_factory.mktemp("dataset"), with_references(references)
    write_dataset(dataset, folder / "a.parquet")
    again = read_dataset(folder / "a.parquet")
    assert again.targets.references == dataset.targets.references
    assert again.targets.vocabulary == VOCABULARY
    assert again.digest == dataset.digest == digest_in(folder / "a.parquet")
    assert is_written(again, folder / "a.parquet")
    write_dataset(again, folder / "b.parquet")
    assert (folder / "a.parquet").read_bytes() == (folder / "b.parquet").read_bytes()


def test_also_of_more_samples_than_a_group_of_rows_has(tmp_path, monkeypatch):
    references = [("one",) * (1 + n % 3) for n in range(2 * ROWS_A_GROUP + 5)]
    dataset, asked = with_references(references), []
    columns = SentenceTargets.columns
    monkeypatch.setattr(SentenceTargets, "columns", lambda self: asked.append(1) or columns(self))
    write_dataset(dataset, tmp_path / "d.parquet")
    assert len(asked) == 1, "once a file, not once a group of rows"
    assert read_dataset(tmp_path / "d.parquet").digest == dataset.digest
    parts = list(read_parts(tmp_path / "d.parquet", ("ids", "references")))
    assert [len(part["references"]) for part in parts] == [ROWS_A_GROUP, ROWS_A_GROUP, 5]


def test_pandas_reads_a_list_of_sentences_a_sample(tmp_path):
    write_dataset(with_references([("a dog", "犬"), ("собака",)]), tmp_path / "d.parquet")
    read = pd.read_parquet(tmp_path / "d.parquet")
    assert [list(of) for of in read["references"]] == [["a dog", "犬"], ["собака"]]
    assert read.attrs["vocabulary"]["tokens"] == list(VOCABULARY.tokens)
    assert "t" not in read, "it follows from the references and the vocabulary"


def test_another_vocabulary_is_another_file(tmp_path):
    dataset = with_references([("a dog",)])
    write_dataset(dataset, tmp_path / "d.parquet")
    other = replace(VOCABULARY, tokens=VOCABULARY.tokens[:-1])
    assert not is_written(with_references([("a dog",)], other), tmp_path / "d.parquet")


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.float64])
def test_numbers_of_any_kind_are_kept(dtype):
    for values in (np.ones(3, dtype), np.ones((3, 2), dtype)):
        kind = dataset_file._type_of(values)
        assert (kind if values.ndim == 1 else kind.value_type).to_pandas_dtype() == dtype
