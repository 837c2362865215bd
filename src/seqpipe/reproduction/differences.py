"""What differs between a run on record and one that is about to begin."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from seqpipe.config import flat
from seqpipe.reproduction.record import OF_OURSELVES, RunRecord

MISSING = "none"


class Difference(NamedTuple):
    """One thing that is not as it was.

    Attributes:
        kind: code, package, machine, variable, data, weights or parameter.
        what: Its name.
        before, now: As texts.
    """

    kind: str
    what: str
    before: str
    now: str

    def __str__(self) -> str:
        return f"{self.kind} {self.what}: {self.before} -> {self.now}"


def environment_differences(before: RunRecord, now: RunRecord) -> list[Difference]:
    """Python and packages by name, then seqpipe's own code."""
    packages = {k: v for k, v in before.packages.items() if k != OF_OURSELVES}
    found = _differing("package", packages, {k: v for k, v in now.packages.items() if k != OF_OURSELVES})
    if before.code != now.code:
        names = (f"{of.packages.get(OF_OURSELVES, '')} {of.code[:8]}".strip() for of in (before, now))
        found.append(Difference("code", OF_OURSELVES, *names))
    return found


def machine_differences(before: RunRecord, now: RunRecord) -> list[Difference]:
    """CPU, instruction set, threads, GPU, and the variables that libraries listen to."""
    of_machine = [{**of.machine, "threads": str(of.threads), "device": of.device} for of in (before, now)]
    return _differing("machine", *of_machine) + _differing("variable", before.variables, now.variables)


def weights_differences(before: RunRecord, now: Mapping[str, str]) -> list[Difference]:
    """Files of weights that are others now, or gone."""
    return _differing("weights", before.weights, {name: now.get(name, "") for name in before.weights})


def parameter_differences(before: Mapping[str, Any], now: Mapping[str, Any], record: RunRecord) -> list[Difference]:
    """The parameters that are others, both nested: those that a hand has changed.

    That a path is told whole, and as many threads as the run took by itself, is no difference.
    """
    old, new = flat(dict(before)), flat(dict(now))
    return [
        Difference("parameter", name, str(old.get(name, MISSING)), str(new.get(name, MISSING)))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name) and not _told_whole(name, old.get(name), new.get(name), record)
    ]


def _told_whole(name: str, old: Any, new: Any, record: RunRecord) -> bool:
    if name == "runtime.threads":
        return (old or record.threads) == new
    return isinstance(old, str) and isinstance(new, str) and str(Path(record.project, Path(old).expanduser())) == new


def _differing(kind: str, before: Mapping[str, str], now: Mapping[str, str]) -> list[Difference]:
    names = sorted({*before, *now})
    pairs = ((name, before.get(name) or MISSING, now.get(name) or MISSING) for name in names)
    return [Difference(kind, name, old, new) for name, old, new in pairs if old != new]
