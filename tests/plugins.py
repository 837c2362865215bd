"""Packages as pip installs them, in a temporary folder: code, and metadata that names its entry points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Install = Callable[[str, str, Mapping[str, Mapping[str, str]]], None]


def write_package(folder: Path, name: str, code: str, entry_points: Mapping[str, Mapping[str, str]]) -> None:
    """A module ``name`` of this ``code`` and its metadata, in ``folder``, which is to be put on ``sys.path``.

    ``entry_points`` are, group by group, objects by name: ``{"seqpipe.sections": {"toy": "toy:section"}}``.
    """
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (folder / f"{name}.py").write_text(code)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    groups = [[f"[{group}]", *(f"{key} = {at}" for key, at in of.items())] for group, of in entry_points.items()]
    (metadata / "entry_points.txt").write_text("".join(f"{line}\n" for lines in groups for line in lines))


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs packages for one test; give each module a name that no other test uses."""

    def written(name: str, code: str, entry_points: Mapping[str, Mapping[str, str]]) -> None:
        folder = tmp_path / "site" / name
        write_package(folder, name, code, entry_points)
        monkeypatch.syspath_prepend(str(folder))

    return written
