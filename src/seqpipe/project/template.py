"""What a new project is made of: configuration and notebooks of the repository, and a few files of its own.

A wheel carries copies of the former (``setup.py`` makes them); an editable install takes the repository's own.
"""

from __future__ import annotations

from pathlib import Path

from seqpipe.core.errors import UserError

OWN = Path(__file__).parent / "template"
"""Files of a new project that are none of the repository's."""
REPOSITORY = Path(__file__).parents[3]
SHIPPED = ("conf/base", "conf/logging.yml", "notebooks")
"""What a wheel carries of the repository, and a new project gets."""


def shipped() -> dict[str, Path]:
    """Where each of ``SHIPPED`` lies, by its name in a project.

    Raises:
        UserError: The package was installed without them.
    """
    for root in (OWN, REPOSITORY):
        found = {name: root / name for name in SHIPPED}
        if all(path.exists() for path in found.values()):
            return found
    raise UserError(
        f"{OWN} holds no configuration for a new project: this seqpipe was installed in part; install its wheel, or "
        "`pip install --editable` a checkout."
    )
