"""Answers about files: the way of a run from file to probabilities, with what a bundle holds."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from seqpipe.config import ClipConfig, CorpusConfig, FeaturesConfig, RuntimeConfig
from seqpipe.core.lineage import with_lineage
from seqpipe.data.base import Dataset
from seqpipe.data.dataset import FeatureDataset, build_dataset
from seqpipe.encoders.backbones import Backbone
from seqpipe.media.frames import InvalidSample
from seqpipe.media.ingest import probe_all
from seqpipe.media.medium import FileTypes, Probe
from seqpipe.media.probe_cache import ProbeCache
from seqpipe.media.quarantine import counted, quarantine_table
from seqpipe.metrics.classification import probabilities
from seqpipe.modalities.registry import measuring_of, modality
from seqpipe.modalities.saved import read_any, saved_parameters
from seqpipe.models.base import Model
from seqpipe.models.persist import read_model
from seqpipe.models.registry import MODELS
from seqpipe.runtime.devices import computing
from seqpipe.targets.classes import ClassTargets
from seqpipe.use.bundle import Bundle

logger = logging.getLogger(__name__)

AT_ONCE = 512
"""Samples that are answered together: memory does not depend on how many there are."""


class Answers(NamedTuple):
    """What a model says of files.

    Attributes:
        samples: A row a file that could be read: id, path, kind, length, rate, duration_s, sha256, ...
        proba: The probabilities of each, (K,), or (T, K) where each frame is answered.
        answers: The class index of each: an integer, or (T,).
        times_s: (T,) the time of each frame, in seconds.
        quarantine: path, reason and detail of each file that could not be read.
    """

    samples: pd.DataFrame
    proba: list[np.ndarray]
    answers: list[np.ndarray]
    times_s: list[np.ndarray]
    quarantine: pd.DataFrame


class Predictor:
    """A bundle that has been read.

    Args:
        bundle: Model, encoder, and how files are read for them.
        runtime: Where it computes.
        store: Root of a feature store. What it holds is not computed again: an interrupted prediction goes on where it
            was, and files that a run has read are answered at once.
        probes: Folder in which is remembered what files hold.
    """

    def __init__(self, bundle: Bundle, runtime: RuntimeConfig, store: Path, probes: Path) -> None:
        self.bundle, self._runtime, self._store, self._probes = bundle, runtime, store, probes
        self._corpus = CorpusConfig.model_validate(bundle.settings["corpus"])
        self._configured_clip = ClipConfig.model_validate(bundle.settings["clip"])
        self._features = FeaturesConfig.model_validate(bundle.settings["features"])

    @cached_property
    def model(self) -> Model:
        """The fitted model."""
        model: Any = read_model(self.bundle.model)
        return model.answering(self._runtime) if MODELS[model.kind].inputs == "frames" else model

    @cached_property
    def encoder(self) -> Any:
        """What makes vectors of the files: a `Backbone`, or a `SequenceEncoder`."""
        return read_any(self.bundle.encoder)

    @property
    def files(self) -> FileTypes | None:
        """Which files are samples of its modality; None: videos, folders of frames, and images."""
        return modality(self.bundle.modality, saved_parameters(self.bundle.encoder)).files

    @property
    def steps(self) -> int:
        """To how many steps samples are filled up, at least: of a model of clips those of its D', as it was judged."""
        return (self.bundle.frames or 0) if self.model.task.per == "clip" else 0

    @property
    def _clip(self) -> ClipConfig:
        """A model of clips is shown no more steps than any clip had that it was trained on."""
        clip = self._configured_clip
        return clip.model_copy(update={"frames": min(clip.frames, self.steps or clip.frames)})

    def predict(self, listing: pd.DataFrame) -> Answers:
        """What the model says of the samples of a listing, in its order; what cannot be read is in the quarantine."""
        samples, quarantine = self._probed(listing)
        if len(quarantine):
            logger.warning("Cannot read %d of %d files: %s.", len(quarantine), len(listing), counted(quarantine))
        proba: list[np.ndarray] = []
        answers: list[np.ndarray] = []
        times_s: list[np.ndarray] = []
        with computing(self._runtime):
            for data in self._datasets(samples):
                each = self.model.predict_proba(data)
                given = self.model.task.answers(each)
                if self.model.task.per == "clip":
                    # As the predictions of a run are kept: rows that sum to 1 in float64.
                    each = probabilities(each, n=len(data), k=len(self.model.class_names))
                times = data.clip_times_s()
                for n, id_ in enumerate(data.ids):
                    real = slice(len(times[id_])) if self.model.task.per == "frame" else ()
                    proba.append(each[n][real])
                    answers.append(np.asarray(given[n])[real])
                    times_s.append(np.asarray(times[id_]))
        return Answers(samples, proba, answers, times_s, quarantine)

    def _probed(self, listing: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        name, parameters = self.bundle.modality, saved_parameters(self.bundle.encoder)
        medium, measuring = modality(name, parameters), measuring_of(name, parameters)
        cache = ProbeCache(self._probes, self._corpus, medium, measuring)
        probed = probe_all(listing, self._corpus, cache, lambda *_: None)
        facts = {index: found.columns() for index, found in probed.items() if isinstance(found, Probe)}
        rejected = {index: found for index, found in probed.items() if isinstance(found, InvalidSample)}
        samples = listing.drop(columns=["reason", "detail"]).join(
            pd.DataFrame.from_dict(facts, orient="index"), how="inner"
        )
        # Nothing is known of either, and both are texts to what reads the table.
        samples = samples.assign(label="", group="", split="").reset_index(drop=True)
        samples = with_lineage(samples, {"samples": {"measuring": measuring}})
        return samples, quarantine_table(listing, rejected).reset_index(drop=True)

    def _datasets(self, samples: pd.DataFrame) -> Iterator[Dataset]:
        """What the model reads, some samples at a time; the encoder has read all of them by then."""
        if not len(samples):
            return
        read = self._frame_sets if MODELS[self.model.kind].inputs == "frames" else self._feature_sets
        yield from read(samples)

    def _feature_sets(self, samples: pd.DataFrame) -> Iterator[Dataset]:
        from seqpipe.extraction.computed import extract_computed
        from seqpipe.extraction.engine import extract

        by = extract if isinstance(self.encoder, Backbone) else extract_computed
        index = by(samples, self.encoder, self._clip, self._features, self._runtime, self._store)
        names = self.model.class_names
        for rows in _parts(len(samples)):
            part = samples.iloc[rows].reset_index(drop=True)
            data = build_dataset(
                part,
                index.iloc[rows].reset_index(drop=True),
                self._store,
                None,
                lambda some, *_: ClassTargets(np.zeros(len(some), np.int64), names),
            )
            yield filled_up(data, self.steps)

    def _frame_sets(self, samples: pd.DataFrame) -> Iterator[Dataset]:
        from seqpipe.data.frame_dataset import build_frame_dataset

        for rows in _parts(len(samples)):
            part = samples.iloc[rows].reset_index(drop=True)
            yield build_frame_dataset(part, self.encoder, self._clip, self._runtime, self._store.parent / "frames")


def filled_up(data: FeatureDataset, steps: int) -> FeatureDataset:
    """The same samples with at least so many steps, of which those that they lack are masked."""
    lacking = max(0, steps - data.mask.shape[1])
    return replace(
        data,
        x=np.pad(data.x[:], ((0, 0), (0, lacking), (0, 0))),
        mask=np.pad(data.mask, ((0, 0), (0, lacking))),
        times_s=np.pad(data.times_s, ((0, 0), (0, lacking))),
    )


def _parts(count: int) -> Iterator[slice]:
    return (slice(start, start + AT_ONCE) for start in range(0, count, AT_ONCE))
