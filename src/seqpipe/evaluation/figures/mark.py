"""What a picture was drawn of, said in the PNG itself: wherever the file goes, it cannot be taken for another one's."""

from __future__ import annotations

import zlib

# A PNG begins with its signature and the chunk IHDR, always as long; the mark is the chunk behind it: a text, which
# viewers pass over.
SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = len(SIGNATURE) + 25
BEGIN = b"tEXtseqpipe of\0"


def is_png(data: object) -> bool:
    """Whether these are the bytes of a PNG, by how they begin."""
    return isinstance(data, bytes) and data.startswith(SIGNATURE)


def marked(png: bytes, of: str) -> bytes:
    """The picture with the digest of what it was drawn of."""
    chunk = BEGIN + of.encode("ascii")
    length = (len(chunk) - len(b"tEXt")).to_bytes(4)
    return png[:HEADER] + length + chunk + zlib.crc32(chunk).to_bytes(4) + png[HEADER:]


def mark_of(png: bytes) -> str:
    """The digest that `marked` gave the picture; empty where it has none."""
    start = HEADER + 4
    chunk = png[start : start + len(b"tEXt") + int.from_bytes(png[HEADER:start])]
    return chunk.removeprefix(BEGIN).decode("ascii") if chunk.startswith(BEGIN) else ""
