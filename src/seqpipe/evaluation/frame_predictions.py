"""Labels by frame: the table of predictions, the scores of each video, and the metrics of the test split."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from seqpipe.config import EvaluationConfig
from seqpipe.core.errors import UserError
from seqpipe.evaluation.predictions import PROBABILITY, class_names
from seqpipe.metrics import classification, intervals
from seqpipe.metrics.segments import UNLABELLED, segment_scores
from seqpipe.metrics.slots import are_slots, slot_scores

SCORES = ("accuracy", "macro_f1", "edit", "f1_10", "f1_25", "f1_50")
"""What each video is scored by, and the test split by their means."""


def frame_predictions_table(
    ids: Sequence[str],
    splits: Sequence[str],
    groups: Sequence[str],
    times_s: np.ndarray,
    t: np.ndarray,
    proba: np.ndarray,
    predicted: np.ndarray,
    names: Sequence[str],
) -> pd.DataFrame:
    """One row a step of every sample, in order.

    Args:
        ids, splits, groups: (N,) each.
        times_s: (N, T) seconds.
        t: (N, T) class indices, -100 where a step is not labelled, or there is none.
        proba: (N, T, K) probabilities; where there is no step, not a number.
        predicted: (N, T) the answers, which smoothing may have made others than the most probable classes.
        names: (K,) the classes.

    Returns:
        Columns id, split, group, step, time_s, label (empty where there is none), predicted, correct, confidence (of
        the answer) and ``p_<class>``.
    """
    n, step = np.nonzero(~np.isnan(proba[..., 0]))
    words = np.array([*names, ""], dtype=object)
    truth, answer = t[n, step], predicted[n, step]
    head = pd.DataFrame(
        {
            "id": np.asarray(ids, object)[n],
            "split": np.asarray(splits, object)[n],
            "group": np.asarray(groups, object)[n],
            "step": step,
            "time_s": times_s[n, step].astype(np.float64),
            "label": words[np.where(truth == UNLABELLED, len(names), truth)],
            "predicted": words[answer],
            "correct": truth == answer,
            "confidence": proba[n, step, answer],
        }
    )
    columns = [PROBABILITY + name for name in names]
    return head.join(pd.DataFrame(proba[n, step], columns=columns, dtype=np.float64))


def video_scores(predictions: pd.DataFrame, background: Collection[str]) -> pd.DataFrame:
    """A row a video, worst accuracy first: id, group, frames, labelled, and `SCORES`.

    Videos of which no frame is labelled have nothing to be scored by, and are left out.

    Raises:
        UserError: no frame of any is labelled.
    """
    names = class_names(predictions)
    nothing = [names.index(name) for name in background if name in names]
    rows = [
        _video_row(str(id_), video, names, nothing)
        for id_, video in predictions.groupby("id", sort=False)
        if (video["label"] != "").any()
    ]
    if not rows:
        raise UserError(
            f"None of these {predictions['id'].nunique()} videos has a labelled frame, so there is nothing to judge a "
            "model by: annotate some of them, or divide the videos otherwise."
        )
    return pd.DataFrame(rows).sort_values(["accuracy", "id"], ignore_index=True)


def _video_row(id_: str, video: pd.DataFrame, names: list[str], background: list[int]) -> dict[str, object]:
    truth, predicted = frame_answers(video, names)
    labelled = truth != UNLABELLED
    scores = segment_scores(truth, predicted, background)
    return {
        "id": id_,
        "group": video["group"].iloc[0],
        "frames": len(video),
        "labelled": int(labelled.sum()),
        "macro_f1": classification.macro_f1(truth[labelled], predicted[labelled]),
        "accuracy": scores.pop("frame_accuracy"),
        **scores,
    }


def frame_answers(rows: pd.DataFrame, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """(n,) true class indices, -100 where a frame has no label, and (n,) predicted ones."""
    index = pd.Index(list(names))
    truth = index.get_indexer(pd.Index(rows["label"].astype(str)))
    return np.where(truth < 0, UNLABELLED, truth), index.get_indexer(pd.Index(rows["predicted"].astype(str)))


def frame_metrics(
    predictions: pd.DataFrame, config: EvaluationConfig, seed: int, background: Collection[str] = ()
) -> dict[str, float]:
    """What a split says: each of `SCORES` as the mean over its videos, with its bootstrap interval over groups.

    ``accuracy`` is that of frames. Of every score also ``<score>_low`` and ``<score>_high``. Further
    ``pooled_accuracy`` and ``pooled_macro_f1``, over all labelled frames as if they were of one video; ``chance``, the
    share of the commonest class among them; ``n_test`` (videos), ``n_groups``, ``n_frames``, ``n_labelled``;
    ``f1/<class>``, ``support/<class>`` by class; and of IOB tags the `slot_scores`.
    """
    names = class_names(predictions)
    videos = video_scores(predictions, background)
    truth, predicted = frame_answers(predictions, names)
    labelled = truth != UNLABELLED
    return {
        **_means(videos, config, seed),
        "pooled_accuracy": classification.accuracy(truth[labelled], predicted[labelled]),
        "pooled_macro_f1": classification.macro_f1(truth[labelled], predicted[labelled]),
        "chance": classification.chance(truth[labelled]),
        "n_test": float(len(videos)),
        "n_groups": float(videos["group"].nunique()),
        "n_frames": float(len(predictions)),
        "n_labelled": float(labelled.sum()),
        **_by_class(truth[labelled], predicted[labelled], names),
        **(slot_scores(_tags(predictions)) if are_slots(names) else {}),
    }


def _tags(predictions: pd.DataFrame) -> list[tuple[list[str], list[str]]]:
    """The true and the predicted tags of each sample."""
    each = predictions[predictions["label"] != ""].groupby("id", sort=False)
    return [(rows["label"].tolist(), rows["predicted"].tolist()) for _, rows in each]


def _means(videos: pd.DataFrame, config: EvaluationConfig, seed: int) -> dict[str, float]:
    means: dict[str, float] = {}
    for score in SCORES:
        values = videos[score].to_numpy(np.float64)
        low, high = intervals.mean_interval(values, videos["group"], config.bootstrap, config.confidence, seed)
        means |= {score: float(values.mean()), f"{score}_low": low, f"{score}_high": high}
    return means


def _by_class(truth: np.ndarray, predicted: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    scores = classification.class_scores(truth, predicted, len(names))
    rows: dict[str, float] = {}
    for name, f1, support in zip(names, scores.f1, scores.support, strict=True):
        rows |= {f"f1/{name}": float(f1)} if support else {}
        rows[f"support/{name}"] = float(support)
    return rows


def segments_table(predictions: pd.DataFrame) -> pd.DataFrame:
    """The predicted segments: id, start_s, end_s, label and confidence (the mean of its frames'), in order.

    A segment begins and ends half way between its frames and the neighbouring ones.
    """
    rows: list[dict[str, object]] = []
    for id_, video in predictions.groupby("id", sort=False):
        times = video["time_s"].to_numpy(np.float64)
        half = (times[1] - times[0]) / 2 if len(times) > 1 else 0.0
        borders = np.concatenate([[max(0.0, times[0] - half)], (times[1:] + times[:-1]) / 2, [times[-1] + half]])
        run = (video["predicted"] != video["predicted"].shift()).cumsum().to_numpy()
        for number in np.unique(run):
            where = np.flatnonzero(run == number)
            rows.append(
                {
                    "id": id_,
                    "start_s": borders[where[0]],
                    "end_s": borders[where[-1] + 1],
                    "label": video["predicted"].iloc[where[0]],
                    "confidence": float(video["confidence"].iloc[where].mean()),
                }
            )
    return pd.DataFrame(rows, columns=["id", "start_s", "end_s", "label", "confidence"])
