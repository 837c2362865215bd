"""MLflow's registry: after a comparison the best on val is a version, and aliases say which one is used."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seqpipe.core.errors import UserError
from seqpipe.core.lineage import Lineage, complete
from seqpipe.tasks.registry import DEFAULT_TASK, task_of_report
from seqpipe.tracking.left import within
from seqpipe.tracking.store import EXPERIMENT
from seqpipe.tracking.tags import CANDIDATE, FIT_TAG

if TYPE_CHECKING:
    import pandas as pd
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

LONGEST_TAG = 5000
"""Characters that MLflow takes for the value of a version's tag."""


@dataclass(frozen=True)
class Best:
    """The best of a leaderboard by its score on val, as it goes to the registry.

    Attributes:
        name: What it is registered as.
        run_id: The parent run that compared it.
        fit: The digest of its fit, by which the run is found that logged it.
        tags: What is worth knowing of it.
    """

    name: str
    run_id: str
    fit: str
    tags: Mapping[str, str]


def registered_name(experiment: str, corpus: str, task: str) -> str:
    """What the models of a corpus are registered as: the corpus' name as a word.

    Before it stands the experiment where that is not the usual one, so that projects that share a server do not meet;
    behind it the task where that is not the classification of clips.
    """
    parts = [part for part, usual in ((experiment, EXPERIMENT), (corpus, ""), (task, DEFAULT_TASK)) if part != usual]
    words = (re.sub(r"[^\w.]+", "-", unicodedata.normalize("NFC", part)).strip("-.") for part in parts)
    return "-".join(word for word in words if word) or "model"


def best_compared(catalog: Any, leaderboard: str, board: pd.DataFrame, experiment: str, run_id: str) -> Best:
    """The best on val of a leaderboard that a run has made.

    Args:
        catalog: The run's, of which D', the models and their fits are asked.
        leaderboard: The name of the leaderboard's entry.
        board: The leaderboard.
        experiment: The name of MLflow's experiment.
        run_id: The parent run's.
    """
    from seqpipe.evaluation.base import evaluation_of
    from seqpipe.evaluation.results import fit_digest
    from seqpipe.models.persist import RECORD
    from seqpipe.tracking.planned import entry_lineage
    from seqpipe.use.best import best_on_val

    # A leaderboard that is no task's is one of the default's models, which lie where these always do.
    task = task_of_report(leaderboard.rpartition(".")[0])
    apart = "" if task == DEFAULT_TASK else task
    row = board[board["model"] == best_on_val(board, task)].iloc[0]
    lineage = complete(entry_lineage(catalog, within(apart, "dataset")), "corpus", "samples")
    entry = within(apart, str(row["model"]))
    fit = json.loads(catalog.get(f"{entry}.fit").path.read_text(encoding="utf-8"))
    record = json.loads((catalog.get(f"{entry}.model").path / RECORD).read_text(encoding="utf-8"))
    facts = {"task": task, "labels": record["class_names"], "dataset.digest": fit["dataset"]}
    tags = best_tags(row, evaluation_of(task).primary.key, lineage, facts)
    return Best(registered_name(experiment, lineage["corpus"]["name"], task), run_id, fit_digest(fit), tags)


def best_tags(row: pd.Series, primary: str, lineage: Lineage, facts: Mapping[str, Any]) -> dict[str, str]:
    """What a version says of itself.

    Args:
        row: Its row of the leaderboard.
        primary: The leaderboard's first metric.
        lineage: Of its data.
        facts: More, by name; texts as they are, other values as JSON.
    """
    low, high = row[f"{primary}_low"], row[f"{primary}_high"]
    told = {
        "model": str(row["model"]),
        f"val_{primary}": f"{row[f'val_{primary}']:.4f}",
        f"test_{primary}": f"{row[primary]:.4f} ({low:.4f} to {high:.4f})",
        "corpus": str(lineage["corpus"]["name"]),
        "corpus.path": str(lineage["corpus"].get("path") or ""),
        "samples.digest": str(lineage["samples"]["digest"]),
        **{key: value if isinstance(value, str) else json.dumps(value) for key, value in facts.items()},
    }
    return {key: value[:LONGEST_TAG] for key, value in told.items()}


def register(client: MlflowClient, experiment_id: str, best: Best) -> ModelVersion | None:
    """Makes the best a version with the alias ``candidate``; the version that it is already stays the only one.

    Returns:
        The version; None where no run of the experiment has logged the model.
    """
    logged = logged_model(client, experiment_id, best.fit)
    if logged is None:
        return None
    if not client.search_registered_models(filter_string=f"name = '{_quoted(best.name)}'"):
        client.create_registered_model(best.name)
    run_id, model_id = logged
    source = f"models:/{model_id}"
    known = [one for one in versions_of(client, best.name) if one.source == source]
    version = (
        known[0]
        if known
        else client.create_model_version(
            best.name, source, run_id, tags={**best.tags, "run": best.run_id, FIT_TAG: best.fit}, model_id=model_id
        )
    )
    client.set_registered_model_alias(best.name, CANDIDATE, version.version)
    return version


def logged_model(client: MlflowClient, experiment_id: str, fit: str) -> tuple[str, str] | None:
    """(run, model) that was logged with this fit last; None: there is none."""
    for run in client.search_runs([experiment_id], f"tags.`{FIT_TAG}` = '{fit}'", order_by=["start_time DESC"]):
        for model in run.outputs.model_outputs if run.outputs else ():
            return run.info.run_id, model.model_id
    return None


def versions_of(client: MlflowClient, name: str) -> list[ModelVersion]:
    """All versions, the latest first."""
    found = client.search_model_versions(f"name = '{_quoted(name)}'")
    return sorted(found, key=lambda one: -int(one.version))


def version_at(client: MlflowClient, name: str, alias: str) -> ModelVersion | None:
    """The version that has the alias; None: none has, or there is no model of that name.

    Raises:
        MlflowException: The registry does not answer: whether there is one is not known then.
    """
    from mlflow.exceptions import MlflowException

    try:
        return client.get_model_version_by_alias(name, alias)
    except MlflowException as error:
        if error.error_code in NOT_THERE:
            return None
        raise


NOT_THERE = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
"""What MLflow says of an alias that no version has, and of a model that is not registered."""


def version_named(client: MlflowClient, name: str, which: str) -> ModelVersion:
    """The version of a number, or that has an alias.

    Raises:
        UserError: There is none.
    """
    known = versions_of(client, name)
    found = next((one for one in known if which in (str(one.version), *aliases(client, one))), None)
    if found is None:
        names = sorted(model.name for model in client.search_registered_models())
        there = (
            f"it has the versions {', '.join(str(one.version) for one in reversed(known))}; `seqpipe models` lists them"
            if known
            else f"registered are: {', '.join(names) or 'none yet; `kedro run` registers the best on val'}"
        )
        raise UserError(f"There is no model {name}@{which} in the registry: {there}.")
    return found


def aliases(client: MlflowClient, version: ModelVersion) -> list[str]:
    """The aliases of a version, which a search does not tell."""
    return sorted(client.get_model_version(version.name, version.version).aliases)


def _quoted(name: str) -> str:
    return name.replace("'", "''")
