"""The fine-tuned CNN as MLflow loads it: this file is its code, the model's folder its data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow.pyfunc import PythonModel

from seqpipe.tracking.compat import WithoutTypeHints


class ServedCnn(WithoutTypeHints, PythonModel):
    """Class probabilities (N, K) from images (N, H, W, 3) uint8 RGB of any height and width."""

    def load_context(self, context: Any) -> None:
        from seqpipe.models.finetune.finetuned import FineTuned

        self._model = FineTuned.read(Path(context.artifacts["model"]))

    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
        return self._model.images_proba(np.asarray(model_input))


mlflow.models.set_model(ServedCnn())
