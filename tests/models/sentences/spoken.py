"""Small D' of sentences that a test can read, the parameters of their models, and these fitted."""

from dataclasses import replace

import numpy as np
from tests.configs import shipped_values, with_changes
from tests.models.conftest import make_dataset

from seqpipe.config import RuntimeConfig
from seqpipe.generation.base import GenerationRules
from seqpipe.models.registry import MODELS
from seqpipe.runtime.devices import computing
from seqpipe.targets.sentences import SentenceTargets
from seqpipe.targets.vocabulary import Vocabulary
from seqpipe.tasks.sentences import Translation, VideoCaptioning

COLOURS, SHAPES = ("red", "green", "blue"), ("circle", "square")
RULES = GenerationRules("beam", beam=3, length_normalisation=0.7, no_repeat=0, max_length=8, temperature=1.0)
DECODERS = ("decoder_init", "decoder_par", "decoder_merge", "decoder_attention")
OF_CAPTIONS = ("fixed_sentence", "nearest_neighbour", "consensus", *DECODERS)
OF_TRANSLATIONS = ("fixed_sentence", "copy_source", "dictionary", *DECODERS)
QUICK = {
    **{"cell": "gru", "hidden": 16, "embedding": 12, "attention": 8, "pca": None, "dropout": 0.0, "standardize": False},
    **{"token_dropout": 0.0, "label_smoothing": 0.0, "min_steps": 1, "refit": False, "grid": {}},
    **{"learning_rate": 0.03, "batch_size": 16, "epochs": 8, "patience": None},
}


def with_sentences(dataset, references, level="words"):
    """D' with these sentences, and the vocabulary of its samples of train."""
    train = [text for of, split in zip(references, dataset.splits, strict=True) if split == "train" for text in of]
    vocabulary = Vocabulary.learned(train, level, True, 1, 100)
    return replace(dataset, targets=SentenceTargets(tuple(map(tuple, references)), vocabulary))


def captioned(count=72, steps=1, places=1, seed=0):
    """Colours and shapes that the numbers of a vector tell; samples have one caption or two."""
    rng = np.random.default_rng(seed)
    which = np.arange(count) // 4 % 6
    told = np.concatenate([np.eye(3)[which // 2], np.eye(2)[which % 2]], axis=1) * 2
    x = told[:, None] + 0.2 * rng.normal(size=(count, steps * places, 5))
    lengths = np.full(count, steps) if steps == 1 else rng.integers(1, steps + 1, size=count)
    texts = [f"a {COLOURS[of // 2]} {SHAPES[of % 2]}" for of in which]
    references = [[text] if n % 3 else [text, text.replace("a ", "the ")] for n, text in enumerate(texts)]
    dataset = make_dataset(x.reshape(count, steps, places * 5), which, lengths, SHAPES)
    return with_sentences(dataset, references)


TOKENS = ("<unknown>", "un", "deux", "trois", "quatre", "cinq")
TARGETS = ("one", "two", "three", "four", "five")


def translated(count=96, seed=0):
    """Two to four tokens, each of which has its word in the other language."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(2, 5, size=count)
    x = rng.integers(1, 6, size=(count, 4))
    references = [[" ".join(TARGETS[token - 1] for token in row[:n])] for row, n in zip(x, lengths, strict=True)]
    dataset = make_dataset(x[..., None], np.zeros(count), lengths, ("none",))
    return replace(with_sentences(dataset, references), tokens=TOKENS)


def task_on(dataset, places=1, **rules):
    """The task that a D' is of."""
    return (Translation if dataset.tokens else VideoCaptioning)(replace(RULES, **rules), places)


def config_of(kind, task, **changes):
    """The shipped parameters of a model for a task, made quick."""
    block = "decoder" if kind in DECODERS else kind
    values = next(of for of in map(shipped_values, (task.name, "translation")) if block in of)[block]
    return MODELS[kind].config(**with_changes(values, **(QUICK if kind in DECODERS else {}) | changes))


def runtime_of(seed=0):
    return RuntimeConfig(seed=seed, device="cpu", threads=1, deterministic=True)


def built(kind, dataset, task=None, seed=0, **changes):
    task = task or task_on(dataset)
    return MODELS[kind].build(config_of(kind, task, **changes), runtime_of(seed), task)


def fitted(kind, dataset, task=None, checkpoint=None, seed=0, **changes):
    """A model that has learned of train, and was judged on val."""
    model = built(kind, dataset, task, seed, **changes)
    with computing(runtime_of(seed)):
        model.fit(dataset.part("train"), dataset.part("val"), checkpoint)
    return model


def said(model, dataset):
    """The sentence of each sample."""
    return model.task.answers(model.predict_proba(dataset)).tolist()
