"""Which packages are installed, and whether they are those that seqpipe asks for."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from seqpipe import __version__
from seqpipe.doctor.finding import Finding

PACKAGE = "seqpipe"
LOCK = "requirements.lock"


def versions(_: Path) -> Finding:
    """Python, seqpipe and what decides a result."""
    from seqpipe.tracking.provenance import versions as of_what_decides

    found = {name.removeprefix("version."): number for name, number in of_what_decides().items()}
    told = ", ".join(f"{name} {number}" for name, number in found.items()) + "."
    if found.get(PACKAGE) == __version__:
        return Finding(told, found)
    hint = (
        f"The code is {PACKAGE} {__version__}, and what is installed says {found.get(PACKAGE, 'nothing')}, so "
        "do the ranges below: install it again (in a checkout: `pip install --no-deps --editable .`)."
    )
    return Finding(told, found, hints=(hint,))


def requirements(_: Path) -> Finding:
    """Whether what seqpipe needs is there, in the versions that it was made for."""
    needed = [one for one in required() if not one.marker or one.marker.evaluate({"extra": ""})]
    wrong = {one.name: problem for one in needed if (problem := problem_of(one))}
    told = (
        "All are there, in versions that seqpipe supports" if not wrong else f"{len(wrong)} are not as they should be"
    )
    facts = {"needed": len(needed), "wrong": wrong}
    return Finding(f"{len(needed)} packages are needed. {told}.", facts, tuple(wrong.values()))


def required() -> list[Requirement]:
    """What seqpipe says of itself that it needs, its extras among it."""
    return [Requirement(text) for text in metadata.requires(PACKAGE) or []]


def problem_of(requirement: Requirement) -> str | None:
    """What is wrong with what is installed for a requirement, with the remedy; None: nothing."""
    wanted = f"{requirement.name}{requirement.specifier}"
    try:
        there = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return f"{requirement.name} is not installed: `pip install '{wanted}'`."
    # Who installed a pre-release meant to.
    if requirement.specifier.contains(there, prereleases=True):
        return None
    return f"{requirement.name} is {there}, and seqpipe needs {requirement.specifier}: `pip install '{wanted}'`."


def extras(_: Path) -> Finding:
    """What can be had besides."""
    missing: dict[str, list[Requirement]] = {}
    for extra in metadata.metadata(PACKAGE).get_all("Provides-Extra") or []:
        missing[extra] = [one for one in of_extra(extra) if problem_of(one)]
    there = [extra for extra, lacking in missing.items() if not lacking]
    hints = tuple(f"{extra}: {_install(lacking)}." for extra, lacking in missing.items() if lacking)
    told = f"Installed: {', '.join(there) or 'none'}." + (" Missing:" if hints else "")
    return Finding(
        told, {extra: sorted(one.name for one in lacking) for extra, lacking in missing.items()}, hints=hints
    )


def of_extra(extra: str) -> list[Requirement]:
    """What an extra adds to what is needed anyway."""
    marked = (one for one in required() if one.marker and not one.marker.evaluate({"extra": ""}))
    return [one for one in marked if one.marker and one.marker.evaluate({"extra": extra})]


def _install(lacking: Iterable[Requirement]) -> str:
    return "`pip install " + " ".join(f"'{one.name}{one.specifier}'" for one in lacking) + "`"


def lock(folder: Path) -> Finding:
    """In a checkout, which of the pinned versions are not those installed."""
    file = folder / LOCK
    if not (file.is_file() and (folder / "src" / PACKAGE).is_dir()):
        return Finding(f"This folder is no checkout of {PACKAGE}: no versions are pinned here.", {"pinned": None})
    pinned = [Requirement(line) for line in file.read_text(encoding="utf-8").splitlines() if line[:1] not in ("", "#")]
    wanted = [one for one in pinned if not one.marker or one.marker.evaluate()]
    other = [one.name for one in wanted if problem_of(one)]
    told = f"{len(wanted) - len(other)} of {len(wanted)} packages are those of {LOCK}."
    hint = f"Others than in {LOCK}: {', '.join(other)}; bits may differ. `pip install -r {LOCK}` brings those."
    return Finding(told, {"pinned": len(wanted), "other": other}, hints=(hint,) if other else ())
