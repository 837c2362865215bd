"""A process that answers: started, asked and ended from the server, which it cannot take down with itself."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from seqpipe.core.errors import UserError
from seqpipe.serving.limits import Limits

Opener = Callable[[], Any]
"""Gives what is asked: an object with a ``bundle`` and a ``runtime``. It is called in the process, and again in each
that follows it; it must pickle."""
ENDS_IN_S = 5.0
NOTHING_MORE = b""


class Died(Exception):
    """The process has ended while it was asked, or before."""


class TooSlow(Exception):
    """It gave no answer in time, and was ended."""


class Worker:
    """One process. All of its methods block, and none but ``end`` may be called from two threads at once.

    Args:
        opener: What opens the model.
        limits: The server's.
        folder: The server's temporary folder, which the process removes where the server is gone.
    """

    def __init__(self, opener: Opener, limits: Limits, folder: Path) -> None:
        context = multiprocessing.get_context("spawn")  # a forked one would share the server's sockets
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs, opener, limits, folder), daemon=True)
        self._process.start()
        theirs.close()  # else its end would not be seen here

    @property
    def pid(self) -> int:
        """Its id."""
        return self._process.pid or 0

    def model(self) -> dict[str, Any]:
        """What its model is, once it is loaded and has answered for the first time.

        Raises:
            UserError: It cannot be opened.
            Died: The process ended before.
        """
        told = self._received()
        if "failed" in told:
            self.end()
            raise UserError(told["failed"])
        return dict(told["ready"])

    def ask(self, request: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        """Its reply to a request.

        Raises:
            TooSlow: There was none within ``timeout_s``; the process is ended.
            Died: The process ended.
        """
        try:
            self._connection.send_bytes(json.dumps(request).encode())
            in_time = self._connection.poll(timeout_s)
        except OSError:
            raise self._died() from None
        if not in_time:
            self.end()
            raise TooSlow
        return self._received()

    def ended(self) -> None:
        """Waits until the process has ended, whatever ends it."""
        wait([self._process.sentinel])

    def end(self) -> None:
        """Ends it at once."""
        self._process.kill()
        self._process.join(ENDS_IN_S)

    def close(self) -> None:
        """Ends it where it has nothing to do, and at once where it has."""
        with suppress(OSError):
            self._connection.send_bytes(NOTHING_MORE)
            self._process.join(ENDS_IN_S)
        self.end()

    def _received(self) -> dict[str, Any]:
        # Bytes of JSON, no pickle: what a broken decoder has been made to say runs no code here.
        try:
            return dict(json.loads(self._connection.recv_bytes()))
        except (EOFError, OSError, ValueError):
            raise self._died() from None

    def _died(self) -> Died:
        self.end()
        code = self._process.exitcode
        return Died(f"signal {-code}" if code is not None and code < 0 else f"exit code {code}")


def work(connection: Connection, opener: Opener, limits: Limits, folder: Path) -> None:
    """What the process does: opens the model, then answers until the server is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it too; the server decides
    threading.Thread(target=_end_with_server, args=(folder,), daemon=True).start()
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)  # what libraries leave goes with it
    _be_the_first_to_go()
    _without_semaphores()
    from seqpipe.extraction.kept import extractors_kept

    with extractors_kept():
        answerer = _opened(connection, opener, limits, folder)
        while answerer is not None and (asked := _next(connection, folder)):
            connection.send_bytes(json.dumps(answerer.reply(**json.loads(asked))).encode())


def _next(connection: Connection, folder: Path) -> bytes:
    """What the server asks; nothing where it asks no more, or is gone."""
    try:
        return connection.recv_bytes()
    except EOFError:
        _remove(folder)
        return NOTHING_MORE


def _opened(connection: Connection, opener: Opener, limits: Limits, folder: Path) -> Any:
    """What answers; None where the model cannot be opened, which has been told then."""
    from seqpipe.serving.answering import Answerer, run_no_programs

    run_no_programs()
    try:
        opened = opener()
        # Behind what opens it, which may configure logging: what a file is refused for is told to who sent it.
        logging.getLogger("seqpipe").setLevel(logging.ERROR)
        answerer = Answerer(opened, limits, folder)
        told: dict[str, Any] = {"ready": answerer.model}
    except UserError as error:
        answerer, told = None, {"failed": str(error)}
    except Exception as error:  # whatever another package's model does: the server says so, and ends
        traceback.print_exc()
        answerer, told = None, {"failed": f"The model cannot be opened: {type(error).__name__}: {error}."}
    connection.send_bytes(json.dumps(told).encode())
    return answerer


def _without_semaphores() -> None:
    """Progress bars would make a semaphore for other processes, which is left where this one is killed."""
    from tqdm import tqdm

    tqdm.set_lock(threading.RLock())


def _end_with_server(folder: Path) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        _remove(folder)
        os._exit(1)


def _remove(folder: Path) -> None:
    """What a server that was killed could not remove."""
    shutil.rmtree(folder, ignore_errors=True)


def _be_the_first_to_go() -> None:
    """Where memory runs out, Linux ends this process and not the server; and it leaves no image of its memory."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("800")
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
