"""Moving the alias ``champion``: the candidate is judged beside it on the candidate's test samples."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from seqpipe.config import EvaluationConfig, RuntimeConfig
from seqpipe.core.errors import UserError
from seqpipe.evaluation.results import PREDICTIONS
from seqpipe.media.parts.reading import exists
from seqpipe.tasks.registry import DEFAULT_TASK, task_entry
from seqpipe.use.promotion import Duel, answered_as, duel, unseen

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

    from seqpipe.tracking.remembered import Opened

logger = logging.getLogger(__name__)

SAMPLES = "samples.parquet"
"""The artifact of a run that tells its samples, their contents and their splits."""


class Judging(NamedTuple):
    """By what two versions are judged, and where the champion computes where it is asked anew."""

    evaluation: EvaluationConfig
    runtime: RuntimeConfig
    store: Path
    probes: Path


def judged(place: Opened, candidate: ModelVersion, champion: ModelVersion, by: Judging) -> Duel:
    """The candidate beside the champion on the candidate's test.

    Of one set of samples both have answered already; of another one the champion is asked about the candidate's test
    files, but for those that it has learned from.

    Raises:
        UserError: What they were tested on is not on record, or not on disk any more.
    """
    ours = _predictions(place, candidate)
    if candidate.tags.get("samples.digest") == champion.tags.get("samples.digest"):
        theirs = _predictions(place, champion)
    else:
        ours = _not_learned(place, ours, candidate, champion)
        theirs = _asked_anew(place, ours, candidate, champion, by)
    return _compared(candidate.tags.get("task", DEFAULT_TASK), ours, theirs, by)


def _compared(task: str, ours: pd.DataFrame, theirs: pd.DataFrame, by: Judging) -> Duel:
    from seqpipe.evaluation.base import evaluation_of
    from seqpipe.tasks.sentences import Sentences
    from seqpipe.use.sentence_promotion import sentence_duel

    of = task_entry(task).task_class()
    if issubclass(of, Sentences):
        primary = evaluation_of(task).primary
        return sentence_duel(ours, theirs, by.evaluation, by.runtime.seed, of.kind, primary)
    return duel(ours, theirs, by.evaluation, by.runtime.seed)


def _predictions(place: Opened, version: ModelVersion) -> pd.DataFrame:
    return _table(place, str(version.run_id), PREDICTIONS, version)


def _samples(place: Opened, version: ModelVersion) -> pd.DataFrame:
    return _table(place, version.tags["run"], SAMPLES, version)


def _table(place: Opened, run_id: str, name: str, version: ModelVersion) -> pd.DataFrame:
    from mlflow.exceptions import MlflowException

    try:
        return pd.read_parquet(place.client.download_artifacts(run_id, name))
    except (MlflowException, OSError) as error:
        raise UserError(
            f"{version.name} version {version.version} has no {name} in its run {run_id} ({error}), so that it cannot "
            "be judged: train it again, or give --force."
        ) from None


def _not_learned(
    place: Opened, predictions: pd.DataFrame, candidate: ModelVersion, champion: ModelVersion
) -> pd.DataFrame:
    theirs = _samples(place, champion)
    learned = theirs.loc[theirs["split"] != "test", "sha256"]
    left = unseen(predictions, _samples(place, candidate), learned)
    if gone := predictions["id"].nunique() - left["id"].nunique():
        logger.warning("%d test samples are left out: the champion was trained on them.", gone)
    return left


def _asked_anew(
    place: Opened, predictions: pd.DataFrame, candidate: ModelVersion, champion: ModelVersion, by: Judging
) -> pd.DataFrame:
    from seqpipe.tracking.remembered import fetched
    from seqpipe.use.predictor import Predictor
    from seqpipe.use.sources import listing_of_files

    samples = _samples(place, candidate).set_index("id").loc[predictions["id"].unique()]
    there = [Path(path) for path in samples["path"] if exists(path)]
    predictor = Predictor(fetched(str(champion.source)), by.runtime, by.store, by.probes)
    logger.info("The champion was tested on other samples: it is asked about the %d of the candidate.", len(samples))
    answers = predictor.answers(listing_of_files(there, predictor.files))
    contents = dict(zip(answers.samples["path"], answers.samples["sha256"], strict=True))
    same = samples[samples["path"].map(contents) == samples["sha256"]]
    if len(same) < len(samples):
        logger.warning("%d test samples are left out: gone from the disk, or changed.", len(samples) - len(same))
    if same.empty:
        raise UserError(f"None of the candidate's {len(samples)} test samples is as it was: give --force.")
    return answered_as(predictions, answers, predictor.model.class_names, same["path"])
