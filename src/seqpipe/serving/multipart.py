"""A form with one file, written to disk as it comes."""

from __future__ import annotations

from typing import BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from seqpipe.serving.refused import Refused

FIELD = "file"
LONGEST_HEADER = 4096


class OneFile:
    """Takes the body of a form part by part.

    Args:
        boundary: What lies between its parts.
        into: Where the bytes of the part ``file`` go.
    """

    def __init__(self, boundary: bytes, into: BinaryIO) -> None:
        self._into, self._name = into, ""
        self._seen, self._ended = 0, False
        self._field, self._value = b"", b""
        callbacks = {
            "on_part_begin": self._part_begins,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_ends,
            "on_headers_finished": self._headers_end,
            "on_part_data": lambda data, start, end: self._into.write(data[start:end]),
            "on_end": self._all_ends,
        }
        try:
            self._parser = MultipartParser(boundary, callbacks)  # type: ignore[arg-type]
        except FormParserError:
            raise _no_form() from None

    def write(self, chunk: bytes) -> None:
        """Takes a further piece of the body; raises Refused where it is no form of one file."""
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise _no_form() from None

    def end(self) -> str:
        """The file's name, once the body is complete; raises Refused where it is not."""
        if not self._ended:
            raise _no_form()
        if not self._seen:
            raise _not_one("it has none")
        return self._name

    def _part_begins(self) -> None:
        self._disposition = b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field = _longer(self._field, data[start:end])

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value = _longer(self._value, data[start:end])

    def _header_ends(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._disposition = self._value
        self._field, self._value = b"", b""

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._disposition)
        field = options.get(b"name", b"").decode("utf-8", "replace")
        if field != FIELD:
            raise _not_one(f"it has a field {field[:40]!r}")
        self._seen += 1
        if self._seen > 1:
            raise _not_one("it has several")
        self._name = options.get(b"filename", b"").decode("utf-8", "replace")

    def _all_ends(self) -> None:
        self._ended = True


def _longer(text: bytes, by: bytes) -> bytes:
    if len(text) + len(by) > LONGEST_HEADER:
        raise _no_form()
    return text + by


def _no_form() -> Refused:
    return Refused(422, "no_form", "The body is no whole multipart form, as when an upload breaks off; send it again.")


def _not_one(got: str) -> Refused:
    return Refused(422, "no_form", f"Expected a form with one field, the file as `{FIELD}`; {got}.")
