"""What data must have for anything to be learned from them: every classifier C' and every fine-tuning looks first."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from seqpipe.core.errors import UserError

if TYPE_CHECKING:
    from seqpipe.data.frame_dataset import FrameDataset
    from seqpipe.tasks.base import Task

logger = logging.getLogger(__name__)

# Numbers closer than a float16's last place, or than the rounding of a sum, are the same number.
RELATIVE, ROUNDING = 2.0**-10, 1e-5
SAME = (
    "are the same, so that nothing can be learned from them: look at the pictures (are they all black, or copies of "
    "one?)"
)


def check_classes(class_names: Sequence[str], t: np.ndarray, all_needed: bool = True) -> None:
    """Raises a UserError where there are fewer than two classes, or one has none of the training targets t.

    With ``all_needed`` false, a class that is nowhere in train is told: it cannot be learned.
    """
    if len(class_names) < 2:
        got = ", ".join(map(repr, class_names)) or "none"
        raise UserError(f"At least two classes are needed to tell apart, got {got}: look at the quarantine.")
    missing = [repr(name) for k, name in enumerate(class_names) if k not in t]
    if missing and all_needed:
        raise UserError(
            f"No training samples of {', '.join(missing)}: add some, or lower corpus.val_share and test_share."
        )
    if missing:
        logger.warning("Nothing in train is labelled %s: no model can learn to answer that.", ", ".join(missing))


def check_val_scores(task: Task, row: Collection[str], needed: str = "") -> None:
    """Raises a UserError where a trial has no score on val (``val_<name>``) that the task, or its evaluation, goes by.

    Args:
        task: Its ``choose_by`` are asked for.
        row: The columns of the trial.
        needed: The primary metric of its evaluation; empty: none is asked for.
    """
    wanted = [*task.choose_by, *([needed] if needed else [])]
    if missing := list(dict.fromkeys(name for name in wanted if f"val_{name}" not in row)):
        got = ", ".join(name.removeprefix("val_") for name in row if name.startswith("val_"))
        raise UserError(
            f"The task {task.name}: its val_scores lack {', '.join(missing)}, which its choose_by or the primary "
            f"metric of its evaluation names, and have {got or 'nothing'}; give the same names in these three."
        )


def learnable(chunks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Hands on chunks of training vectors (n, D).

    Raises:
        UserError: A number is not finite; or, after the last chunk, all vectors are the same but for rounding.
    """
    first: np.ndarray | None = None
    varies = False
    for chunk in chunks:
        _check_finite(chunk)
        first = chunk[0] if first is None else first
        varies = varies or any(_differ(vector, first) for vector in chunk)
        yield chunk
    if not varies:
        raise UserError(
            f"The features of all training samples {SAME}; or take another backbone or features.layer, or, where the "
            "order of the frames is all that differs, pooling=concat."
        )


def _differ(vector: np.ndarray, first: np.ndarray) -> bool:
    return not np.allclose(vector, first, rtol=RELATIVE, atol=ROUNDING * np.abs(first).max())


def _check_finite(chunk: np.ndarray) -> None:
    if not np.isfinite(chunk).all():
        raise UserError(
            "Some features of the training samples are not finite: look at backbone.weights, or extract them again "
            "with features.dtype=float32 and features.precision=float32."
        )


def check_frame_dataset(train: FrameDataset) -> None:
    """Raises a UserError where a CNN cannot learn from these samples: of their classes, or of their frames."""
    check_classes(train.class_names, train.t)
    rows = train.rows.tolist()
    check_frames_vary(train.frames.frame(row, j) for row in rows for j in range(train.frames.count(row)))


def check_frames_vary(frames: Iterable[np.ndarray]) -> None:
    """Raises a UserError where all frames (H, W, 3) uint8 show the same picture; reads as few as it takes."""
    first: np.ndarray | None = None
    for frame in frames:
        first = frame if first is None else first
        if frame.shape != first.shape or np.abs(frame.astype(np.int16) - first).max() > 1:
            return
    raise UserError(f"The frames of all training samples {SAME}.")
