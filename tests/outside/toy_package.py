"""A package of its own that adds one thing of each kind: a classifier, a task, a modality and a section of the report.

`tests/test_plugins_end_to_end.py` installs it into a project and runs it there.
"""

import csv
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pydantic import Field
from torch.nn.functional import cross_entropy

from seqpipe.config import ClassifierConfig, Stage
from seqpipe.evaluation.base import Evaluation
from seqpipe.evaluation.by_task import class_predictions
from seqpipe.evaluation.report.section import Column, Picture, Section, Text, anchor
from seqpipe.media.frames import InvalidSample
from seqpipe.media.medium import Facts, FileTypes
from seqpipe.modalities.registry import ModalityEntry
from seqpipe.models.registry import ModelEntry
from seqpipe.targets.classes import ClassTargets
from seqpipe.tasks.classification import Classification
from seqpipe.tasks.registry import TaskEntry
from seqpipe.training.step import StepOutput

# A classifier.


class CommonestConfig(ClassifierConfig):
    """Nothing to choose."""


class Commonest:
    kind = "commonest"
    device = "cpu"
    threads = 1
    reads_order = False
    description = "always the commonest class"
    parameters = 1

    def __init__(self, config, runtime, task):
        self.config, self.task = config, task
        self.class_names, self.history = (), pd.DataFrame()

    def fit(self, train, val, checkpoint=None):
        self.class_names = train.class_names
        self._counts = np.bincount(train.t, minlength=len(train.class_names)) + 1.0

    def refit(self, both):
        self.fit(both, None)

    def predict_proba(self, data):
        return np.tile(self._counts / self._counts.sum(), (len(data), 1))

    def write(self, folder):
        return {"counts": self._counts.tolist()}

    def read(self, folder, kept):
        self._counts = np.array(kept["counts"])


COMMONEST = ModelEntry(CommonestConfig, "toy_package:Commonest", default=True, phrase="a constant")

# A task: the first word of a label, judged by how often it is wrong. In doubt, the first class is answered.

DOUBT = 0.4


class FirstWordConfig(Stage):
    """The first word of a label."""

    label_smoothing: float = Field(ge=0, lt=1, description="Share of each target that is spread over all classes.")


class FirstWords(ClassTargets):
    """The class of each sample's first word."""

    kind = "first_words"


@dataclass(frozen=True)
class FirstWord(Classification):
    label_smoothing: float = 0.0

    name = "first_word"
    choose_by = {"error": "lower"}

    @classmethod
    def on(cls, dataset, config):
        return cls(config.label_smoothing)

    @staticmethod
    def targets(samples, times_s, mask, annotations):
        return FirstWords.of(first_words(samples))

    @staticmethod
    def strata(samples):
        return first_words(samples)

    def step_output(self, logits, t):
        loss = cross_entropy(logits, t, label_smoothing=self.label_smoothing)
        return StepOutput(loss, (logits.argmax(1) == t).sum(), len(t))

    def val_scores(self, targets, proba):
        return {"error": float((self.answers(proba) != targets.t).mean())}

    def answers(self, proba):
        return np.where(proba[:, 0] >= DOUBT, 0, proba.argmax(1))

    def facts(self):
        return {"label_smoothing": self.label_smoothing}


def first_words(samples):
    return [label.split()[0] for label in samples["label"]]


def error_metrics(predictions, config, seed, fit):
    error = float((~predictions["correct"]).mean())
    n = len(predictions)
    return {"error": error, "error_low": error, "error_high": error, "n_test": n, "n_groups": n}


def error_section(name, results, figures):
    words = f"{name} is wrong on {results.metrics['error']:.2f} of the first words."
    pictures = [Picture(png, f"{key} of {name}") for key, png in figures.items()]
    return [Section(name, anchor("model", name), (Text(words), *pictures))]


def error_figures(judged):
    # What draws is imported by what draws: the leaderboard does not wait for it.
    from seqpipe.evaluation.figures.style import new_figure, png_bytes

    figure = new_figure(2, 2)
    figure.add_subplot().plot(judged.predictions["correct"])
    return {"answers": png_bytes(figure)}


FIRST_WORD_EVALUATION = Evaluation(
    predictions=class_predictions,
    metrics=error_metrics,
    primary=Column("error", "error rate", "share"),
    scores=(),
    note="The error rate is the share of wrong answers.",
    sections=error_section,
    figures=error_figures,
    higher_is_better=False,
    exports=lambda judged: {"wrong.txt": "\n".join(judged.predictions["id"][~judged.predictions["correct"]])},
)
FIRST_WORD = TaskEntry(
    "toy_package:FirstWord",
    "toy_package:FIRST_WORD_EVALUATION",
    per="clip",
    reads="labels",
    corpus="moving_digits",
    config=FirstWordConfig,
    words="first words",
)

# A modality: recordings of a tilting sensor, a measurement a line.


class TiltConfig(Stage):
    """Recordings of a tilting sensor."""

    rate: float = Field(gt=0, description="Measurements a second.")


@dataclass(frozen=True)
class TiltFacts(Facts):
    sensors: int


class TiltEncoder:
    modality = "tilt"
    name = "measurements as they are"
    version = 1

    def __init__(self, config):
        self.parameters, self._rate = config.model_dump(), config.rate

    def encode(self, path, kind, times_s):
        return measurements(path)[[int(time_s * self._rate) for time_s in times_s]]


class Tilt:
    files = FileTypes({".csv": "recording"}, "recordings")
    columns = ("sensors",)
    version = 1

    def __init__(self, config):
        self._config, self.encoder = config, TiltEncoder(config)

    def measure(self, path, kind, corpus):
        rows = measurements(path)
        if not len(rows):
            raise InvalidSample("no_frames", "It holds no measurement.")
        return TiltFacts(len(rows), self._config.rate, len(rows) / self._config.rate, rows.shape[1])


def measurements(path):
    with open(path, newline="") as file:
        return np.array(list(csv.reader(file)), np.float32)


TILT = ModalityEntry(TiltConfig, "toy_package:Tilt")

# A section of the report.


def section(inputs):
    return Section("Toys", "toys", (Text(f"{len(inputs.leaderboard)} models were compared."),))
