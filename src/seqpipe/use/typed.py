"""Texts that are typed rather than kept in files: each is a sample by itself."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from seqpipe.core.errors import UserError
from seqpipe.media.medium import FileTypes

TEXT = ".txt"
"""The ending of a file that holds one text."""


@contextmanager
def files_of_texts(texts: Sequence[str], files: FileTypes | None) -> Iterator[dict[str, str]]:
    """Files that hold these texts while the block runs: by the path of each, the text.

    Args:
        texts: As they were typed.
        files: Which files the model reads; None: videos and images.

    Raises:
        UserError: It reads no texts.
    """
    if texts and (files is None or TEXT not in files.kinds):
        reads = "videos and images" if files is None else files.words
        raise UserError(f"A text was given, and this model reads {reads}: name files of these.")
    with tempfile.TemporaryDirectory() as folder:
        digits = len(str(len(texts)))  # files are answered in the order of their names
        numbered = enumerate(texts, start=1)
        named = {str(Path(folder).absolute() / f"{number:0{digits}}{TEXT}"): text for number, text in numbered}
        for path, text in named.items():
            Path(path).write_text(text, encoding="utf-8")
        yield named
