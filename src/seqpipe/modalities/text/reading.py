"""The text of a sample: of a file, or of a cell of a table."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from seqpipe.media.corpora.tags import TAGS
from seqpipe.media.corpora.text_files import MARKED_ENCODINGS
from seqpipe.media.frames import InvalidSample
from seqpipe.media.parts.paths import Part, split_part
from seqpipe.media.parts.tables import CELL, known_columns, plain, read_cell

MOST_BYTES = 2**24
"""A larger file is no text that anybody has given a label."""
TOKENS = "tokens"
"""The column whose cells are tokens with blanks between."""


class SampleText(NamedTuple):
    """What a sample says, and whether it is tokens already, with blanks between."""

    text: str
    of_tokens: bool


def read_sample(path: str, encoding: str | None) -> SampleText:
    """The text of a file, or of a part of a table.

    Raises:
        InvalidSample: It is no text, is too large, or is in an encoding that nobody names.
        OSError: It cannot be read.
    """
    part = split_part(path)
    if part is None:
        return SampleText(_of_file(Path(path), encoding), of_tokens=False)
    return SampleText(read_cell(part.file, part.key), _is_of_tokens(part))


def _is_of_tokens(part: Part) -> bool:
    """Whether a cell is of tokens already: by its column's name, or because tags stand beside it, one for each."""
    cell = CELL.fullmatch(part.key)
    columns = {plain(name) for name in known_columns(part.file)}
    return cell is not None and (plain(cell["column"]) == TOKENS or TAGS in columns)


def _of_file(file: Path, encoding: str | None) -> str:
    with file.open("rb") as stream:
        data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise InvalidSample("too_large", f"It is larger than {MOST_BYTES >> 20} MiB; cut it into texts.")
    text = _decoded(data, encoding)
    if "\0" in text:
        raise InvalidSample("no_text", "It holds zero bytes, so it is no text.")
    return text


def _decoded(data: bytes, encoding: str | None) -> str:
    marked = next((name for mark, name in MARKED_ENCODINGS.items() if data.startswith(mark)), None)
    chosen = marked or encoding or "utf-8"
    try:
        return data.decode(chosen)
    except UnicodeDecodeError as error:
        if b"\0" in data and marked is None:
            raise InvalidSample("no_text", "It holds zero bytes, so it is no text.") from error
        raise InvalidSample(
            "unknown_encoding",
            f"Its byte {error.start} is not {chosen.upper()}; save it as UTF-8, or name its encoding by text.encoding.",
        ) from error
