"""Tables of sentences whose every number can be worked out by hand, and models judged by them."""

from __future__ import annotations

import numpy as np

from seqpipe.core.lineage import with_lineage
from seqpipe.data.dataset import FeatureDataset
from seqpipe.evaluation.base import evaluation_of
from seqpipe.evaluation.results import Results
from seqpipe.evaluation.sentences import sentence_table, with_copies
from seqpipe.metrics.sentences.flavours import FLAVOURS
from seqpipe.targets.sentences import SentenceTargets
from seqpipe.targets.vocabulary import Vocabulary
from seqpipe.tasks.sentences import Beam, Said, said_of

ACTIONS = ("a dog runs", "a cat sleeps", "two birds sing", "one man reads", "the child jumps high")


def dataset(references, tokens=(), steps=3, splits=None, lineage=None):
    """D' of samples with these references each; of tokens each reads the first ``steps`` of them, in turn."""
    n = len(references)
    vocabulary = Vocabulary.learned([text for of in references for text in of], "words", True, 1, 1000)
    x = np.zeros((n, steps, 1 if tokens else 2), np.float32)
    if tokens:
        x[..., 0] = (np.arange(n)[:, None] + np.arange(steps)) % len(tokens)
    return FeatureDataset(
        x=x,
        mask=np.ones((n, steps), bool),
        times_s=np.tile(np.arange(steps, dtype=np.float32) + 0.5, (n, 1)),
        targets=SentenceTargets(tuple(map(tuple, references)), vocabulary),
        ids=np.array([f"s{row:02d}" for row in range(n)], object),
        groups=np.array([f"g{row:02d}" for row in range(n)], object),
        splits=np.array(splits or ["test"] * n, object),
        fingerprint="of nothing",
        lineage=lineage or {},
        tokens=tuple(tokens),
    )


def beams(text, places=0, others=()):
    """What is said of a sample; where there are places, each token looked at one more to the right."""
    words = tuple(text.split())
    looked = np.eye(places, dtype=np.float32)[np.arange(len(words)) % places] if places else None
    best = Beam(text, words, -1.0, -0.5, looked)
    return Said((best, *(Beam(other, tuple(other.split()), -2.0, -0.9) for other in others)))


def table(references, answers, kind="captions", places=0, tokens=(), steps=3, train=(), lineage=None, others=()):
    """The table of the answers to samples of test with these references."""
    data = dataset(references, tokens, steps, lineage=lineage)
    said = said_of([beams(text, places, others) for text in answers])
    made = sentence_table(data, said, np.array(list(answers), object), kind)
    if train:
        known = dataset([[text] for text in train], splits=["train"] * len(train))
        made = with_copies(made, known, kind)
    return with_lineage(made, lineage or {})


def judged(predictions, config, task="image_captioning", places=1, **changes):
    """The results of a model with these predictions, of so many places a step; ``changes`` are to its fit."""
    evaluation = evaluation_of(task)
    kind = "translation" if task == "translation" else "captions"
    val = {f"val_{name}": 0.25 for name in FLAVOURS[kind].names}
    fit = {
        "fit_seconds": 1.5,
        "device": "cpu",
        "parameters": {"hidden": 4},
        "reads_order": True,
        "description": "an LSTM that looks at what is seen, at each word anew",
        "trials": 1,
        "seed": 0,
        "trainable_parameters": 100,
        "task": {"name": task, "places": places},
        **val,
        **changes,
    }
    return Results(fit, evaluation.metrics(predictions, config, 0, fit), predictions, config.model_dump())
