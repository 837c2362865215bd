"""Uploads: streamed to a file that goes away with the request, whatever becomes of it."""

from __future__ import annotations

import mimetypes
import os
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import unquote

from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from seqpipe.serving.body import Body
from seqpipe.serving.limits import Limits
from seqpipe.serving.multipart import OneFile
from seqpipe.serving.refused import Refused

UNNAMED = "file"
LONGEST_NAME = 200
FILE_NAME_HEADER = "x-file-name"
ENDING = re.compile(r"\.[a-z0-9_]{1,12}")


class Upload(NamedTuple):
    """A file that has arrived: where it lies, and what the client calls it."""

    path: Path
    name: str


@asynccontextmanager
async def uploaded(
    request: Request, body: Body, called: str | None, limits: Limits, folder: Path
) -> AsyncIterator[Upload]:
    """The file of a request, in a folder of its own, until the block ends.

    The body is ``multipart/form-data`` with one part ``file``, or the file itself; then it is ``called`` so, or named
    by the header ``X-File-Name``, or by what ``Content-Type`` says that it is.

    Raises:
        Refused: It is empty, too large or too slow, or there is not one file.
    """
    _check_declared(request, limits)
    with _own_folder(folder) as own:
        raw = own / "upload"
        try:
            name = await _received(request, body, called, limits, raw)
        except OSError as error:
            told = f"The server cannot keep the file ({error.strerror}); ask again later."
            raise Refused(507, "no_space", told) from None
        if not raw.stat().st_size:
            raise Refused(422, "empty", "The file is empty (0 bytes); send a file.")
        path = own / f"file{ending_of(name)}"
        os.rename(raw, path)
        yield Upload(path, name)


def ending_of(name: str) -> str:
    """The ending of a client's name, in lower case; empty where it has none that an ending is like."""
    ending = os.path.splitext(name)[1].casefold().strip()
    return ending if ENDING.fullmatch(ending) else ""


@contextmanager
def _own_folder(folder: Path) -> Iterator[Path]:
    own = folder / uuid.uuid4().hex
    own.mkdir(mode=0o700)
    try:
        yield own
    finally:
        # Not shutil.rmtree: what is in it is known, and a request that is cancelled waits for nothing.
        for file in own.iterdir():
            file.unlink(missing_ok=True)
        own.rmdir()


def _check_declared(request: Request, limits: Limits) -> None:
    declared = request.headers.get("content-length", "")
    # What multipart puts around a file is small.
    if declared.isdecimal() and int(declared) > limits.max_bytes + 2**16:
        raise too_large(limits)


def too_large(limits: Limits) -> Refused:
    """A file with more bytes than are allowed."""
    return Refused(413, "too_large", f"The file is larger than the {limits.max_mib:g} MiB that are allowed.")


async def _received(request: Request, body: Body, called: str | None, limits: Limits, path: Path) -> str:
    """Writes the file, and gives its name."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    with path.open("wb") as file:
        if kind == b"multipart/form-data":
            return await _of_form(body, limits, file, options.get(b"boundary", b""))
        async for chunk in body.chunks():
            file.write(chunk)
            if file.tell() > limits.max_bytes:
                raise too_large(limits)
    return printable(called or unquote(request.headers.get(FILE_NAME_HEADER, ""))) or _unnamed(kind.decode("latin-1"))


async def _of_form(body: Body, limits: Limits, file: BinaryIO, boundary: bytes) -> str:
    form = OneFile(boundary, file)
    async for chunk in body.chunks():
        form.write(chunk)
        if file.tell() > limits.max_bytes:
            raise too_large(limits)
    return printable(form.end()) or UNNAMED


def _unnamed(kind: str) -> str:
    return UNNAMED + (mimetypes.guess_extension(kind) or "")


def printable(name: str) -> str:
    """A client's name without folders and without what is no letter on a screen."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(letter for letter in last if letter.isprintable())[-LONGEST_NAME:].strip()
