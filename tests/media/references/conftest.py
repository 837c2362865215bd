"""Corpora of sentences, made of names and texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from seqpipe.config import CorpusConfig
from seqpipe.media.medium import FileTypes
from seqpipe.media.references.reading import read_references

TEXTS = FileTypes({".txt": "text"}, "texts", containers=frozenset([".csv", ".tsv"]), cells=("text", "sentence"))


@pytest.fixture
def lay(tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    """Writes files by their names."""

    def lay(files: dict[str, str]) -> Path:
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return lay


@pytest.fixture
def listed(corpus_config: Callable[..., CorpusConfig]) -> Callable[..., pd.DataFrame]:
    """Reads a corpus; each reject must come with a sentence."""

    def listed(path: Path, files: FileTypes | None = None, **changed: Any) -> pd.DataFrame:
        listing = read_references(corpus_config(path=path, **changed), files).listing
        assert listing["detail"].dropna().str.fullmatch(r"[A-Z].*\.").all()
        return listing

    return listed


@pytest.fixture
def pairs(listed: Callable[..., pd.DataFrame]) -> Callable[..., pd.DataFrame]:
    """Reads a corpus of texts."""
    return lambda path, **changed: listed(path, TEXTS, **changed)
