"""One run at a time: in a project's folder, and in a process."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from kedro.framework.hooks import hook_impl

from seqpipe.core.errors import UserError

logger = logging.getLogger(__name__)

LOCK_NAME = ".seqpipe.lock"
LOOK_AGAIN_S = 0.1


class LockHook:
    """Waits until it is this run's turn, and keeps others waiting.

    Of a project because the catalog's files are handed from node to node: a second run in the same folder would read
    the first one's. Of a process because seeds, threads and determinism are the process's.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._held: tuple[threading.Thread, FileLock] | None = None

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any]) -> None:
        """Waits for the run before, if one is at work."""
        # In a notebook the run before may have been interrupted: Kedro tells nobody, and the lock is still ours.
        self._release()
        me = threading.current_thread()
        lock = FileLock(Path(run_params["project_path"]) / LOCK_NAME, thread_local=False)
        self._wait_for_other_threads(me, lock)
        try:
            lock_project(lock)
        except BaseException:
            self._held = None
            raise

    def _wait_for_other_threads(self, me: threading.Thread, lock: FileLock) -> None:
        waiting = False
        while not self._taken(me, lock):
            if not waiting:
                logger.info("Another run is at work in this process; waiting for it to end.")
            waiting = True
            time.sleep(LOOK_AGAIN_S)

    def _taken(self, me: threading.Thread, lock: FileLock) -> bool:
        with self._turn:
            if self._held is not None and self._held[0].is_alive():
                return False
            if self._held is not None:
                self._held[1].release(force=True)
            self._held = (me, lock)
            return True

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Lets the next run begin, when all is said of this one."""
        self._release()

    @hook_impl(trylast=True)
    def on_pipeline_error(self) -> None:
        """Lets the next run begin."""
        self._release()

    def _release(self) -> None:
        with self._turn:
            if self._held is not None and self._held[0] is threading.current_thread():
                self._held[1].release(force=True)
                self._held = None


def lock_project(lock: FileLock) -> None:
    """Waits until no other run is at work in the folder of the lock; the system frees that of a process that dies.

    Raises:
        UserError: nothing can be written there.
    """
    folder = Path(lock.lock_file).parent
    try:
        lock.acquire(timeout=0)
    except Timeout:
        logger.info("Another run is at work in %s; waiting for it to end.", folder)
        lock.acquire()
    except OSError as error:
        raise UserError(
            f"A run writes into the project's folder, and {folder} does not take it ({error.strerror}): make it "
            "writable, or copy the project to a folder that is."
        ) from error
