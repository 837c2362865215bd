"""What every dataset class of the catalog shares: a path, and writing that is never seen half done."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from kedro.io import AbstractDataset

from seqpipe.core.errors import UserError
from seqpipe.core.files import written_aside
from seqpipe.core.lineage import Lineage

T = TypeVar("T")


class PathDataset(AbstractDataset[T, T]):
    """A file or folder at ``filepath``, replaced at once when saved.

    Subclasses say how to ``read`` and ``write`` a path. ``metadata`` is free; the tracking hook reads its
    ``mlflow`` key.

    Attributes:
        optional: Whether it loads as something, also where nothing is there.
    """

    optional: ClassVar[bool] = False

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self.path = Path(filepath)
        self.metadata = metadata

    @abstractmethod
    def read(self, path: Path) -> T:
        """Reads what ``write`` wrote."""

    @abstractmethod
    def write(self, data: T, path: Path) -> None:
        """Writes to a path where nothing is yet."""

    def load(self) -> T:
        self.check_there()
        return self.read(self.path)

    def check_there(self) -> None:
        """Raises a UserError where it could not be loaded: nothing is there yet."""
        if not self.optional and not self.path.exists():
            raise UserError(
                f"{self.path} is not there yet. Run the stages that write it first: `kedro run` does them all."
            )

    def save(self, data: T) -> None:
        with written_aside(self.path) as aside:
            self.write(data, aside)

    def lineage(self) -> Lineage:
        """What the data on disk came from, read without the data; empty where nothing is said or nothing is there."""
        return {}

    def _exists(self) -> bool:
        return self.path.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self.path)}
