"""Whether a folder is a project."""

from __future__ import annotations

import tomllib
from pathlib import Path


def is_project(folder: Path) -> bool:
    """Whether it is a project of seqpipe: Kedro is told so, and there is a configuration."""
    try:
        told = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # TOMLDecodeError and UnicodeDecodeError are such
        return False
    return told.get("tool", {}).get("kedro", {}).get("package_name") == "seqpipe" and (folder / "conf").is_dir()
