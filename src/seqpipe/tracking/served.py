"""The model as MLflow loads it: this file is its code, the classifier's folder its data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
from mlflow.pyfunc import PythonModel

from seqpipe.tracking.compat import WithoutTypeHints


class ServedClassifier(WithoutTypeHints, PythonModel):
    """Class probabilities (N, K) from ``{"x": (N, T, D) float32, "mask": (N, T) bool}``."""

    def load_context(self, context: Any) -> None:
        from seqpipe.models.persist import read_classifier

        self._classifier = read_classifier(Path(context.artifacts["classifier"]))

    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
        return self._classifier.predict_proba(model_input["x"], model_input["mask"])


mlflow.models.set_model(ServedClassifier())
