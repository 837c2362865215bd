"""Texts of these tests."""

import pytest

from seqpipe.config import TextConfig

GIVEN = {"level": "auto", "lowercase": True, "min_count": 1, "vocabulary": 100, "max_tokens": 50, "encoding": None}


@pytest.fixture
def text_config():
    return lambda **changes: TextConfig(**GIVEN | changes)


@pytest.fixture
def written(tmp_path):
    """Writes texts to files; gives (path, kind) of each."""

    def write(*texts: str | bytes) -> list[tuple[str, str]]:
        made = []
        for n, text in enumerate(texts):
            file = tmp_path / f"{n}.txt"
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
            made.append((str(file), "text"))
        return made

    return write
