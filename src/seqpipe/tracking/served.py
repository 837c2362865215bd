"""The model as MLflow loads it: this file is its code, the model's folder its data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow.pyfunc import PythonModel

from seqpipe.tracking.compat import WithoutTypeHints


class ServedModel(WithoutTypeHints, PythonModel):
    """Class probabilities (N, K).

    Of a model that reads features, from ``{"x": (N, T, D) float32, "mask": (N, T) bool}``; of one that reads frames,
    from images (N, H, W, 3) uint8 RGB of any height and width.
    """

    def load_context(self, context: Any) -> None:
        from seqpipe.models.persist import read_model
        from seqpipe.models.registry import model_entry

        self._model: Any = read_model(Path(context.artifacts["model"]))
        self._reads_frames = model_entry(self._model.kind).inputs == "frames"

    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
        from seqpipe.data.dataset import unlabelled

        if self._reads_frames:
            return self._model.images_proba(np.asarray(model_input))
        return self._model.predict_proba(unlabelled(model_input["x"], model_input["mask"]))


mlflow.models.set_model(ServedModel())
