"""The state of a training on disk: written aside and renamed, so a kill leaves the one before."""

from __future__ import annotations

import logging
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from seqpipe.core.files import remove_leftovers, written_aside
from seqpipe.core.fingerprint import fingerprint

logger = logging.getLogger(__name__)

FILE = "training.pt"


@contextmanager
def unfinished(folder: Path, facts: Mapping[str, Any]) -> Iterator[Path]:
    """A folder for what a training of these facts keeps between runs; gone when the block ends well."""
    kept = folder / f"{fingerprint(dict(facts))}.unfinished"
    yield kept
    shutil.rmtree(kept, ignore_errors=True)


class Checkpoint:
    """One file in a folder: tensors and plain values, read back as such and never as code.

    ``training`` are plain values that say which training it is; the state of another one is not taken.
    """

    def __init__(self, folder: Path, training: dict[str, Any]) -> None:
        self._file, self._training = folder / FILE, training

    def write(self, state: dict[str, Any]) -> None:
        with written_aside(self._file) as aside:
            torch.save({"training": self._training, "state": state}, aside)

    def read(self) -> dict[str, Any] | None:
        """The state, tensors on the CPU; None where there is none, or none to go on from (with a warning)."""
        remove_leftovers(self._file.parent)
        if not self._file.exists():
            return None
        held, fault = _load(self._file)
        if fault is None and held["training"] != self._training:
            fault = "is of another training"
        if fault is not None:
            logger.warning("The checkpoint %s %s: it is dropped and training begins anew.", self._file, fault)
            self._file.unlink()
            return None
        state: dict[str, Any] = held["state"]
        return state


def _load(file: Path) -> tuple[dict[str, Any], str | None]:
    """What the file holds, and what is wrong with it."""
    try:
        # torch.load does not look at the checksums that torch.save writes.
        with zipfile.ZipFile(file) as archive:
            if broken := archive.testzip():
                raise zipfile.BadZipFile(broken)
        held = torch.load(file, map_location="cpu", weights_only=True)
        return {"training": held["training"], "state": held["state"]}, None
    except Exception as error:  # which one depends on where the damage is
        return {}, f"is damaged ({type(error).__name__})"
