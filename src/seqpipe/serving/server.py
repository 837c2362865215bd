"""The server from start to end: its socket, its signals, and what it says."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import uvicorn

from seqpipe.core.errors import UserError
from seqpipe.serving.app import make_app
from seqpipe.serving.guard import Access, is_loopback
from seqpipe.serving.limits import Limits
from seqpipe.serving.pool import Pool
from seqpipe.serving.worker import Opener

GRACE_S = 5
"""Seconds beyond the limits of a request after which a stopping server waits no longer."""


def serve(opener: Opener, limits: Limits, access: Access, port: int, say: Callable[[str], None]) -> None:
    """Answers until a signal ends it: what has arrived is answered first, and nothing is left on disk.

    Args:
        opener: What opens the model, called in processes of their own.
        limits: What one client may ask.
        access: Who may ask, and the address.
        port: 0 takes a free one.
        say: Tells the line of where it listens.

    Raises:
        UserError: The port is in use, a token is missing, or the model cannot be opened.
        KeyboardInterrupt: Ctrl-C ended it. SIGTERM raises SystemExit with 0.
    """
    _check_access(access)
    with bound(access.host, port) as listening, tempfile.TemporaryDirectory(prefix="seqpipe-serve.") as folder:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        _Server(opener, limits, access, Path(folder), listening, say).run_to_end()


def _check_access(access: Access) -> None:
    if access.token is None and not is_loopback(access.host):
        raise UserError(
            f"--host {access.host} is reached from other machines: expected a --token (or SEQPIPE_TOKEN) that requests "
            "must carry, got none; give one, or listen at 127.0.0.1."
        )
    if access.token is not None and not access.token.strip():
        raise UserError("--token: expected a text that nobody guesses, got an empty one; give one, or leave it out.")


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there.

    Raises:
        UserError: The port is in use or not allowed, or the host is none of this machine's.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        one = socket.socket(family, kind)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind(address)
        one.listen(128)
    except OSError as error:
        raise UserError(_unbound(host, port, error)) from None
    return one


def _unbound(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use, perhaps by another `seqpipe serve`; end that, or give another --port."
    if error.errno == errno.EACCES:
        return f"Port {port} may not be opened by this user ({error.strerror}); give a --port from 1024 on."
    return f"{host} is no address of this machine ({error.strerror}); give another --host."


class _Server(uvicorn.Server):
    """uvicorn, which ends where the model cannot be opened and tells when it is."""

    def __init__(
        self,
        opener: Opener,
        limits: Limits,
        access: Access,
        folder: Path,
        listening: socket.socket,
        say: Callable[[str], None],
    ) -> None:
        self._pool = Pool(opener, limits, folder, self._fail)
        self._listening, self._say = listening, say
        self._failure: UserError | None = None
        self._where = _url(access.host, listening.getsockname()[1])
        super().__init__(
            uvicorn.Config(
                make_app(self._pool, limits, access, folder),
                log_level=logging.WARNING,
                access_log=False,  # what files are called is nobody's but the client's
                server_header=False,
                timeout_graceful_shutdown=int(limits.timeout_s + limits.upload_s) + GRACE_S,
                proxy_headers=False,  # nothing asks who the client is
            )
        )

    def run_to_end(self) -> None:
        """Raises what ended it, where that was no signal."""
        asyncio.run(self.serve(sockets=[self._listening]))
        if self._failure is not None:
            raise self._failure

    async def main_loop(self) -> None:
        """As uvicorn's, and tells the model once it is there."""
        telling = asyncio.create_task(self._tell())
        await super().main_loop()
        telling.cancel()

    async def _tell(self) -> None:
        while self._pool.model is None:
            await asyncio.sleep(0.05)
        model = self._pool.model
        what = f"{model['corpus']}, {len(model['classes'])} classes, {model['mib']:.1f} MiB"
        self._say(f"{self._where} answers with {model['name']}: {model['description']} ({what}). Ctrl-C ends it.")

    def _fail(self, error: UserError) -> None:
        self._failure, self.should_exit = error, True


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
