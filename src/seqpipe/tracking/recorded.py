"""What MLflow remembers of a run, for whoever runs it again."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml

from seqpipe.core.errors import UserError
from seqpipe.evaluation.results import PREDICTIONS
from seqpipe.reproduction.record import CATALOG, PARAMETERS, PATCH, RunRecord, read_record
from seqpipe.reproduction.stages import FEATURES, STAGES, read_stages
from seqpipe.reproduction.verdict import Made, Verdict
from seqpipe.tracking.champion import SAMPLES
from seqpipe.tracking.recording import FOLDER
from seqpipe.tracking.remembered import Opened, run_of
from seqpipe.tracking.tags import TURN_TAG, VERDICT_TAG
from seqpipe.tracking.whole_runs import children

if TYPE_CHECKING:
    from mlflow.entities import Run

VERDICT = "verdict.csv"


@dataclass(frozen=True)
class Recorded:
    """A run on record.

    Attributes:
        run: As MLflow has it.
        record: What decided it.
        parameters, catalog: Merged, nested.
        patch: What was not committed.
    """

    run: Run
    record: RunRecord
    parameters: dict[str, Any]
    catalog: dict[str, Any]
    patch: bytes


def recorded_run(place: Opened, run_id: str) -> Recorded:
    """The record of a run, or of the one that a model's run is below.

    Raises:
        UserError: There is no such run, it did not end well, or it has no record.
    """
    run = run_of(place, run_id)
    while (above := run.data.tags.get("mlflow.parentRunId")) is not None:
        run = run_of(place, above)
    if run.info.status != "FINISHED":
        raise UserError(
            f"The run {run.info.run_id} did not end well ({run.info.status.lower()}): there is nothing to compare with."
        )
    folder = _artifact(place, run, FOLDER)
    if folder is None:
        raise UserError(
            f"The run {run.info.run_id} has no record of what decided it: an earlier version of seqpipe ran it."
        )
    patch = folder / PATCH
    parameters, catalog = (
        yaml.safe_load((folder / name).read_text(encoding="utf-8")) for name in (PARAMETERS, CATALOG)
    )
    return Recorded(run, read_record(folder), parameters, catalog, patch.read_bytes() if patch.exists() else b"")


def made_by(place: Opened, run: Run) -> Made:
    """What a run has made, as far as MLflow remembers it.

    Raises:
        UserError: It did not take down its stages.
    """
    record = _artifact(place, run, FOLDER)
    if record is None or not (record / STAGES).exists():
        raise UserError(f"The run {run.info.run_id} has not taken down what it made: it did not end well.")
    stages = read_stages(record)
    if not stages:
        raise UserError(
            f"The run {run.info.run_id} has made nothing that can be compared: no samples, features, models."
        )
    below = {child.info.run_name: child for child in children(place.client, run)}
    predictions = {name: _artifact(place, child, PREDICTIONS) for name, child in below.items()}
    models = {name: _model(child) for name, child in below.items()}
    samples, features = _artifact(place, run, SAMPLES), record / FEATURES
    return Made(
        stages,
        None if samples is None else pd.read_parquet(samples),
        pd.read_parquet(features) if features.exists() else None,
        {name: path for name, path in predictions.items() if path is not None},
        {name: path for name, path in models.items() if path is not None},
    )


def samples_of(place: Opened, run: Run) -> pd.DataFrame | None:
    """The table of its samples; None: it read none."""
    found = _artifact(place, run, SAMPLES)
    return None if found is None else pd.read_parquet(found)


def quarantine_of(place: Opened, run: Run) -> list[str]:
    """The paths of what it found and could not use."""
    found = _artifact(place, run, "quarantine.csv")
    return [] if found is None else pd.read_csv(found)["path"].astype(str).tolist()


def _artifact(place: Opened, run: Run, name: str) -> Path | None:
    from mlflow.exceptions import MlflowException

    try:
        return Path(place.client.download_artifacts(run.info.run_id, name))
    except (MlflowException, OSError):
        return None


def _model(run: Run) -> Path | None:
    from seqpipe.tracking.remembered import fetched

    for model in run.outputs.model_outputs if run.outputs else ():
        try:
            return fetched(f"models:/{model.model_id}").model
        except UserError:
            return None
    return None


def repeating(place: Opened, turn: str) -> Run:
    """The run that was this repetition.

    Raises:
        UserError: MLflow has none that ended well.
    """
    filters = f"tags.`{TURN_TAG}` = '{turn}' AND attributes.status = 'FINISHED'"
    found = place.client.search_runs([place.experiment_id], filters)
    tops = [one for one in found if "mlflow.parentRunId" not in one.data.tags]
    if not tops:
        raise UserError("The run that was to repeat it is not in MLflow: see what it said above.")
    return tops[0]


def log_verdict(place: Opened, run: Run, verdict: Verdict) -> None:
    """Keeps the verdict with the run that repeats: the table as an artifact, the sentence as a tag."""
    with tempfile.TemporaryDirectory() as folder:
        verdict.table.to_csv(Path(folder) / VERDICT, index=False)
        place.client.log_artifact(run.info.run_id, str(Path(folder) / VERDICT))
    place.client.set_tag(run.info.run_id, VERDICT_TAG, str(verdict)[:5000])
