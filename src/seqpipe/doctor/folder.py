"""The folder in which the command was typed: room on its disk, whether it is a project, and what is wrong in it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from seqpipe.core.errors import UserError
from seqpipe.doctor.finding import Finding, gib
from seqpipe.project.found import is_project

NEEDED_DISK = 2**30
"""Bytes that a run of the embedded corpus leaves, with room to spare."""
SET_UP_GB = 7
"""What a set-up with torch for CUDA takes."""
NO_PROJECT = "Asked in a project alone."


def disk(folder: Path) -> Finding:
    """The room on the disk of the folder."""
    free = shutil.disk_usage(folder).free
    lacks: tuple[str, ...] = ()
    if free < NEEDED_DISK:
        lacks = (
            f"{gib(free)} are free where {folder} lies, and a run needs {gib(NEEDED_DISK)}: make room, or take a "
            "folder on another disk.",
        )
    told = f"{gib(free)} are free here. A set-up takes about {SET_UP_GB} GB, a run what its features take."
    return Finding(told, {"free_bytes": free, "needed_bytes": NEEDED_DISK}, lacks)


def project(folder: Path) -> Finding:
    """Whether the folder is a project, and a run could write into it."""
    if not is_project(folder):
        return Finding(f"{folder} is no project; {_way_to_one(folder)}.", {"folder": str(folder), "project": False})
    from seqpipe.tracking.project import check_path

    lacks: tuple[str, ...] = ()
    if not os.access(folder, os.W_OK):
        lacks = (f"{folder} cannot be written to: give yourself the right.",)
    try:
        check_path(folder)
    except UserError as error:
        lacks += (str(error),)
    return Finding(f"{folder} is a project.", {"folder": str(folder), "project": True}, lacks)


def _way_to_one(folder: Path) -> str:
    above = next(filter(is_project, folder.parents), None)
    return f"{above} is one: go there" if above else "`seqpipe new my_project` makes one"


def configuration(folder: Path) -> Finding:
    """Whether the parameters of the project are right, and whether its conf/base is the installed version's."""
    if not is_project(folder):
        return Finding(NO_PROJECT)
    from seqpipe.commands.asked import project_parameters
    from seqpipe.config import check_parameters
    from seqpipe.registries import all_parameters

    all_parameters()
    try:
        check_parameters(project_parameters(folder, "local"))
    except UserError as error:
        return Finding("conf/ is not right.", {"valid": False}, (str(error),), _of_another_version(folder))
    return Finding("All parameters are right.", {"valid": True}, hints=_of_another_version(folder))


def _of_another_version(folder: Path) -> tuple[str, ...]:
    from seqpipe.project.renew import differing
    from seqpipe.project.template import shipped

    other = differing(shipped()["conf/base"], folder / "conf/base")
    if not other:
        return ()
    return (
        f"conf/base is not that of the installed seqpipe ({', '.join(other)}): it was changed, or is of another "
        "version. Your own values belong into conf/local/parameters.yml; `seqpipe new . --renew` brings conf/base to "
        "the installed version, and keeps what was there aside.",
    )


def mlflow(folder: Path) -> Finding:
    """Whether the runs of the project can be remembered; nothing is made."""
    if not is_project(folder):
        return Finding(NO_PROJECT)
    from seqpipe.tracking.connect import look
    from seqpipe.tracking.project import project_store

    try:
        store = project_store(folder)
        facts = {"store": str(store), "there": store.database is None or store.database.exists()}
        if not facts["there"]:
            return Finding(f"No run is remembered yet; the first one makes {store}.", facts)
        look(store)
    except UserError as error:
        return Finding("Runs cannot be remembered.", {"there": False}, (str(error),))
    return Finding(f"{store} answers.", facts)
