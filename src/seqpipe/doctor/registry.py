"""All checks, in the order in which they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from seqpipe.doctor import folder, hardware, media, packages
from seqpipe.doctor.finding import Finding

Check = Callable[[Path], Finding]
"""Looks at the machine, the installation or a folder; changes nothing."""

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "cpu": hardware.processor,
        "memory": hardware.memory,
        "gpu": hardware.gpu,
        "videos": media.videos,
        "images": media.images,
        "sounds": media.sounds,
        "versions": packages.versions,
        "packages": packages.requirements,
        "extras": packages.extras,
        "pinned": packages.lock,
        "disk": folder.disk,
        "project": folder.project,
        "configuration": folder.configuration,
        "mlflow": folder.mlflow,
    }
)
"""Each by the name under which its finding is told."""


def examined(place: Path, checks: Mapping[str, Check] = CHECKS) -> Iterator[tuple[str, Finding]]:
    """What each check finds, by its name, as it comes. One that fails is itself a lack: the others are told."""
    for name, check in checks.items():
        try:
            yield name, check(place)
        # A library that is broken may raise anything when it is imported.
        except Exception as error:
            what = f"{type(error).__name__}: {error}".strip().partition("\n")[0]
            lack = f"It could not be found out ({what}): install seqpipe anew in an environment of its own."
            yield name, Finding("Unknown.", {"error": what}, (lack,))
