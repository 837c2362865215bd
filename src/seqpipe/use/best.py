"""Which of the models on disk are the best on val, by the leaderboards that runs have left."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.core.lineage import check_agree, parquet_lineage
from seqpipe.data.dataset_file import digest_in
from seqpipe.evaluation.base import evaluation_of
from seqpipe.evaluation.leaderboard import trained_rows
from seqpipe.models.registry import MODELS
from seqpipe.tasks.registry import DEFAULT_TASK, finetuned

logger = logging.getLogger(__name__)

LEADERBOARD, COMPARED = "leaderboard.csv", "{}_compared"
"""A leaderboard's file, and the folder of that of a model of frames with what it is compared with."""


def best_on_val(board: pd.DataFrame, task: str) -> str:
    """The model with the best score on val, as its task judges: the test has no say in which one is used."""
    return _in_order_of_val(board, task)[0]


def by_val(data: Path, task: str | None = None) -> list[str]:
    """The models in a project's ``data`` folder, the best on val first.

    Several pipelines make D', and each leaves a leaderboard of its own models: all are asked, the newest first, for
    the models that were trained on the D' on disk now, or on frames of its samples. The others are named.

    Args:
        data: The folder.
        task: Whose models, where the task keeps its data apart.

    Raises:
        UserError: Nothing is trained yet, or nothing on the D' on disk now.
    """
    reporting, apart = data / "08_reporting", Path(task or "")
    boards = [board for board in _leaderboards(reporting, apart) if board.exists()]
    if not boards:
        raise UserError(
            f"{reporting / apart / LEADERBOARD} is not there: nothing is trained yet. Run `kedro run` first, or name a "
            "model."
        )
    newest_first = sorted(boards, key=lambda board: -board.stat().st_mtime_ns)
    rows = pd.concat([pd.read_csv(board) for board in newest_first], ignore_index=True).drop_duplicates("model")
    rows = trained_rows(rows)
    now = [_is_of_now(data, apart, str(model)) for model in rows["model"]]
    _name_others(rows["model"][[not is_now for is_now in now]].tolist())
    if not any(now):
        raise UserError("No model was trained on the D' on disk now: run `kedro run`, or name a model.")
    return _in_order_of_val(rows[now], task or DEFAULT_TASK)


def _leaderboards(reporting: Path, apart: Path) -> Iterator[Path]:
    """Where those of a task may lie."""
    yield reporting / apart / LEADERBOARD
    if apart != Path():
        yield reporting / finetuned(str(apart)) / LEADERBOARD
    if apart == Path():
        yield from (reporting / COMPARED.format(name) / LEADERBOARD for name, entry in MODELS.items() if entry.beside)


def _is_of_now(data: Path, apart: Path, model: str) -> bool:
    """Whether a model's fit on disk is of the D' on disk, or of the frames of its samples."""
    fit, inputs = data / "07_model_output" / apart / model / "fit.json", data / "05_model_input"
    dataset, frames = (
        inputs / apart / "dataset.parquet",
        inputs / (str(apart) if apart != Path() else model) / "frames.parquet",
    )
    if not fit.exists() or not dataset.exists():
        return False
    trained_on = json.loads(fit.read_text(encoding="utf-8"))["dataset"]
    if model not in MODELS or MODELS[model].inputs == "features":
        return bool(trained_on == digest_in(dataset))
    return frames.exists() and _of_the_same(frames, dataset) and bool(trained_on == frames_digest(frames))


def frames_digest(path: Path) -> str:
    """The digest of the frame dataset in a file."""
    # Imported here: with it comes torchvision, which a model on D' does not wait for.
    from seqpipe.data.frame_dataset_file import read_frame_dataset

    return read_frame_dataset(path).digest


def _of_the_same(frames: Path, dataset: Path) -> bool:
    """Whether frames are of the samples of a D' and were read as it was, by the backbone that made it."""
    try:
        check_agree({path.stem: parquet_lineage(path) for path in (frames, dataset)})
    except UserError:
        return False
    return True


def _name_others(models: Sequence[str]) -> None:
    if models:
        logger.warning("Left out, as trained on another D' than the one on disk now: %s.", ", ".join(models))


def _in_order_of_val(board: pd.DataFrame, task: str) -> list[str]:
    judged, board = evaluation_of(task), trained_rows(board)
    score = f"val_{judged.primary.key}"
    ordered = board.sort_values(score, ascending=not judged.higher_is_better, kind="stable")
    return [str(model) for model in ordered["model"]]
