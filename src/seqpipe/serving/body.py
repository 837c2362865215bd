"""The body of a request as it comes, within bounds of time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.requests import ClientDisconnect, Request

from seqpipe.serving.limits import Limits
from seqpipe.serving.refused import Refused

DRAINED_S = 2.0
"""How long what follows a refusal is read."""


class Body:
    """The bytes that a client sends."""

    def __init__(self, request: Request, limits: Limits) -> None:
        self._request, self._limits = request, limits
        self._complete = False

    async def chunks(self) -> AsyncIterator[bytes]:
        """Piece by piece.

        Raises:
            Refused: They come too slowly.
            ClientDisconnect: The client is gone.
        """
        started, limits = time.monotonic(), self._limits
        while not self._complete:
            try:
                async with asyncio.timeout(limits.stalled_s):
                    chunk = await self._next()
            except TimeoutError:
                self._complete = True  # there is nothing to be read on
                raise _too_slow(f"Nothing came for {limits.stalled_s:g} seconds") from None
            if time.monotonic() - started > limits.upload_s:
                raise _too_slow(f"The upload takes longer than {limits.upload_s:g} seconds")
            yield chunk

    async def drain(self) -> None:
        """Reads on for a moment: a client that is still sending would not see what it is told.

        One that waits to be told to go on (``Expect``) sees it, and nothing more is sent.
        """
        if "expect" in self._request.headers:
            return
        with suppress(TimeoutError, ClientDisconnect):
            async with asyncio.timeout(DRAINED_S):
                while not self._complete:
                    await self._next()

    async def _next(self) -> bytes:
        message = await self._request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        self._complete = not message.get("more_body", False)
        return bytes(message.get("body", b""))


def _too_slow(what: str) -> Refused:
    return Refused(408, "slow_upload", f"{what}, and it is given up; send the file again.", {"Connection": "close"})
