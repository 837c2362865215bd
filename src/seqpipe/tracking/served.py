"""A trained model as MLflow loads it: this file is its code, a bundle its data, and files go in."""

from __future__ import annotations

import base64
import binascii
import shutil
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.pyfunc import PythonModel

from seqpipe.tracking.compat import WithoutTypeHints

PATH, CONTENT = "path", "content"


class ServedModel(WithoutTypeHints, PythonModel):
    """What a bundle answers about files: a row for each that was asked about, in their order.

    Asked by a list of paths or of bytes, by a table with a column ``path``, or by one with a column ``content``: the
    bytes of a file, which JSON has in base64. Answers as `seqpipe.use.told` says, with a column a name; ``error``
    says why a file could not be read.
    """

    def load_context(self, context: Any) -> None:
        from seqpipe.models.persist import SERVING
        from seqpipe.use.bundle import read_bundle
        from seqpipe.use.predictor import Predictor

        bundle = read_bundle(Path(context.artifacts["bundle"]))
        self._aside = tempfile.TemporaryDirectory()
        kept = Path(self._aside.name)
        self._predictor = Predictor(bundle, SERVING, kept / "store", kept / "probes")
        # A server answers in threads; seeds and threads are the process's.
        self._turn = threading.Lock()

    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
        with self._turn:
            try:
                paths = [self._file(asked, n) for n, asked in enumerate(_asked(model_input))]
                answered = self._answered(paths)
            finally:
                self._forget()
        missing = {"error": "missing: there is no such file where the model runs"}
        return pd.DataFrame([answered.get(str(path), missing) for path in paths])

    def _file(self, asked: Any, number: int) -> Path:
        from seqpipe.use.contents import written

        if isinstance(asked, bytes):
            return written(asked, Path(self._aside.name), str(number), self._predictor.files)
        return Path(str(asked)).expanduser().absolute()

    def _answered(self, paths: Iterable[Path]) -> dict[str, dict[str, Any]]:
        from seqpipe.use.sources import listing_of_files
        from seqpipe.use.told import told

        there = sorted({path for path in paths if path.exists()})
        if not there:
            return {}
        answers = self._predictor.predict(listing_of_files(there, self._predictor.files))
        errors = {
            path: {"error": f"{reason}: {detail}"}
            for path, reason, detail in answers.quarantine.itertuples(index=False)
        }
        model = self._predictor.model
        return told(answers, model.class_names, model.task.told, attention=False) | errors

    def _forget(self) -> None:
        for kept in Path(self._aside.name).iterdir():
            shutil.rmtree(kept) if kept.is_dir() else kept.unlink()


def _asked(model_input: Any) -> list[Any]:
    """The paths and bytes that are asked about: of a table those of the column that it names, else of its first."""
    if not isinstance(model_input, pd.DataFrame):
        return [model_input] if isinstance(model_input, str | bytes) else list(model_input)
    if CONTENT in model_input:
        return [_bytes(content) for content in model_input[CONTENT]]
    return list(model_input[PATH] if PATH in model_input else model_input.iloc[:, 0])


def _bytes(content: Any) -> bytes:
    """A file's bytes, which come as they are or in base64; what is neither is no file that anything can read."""
    if isinstance(content, bytes | bytearray | memoryview):
        return bytes(content)
    try:
        return base64.b64decode(str(content), validate=True)
    except binascii.Error:
        return b""


mlflow.models.set_model(ServedModel())
