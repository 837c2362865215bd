"""A project that was copied or renamed: what its database says of folders follows it."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from seqpipe.tracking.compat import artifact_locations, move_experiments, replace_tag, set_artifact_location
from seqpipe.tracking.stale import PROJECT_TAG
from seqpipe.tracking.store import ARTIFACTS

if TYPE_CHECKING:
    from seqpipe.tracking.store import Store

logger = logging.getLogger(__name__)


def follow_the_database(store: Store, location: str) -> None:
    """Brings the artifacts of an sqlite database beside it, where they lay beside it before it was moved.

    What is logged from now on lies there; a run of before follows if its artifacts came along, and else names the
    old folder as it did. MLflow itself never changes a location.

    Args:
        location: Where the experiment says that its artifacts lie.
    """
    home = store.artifacts
    before = local_folder(location)
    if store.database is None or home is None or before is None or before.name != ARTIFACTS or location == home:
        return
    with closing(sqlite3.connect(store.database, timeout=30)) as database, database:
        move_experiments(database, location, home)
        moved, left = _follow_artifacts(database, location, home)
        if store.in_project:
            replace_tag(database, PROJECT_TAG, str(before.parent), str(store.project))
    logger.info(
        "MLflow's artifacts lay in %s: they are kept in %s from now on. %d runs and models of before have come along, "
        "%d have not and name the old folder.",
        *(before, local_folder(home), moved, left),
    )


def _follow_artifacts(database: sqlite3.Connection, before: str, home: str) -> tuple[int, int]:
    """Rewrites what has come along; returns how many have and how many have not."""
    cells = list(artifact_locations(database, before))
    along = [cell for cell in cells if _came_along(cell.location, before, home)]
    for cell in along:
        set_artifact_location(database, cell, home + cell.location[len(before) :])
    return len(along), len(cells) - len(along)


def _came_along(location: str, before: str, home: str) -> bool:
    """Whether its artifacts are here, or nowhere yet."""
    old, new = local_folder(location), local_folder(home + location[len(before) :])
    return old is None or new is None or new.exists() or not old.exists()


def local_folder(location: str) -> Path | None:
    """The folder that a location of artifacts names; None where it lies elsewhere."""
    parts = urlsplit(location)
    return Path(url2pathname(parts.path)) if parts.scheme == "file" else None
