"""The processes that answer, as the server sees them: what waits for one, and that another follows one that ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from seqpipe.core.errors import UserError
from seqpipe.serving.limits import Limits
from seqpipe.serving.refused import Refused
from seqpipe.serving.worker import Died, Opener, TooSlow, Worker

logger = logging.getLogger(__name__)

RETRY_AFTER_S = "5"
NO_MODEL = "The model cannot be opened at the moment; the server's log says why."
NOT_OPENED = "The process that opens the model ended ({}) before it was open; is there enough memory?"
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
"""Between two tries to start a process whose model cannot be opened any more."""


class _Job(NamedTuple):
    request: dict[str, Any]
    reply: asyncio.Future[dict[str, Any]]


class Pool:
    """Processes that answer one request each at a time.

    Args:
        opener: What opens the model in a process.
        limits: The server's.
        folder: The server's temporary folder.
        on_failure: Called once where the model cannot be opened at first.

    Attributes:
        restarts: Processes that were started anew.
        model: What the model is; None until the first process is ready.
    """

    def __init__(self, opener: Opener, limits: Limits, folder: Path, on_failure: Callable[[UserError], None]) -> None:
        self._opener, self._limits, self._folder, self._on_failure = opener, limits, folder, on_failure
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue()
        self._threads = ThreadPoolExecutor(2 * limits.workers, thread_name_prefix="worker")
        self._tasks: list[asyncio.Task[None]] = []
        self._ready: dict[int, Worker] = {}
        self._all: dict[int, Worker] = {}
        self._taken = self._busy = 0
        self.restarts = 0
        self.model: dict[str, Any] | None = None

    @property
    def ready(self) -> int:
        """How many processes hold a model."""
        return len(self._ready)

    @property
    def waiting(self) -> int:
        """Requests that have a place and are not being answered."""
        return max(0, self._taken - self._busy)  # a client that is gone leaves its process at work

    @property
    def pids(self) -> list[int]:
        """The ids of the processes, by the order of their places."""
        return [worker.pid for _, worker in sorted(self._all.items())]

    def start(self) -> None:
        """Starts the processes; returns at once."""
        self._tasks = [asyncio.create_task(self._keep(place)) for place in range(self._limits.workers)]

    async def stop(self) -> None:
        """Ends them."""
        ready = set(self._ready)
        for task in self._tasks:
            task.cancel()
        for place, worker in self._all.items():
            # One that is still loading its model has nothing to finish.
            await asyncio.to_thread(worker.close if place in ready else worker.end)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._threads.shutdown()

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place in the queue while the block runs; raises Refused where there is none."""
        if self._taken >= self._limits.workers + self._limits.queue:
            told = f"{self._taken} requests are being answered or wait, and no more may; ask again in a few seconds."
            raise Refused(429, "queue_full", told, {"Retry-After": RETRY_AFTER_S})
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """A process's reply, once there is one that has nothing else to do.

        Raises:
            Refused: The process ended, or took too long.
        """
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        await self._jobs.put(_Job(request, reply))
        return await reply

    async def _keep(self, place: int) -> None:
        """A process in this place, always: when one ends, another follows."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await self._one(place)
                pause_s = FIRST_PAUSE_S
            except Exception as error:  # whatever keeps a process from starting: the next try may go well
                if self.model is None:
                    self._on_failure(error if isinstance(error, UserError) else UserError(NOT_OPENED.format(error)))
                    return
                logger.error("The model cannot be opened again: %s", error)
                self._refuse_waiting()
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            self.restarts += 1

    async def _one(self, place: int) -> None:
        """A process in this place, from its start to its end; raises where its model cannot be opened."""
        worker = await self._in_thread(Worker, self._opener, self._limits, self._folder)
        self._all[place] = worker
        try:
            self.model = await self._in_thread(worker.model)
            self._ready[place] = worker
            await self._serve(worker)
        finally:
            self._ready.pop(place, None)
            with suppress(asyncio.CancelledError):
                await asyncio.shield(asyncio.to_thread(worker.end))

    async def _serve(self, worker: Worker) -> None:
        """Hands it one job after another until it ends."""
        end = self._in_thread(worker.ended)
        while True:
            get = asyncio.create_task(self._jobs.get())
            await asyncio.wait({get, end}, return_when=asyncio.FIRST_COMPLETED)
            if end.done():
                self._put_back(get)
                return
            job = get.result()
            if not job.reply.done() and not await self._did(worker, job):
                return

    def _refuse_waiting(self) -> None:
        """Where no process is left that could answer, nobody waits for one."""
        while not self._ready and not self._jobs.empty():
            job = self._jobs.get_nowait()
            if not job.reply.done():
                job.reply.set_exception(Refused(503, "no_model", NO_MODEL, {"Retry-After": RETRY_AFTER_S}))

    def _put_back(self, get: asyncio.Task[_Job]) -> None:
        """A job that came as the process went is another's."""
        if get.done():
            self._jobs.put_nowait(get.result())
        else:
            get.cancel()

    async def _did(self, worker: Worker, job: _Job) -> bool:
        """Whether the process is still there after the job."""
        self._busy += 1
        try:
            reply = await self._in_thread(worker.ask, job.request, self._limits.timeout_s)
            outcome: Any = job.reply.set_result, reply
        except TooSlow:
            outcome = job.reply.set_exception, _too_slow(self._limits.timeout_s)
        except Died as died:
            outcome = job.reply.set_exception, _died(died)
        finally:
            self._busy -= 1
        tell, what = outcome
        if not job.reply.done():  # who asked may be gone
            tell(what)
        return not isinstance(what, Refused)

    def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
        return asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)


def _too_slow(timeout_s: float) -> Refused:
    told = f"Reading and answering it takes longer than {timeout_s:g} seconds; send a shorter or smaller file."
    return Refused(422, "too_slow", told)


def _died(error: Died) -> Refused:
    told = f"The process that read it ended ({error}), and another is started; ask again, or send another file."
    return Refused(422, "worker_died", told)
