"""Where outside of a project is kept what was computed: an interrupted call goes on, files asked again are answered."""

from __future__ import annotations

import fcntl
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from seqpipe.extraction.speed import cache_folder

logger = logging.getLogger(__name__)

LIMIT_BYTES = 2 * 2**30
"""What is kept from one call to the next, at most."""
OWN = "seqpipe-predict"
"""The folder of the cache within one that a user names."""
LOCK = "lock"
KEPT = {LOCK, "meta.json"}
"""Small files that say what the others are."""


@contextmanager
def cache_in_use(folder: Path | None, limit_bytes: int = LIMIT_BYTES) -> Iterator[Path]:
    """A cache to be read and written in the block; before it, the oldest files go that are beyond the limit.

    They go while nobody else uses the cache, for another call may be about to read them. Several may use it at once.

    Args:
        folder: Where a folder ``OWN`` is made; None: ``predict`` in the cache folder of the user. Where nothing can be
            written, what is computed is not kept, with a warning.
        limit_bytes: What it may hold at the start of the block.
    """
    # A folder of its own: what else lies in one that a user names is the user's, and is never pruned.
    home = folder / OWN if folder else cache_folder() / "predict"
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / LOCK).open("a")
    except OSError as error:
        logger.warning("Nothing can be kept for the next call (%s): name a folder by --cache.", error)
        with tempfile.TemporaryDirectory() as aside:
            yield Path(aside)
        return
    with lock:
        if _alone(lock):
            _tell(*pruned(home, limit_bytes), home, limit_bytes)
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield home


def _alone(lock: IO[str]) -> bool:
    """Whether nobody else uses the cache; then nobody can begin to."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def pruned(home: Path, limit_bytes: int) -> tuple[int, int]:
    """Removes the oldest files until at most ``limit_bytes`` are left; (how many, how many bytes) went."""
    found = [(path.stat(), path) for path in home.rglob("*") if path.is_file() and path.name not in KEPT]
    beyond = sum(stat.st_size for stat, _ in found) - limit_bytes
    count, freed = 0, 0
    for stat, path in sorted(found, key=lambda one: one[0].st_mtime_ns):
        if freed >= beyond:
            break
        path.unlink(missing_ok=True)
        count, freed = count + 1, freed + stat.st_size
    return count, freed


def _tell(count: int, freed: int, home: Path, limit_bytes: int) -> None:
    if count:
        kept = f"{limit_bytes / 2**30:.3g} GiB are kept"
        logger.info("Removed the %d oldest files of %s (%.0f MiB): %s.", count, home, freed / 2**20, kept)
