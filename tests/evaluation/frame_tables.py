"""Tables of labels by frame whose every number can be worked out by hand."""

import numpy as np

from seqpipe.evaluation.frame_predictions import frame_predictions_table

NAMES = ["rest", "run", "walk"]


def predictions(truth, answers, groups=None):
    """A table of videos of one frame a second; each text has a class number a frame, a dot where none is labelled."""
    longest = max(map(len, truth))
    t = np.full((len(truth), longest), -100)
    predicted = np.zeros_like(t)
    proba = np.full((*t.shape, 3), np.nan)
    for n, (true, answer) in enumerate(zip(truth, answers, strict=True)):
        t[n, : len(true)] = [-100 if c == "." else int(c) for c in true]
        predicted[n, : len(true)] = [int(c) for c in answer]
        proba[n, : len(true)] = np.eye(3)[predicted[n, : len(true)]] * 0.7 + 0.1
    times = np.tile(np.arange(longest) + 0.5, (len(truth), 1))
    ids = [f"v{n}" for n in range(len(truth))]
    return frame_predictions_table(ids, ["test"] * len(ids), groups or ids, times, t, proba, predicted, NAMES)
