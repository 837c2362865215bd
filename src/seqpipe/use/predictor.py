"""Answers about files: the way of a run from file to probabilities, with what a bundle holds."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from seqpipe.config import ClipConfig, CorpusConfig, FeaturesConfig, RuntimeConfig
from seqpipe.core.lineage import with_lineage
from seqpipe.core.progress import progress
from seqpipe.data.base import Dataset
from seqpipe.data.dataset import FeatureDataset, build_dataset
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.base import tokens_of
from seqpipe.media.decoding.flow import check_moves, check_stream
from seqpipe.media.frames import InvalidSample
from seqpipe.media.ingest import probe_all, tell_remarks
from seqpipe.media.medium import FileTypes, Probe
from seqpipe.media.probe_cache import ProbeCache
from seqpipe.media.quarantine import counted, quarantine_table
from seqpipe.metrics.classification import probabilities
from seqpipe.modalities.base import Modality
from seqpipe.modalities.registry import PICTURES, measuring_of, modality
from seqpipe.modalities.saved import read_any, saved_parameters
from seqpipe.models.base import Model
from seqpipe.models.persist import read_model
from seqpipe.models.registry import MODELS
from seqpipe.runtime.devices import computing
from seqpipe.targets.classes import ClassTargets
from seqpipe.tasks.registry import check_task
from seqpipe.use.bundle import Bundle
from seqpipe.use.novelty import Reference, distances, vectors
from seqpipe.use.reference_file import read_reference
from seqpipe.use.said import handed_on

logger = logging.getLogger(__name__)

AT_ONCE, BYTES_AT_ONCE = 512, 256 * 2**20
"""Samples that are answered together, and what their features may take: memory does not depend on how many there are,
and where frames are answered hardly on how long."""


class Answers(NamedTuple):
    """What a model says of files.

    Attributes:
        samples: A row a file that could be read: id, path, kind, length, rate, duration_s, sha256, ...
        proba: The probabilities of each, (K,), or (T, K) where each frame is told of; where a sentence is told, what is
            said of it (`seqpipe.tasks.sentences.Said`).
        answers: The class index of each: an integer, or (T,); or its sentence.
        times_s: (T,) the time of each frame, in seconds.
        quarantine: path, reason and detail of each file that could not be read.
        far: (N,) bool, which of the samples are far from those that the model was trained on; None: nothing tells.
        sure_from: The probability below which an answer is doubted; None: nothing tells.
        read: Where sentences are told, the tokens of each sample as the model has read them, none of vectors; else
            nothing.
    """

    samples: pd.DataFrame
    proba: list[Any]
    answers: list[Any]
    times_s: list[np.ndarray]
    quarantine: pd.DataFrame
    far: np.ndarray | None = None
    sure_from: float | None = None
    read: Sequence[tuple[str, ...]] = ()


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
        check_stream(self._configured_clip)
        self._features = FeaturesConfig.model_validate(bundle.settings["features"])
        self.encoder: Any = read_any(bundle.encoder)
        """What makes vectors of the files: a `Backbone`, or a `SequenceEncoder`."""
        # With the encoder, at once: a run beside it may replace them any time.
        self.model: Model = self._model()
        self.reference: Reference | None = None if bundle.novelty is None else read_reference(bundle.novelty)
        """What tells whether a sample is far from those of train."""

    def _model(self) -> Model:
        model: Any = read_model(self.bundle.model)
        check_task(model.task.name)  # another package's may be older than what is asked of it here
        return model.answering(self._runtime) if MODELS[model.kind].inputs == "frames" else model

    @property
    def untold(self) -> str:
        """What this bundle does not tell of its answers, as a sentence; empty where it tells all."""
        lacking = {
            "which are of low confidence": self.bundle.sure_from is None,
            "which are far from training": self.bundle.novelty is None,
        }
        what = " and ".join(name for name, lacks in lacking.items() if lacks)
        return f"Of these answers this model does not tell {what}." if what else ""

    @property
    def modality(self) -> Modality:
        """What the samples are, with the parameters that they were measured with."""
        return modality(self.bundle.modality, saved_parameters(self.bundle.encoder))

    @property
    def files(self) -> FileTypes | None:
        """Which files are samples of its modality; None: videos, folders of frames, and images."""
        return self.modality.files

    @property
    def steps(self) -> int:
        """To how many steps samples are filled up, at least: of a model of clips those of its D', as it was judged."""
        return (self.bundle.frames or 0) if self.model.task.per == "clip" else 0

    @property
    def _clip(self) -> ClipConfig:
        """A model of clips or sentences is shown no more steps than any sample had that it was trained on.

        Where all steps of a sample are taken it is shown them all, as it was in training.
        """
        clip = self._configured_clip
        known = None if self.model.task.per == "frame" else self.bundle.frames
        return clip.model_copy(update={"frames": min(clip.frames, known or clip.frames)})

    @property
    def tells_of_time(self) -> bool:
        """Whether an answer is of a stretch of time: one of a single picture is not, and one of a text neither."""
        return self.bundle.frames not in (None, 1) and not tokens_of(self.encoder)

    def predict(self, listing: pd.DataFrame) -> Answers:
        """What the model says of the samples of a listing, in its order; what cannot be read is in the quarantine."""
        samples, quarantine = self.probed(listing)
        return _together(list(self.parts(samples)), samples, quarantine)

    def answers(self, listing: pd.DataFrame) -> Answers:
        """The same without ``proba``, and of what is answered by step each step, whatever is told of it."""
        samples, quarantine = self.probed(listing)
        parts = [part._replace(proba=[]) for part in self.parts(samples, whole=True)]
        return _together(parts, samples, quarantine)

    def parts(self, samples: pd.DataFrame, whole: bool = False) -> Iterator[Answers]:
        """The same of samples as `probed` gives them, some of them at a time, with empty quarantines.

        Of what is answered by step all steps where ``whole`` is true, else those that are told. All samples are brought
        into the store first, by one stream. At least one part is given, which may be empty.
        """
        with computing(self._runtime):
            reading = self._reading(samples) if len(samples) else None
        with progress(len(samples), "answers", "file") as bar:
            for rows in reading.parts if reading else [slice(0, 0)]:
                part = samples.iloc[rows].reset_index(drop=True)
                with computing(self._runtime):
                    answered = self._answered(part, reading.read(rows, part) if reading else None, whole)
                yield answered
                bar.update(len(part))

    def _answered(self, part: pd.DataFrame, data: Dataset | None, whole: bool) -> Answers:
        nothing = Answers(part, [], [], [], quarantine_table(part, {}), self._far(data), self.bundle.sure_from)
        if data is None:
            return nothing
        each = self.model.predict_proba(data)
        given = self.model.task.answers(each)
        if self.model.task.per == "sentence":
            times = data.clip_times_s()
            times_s = [np.asarray(times[str(id_)]) for id_ in data.ids]
            said = handed_on(each, [len(of) for of in times_s], self.model.task)
            read = data.read_tokens() if isinstance(data, FeatureDataset) else [()] * len(data)
            return nothing._replace(proba=said, answers=list(given), times_s=times_s, read=read)
        if self.model.task.per == "clip":
            # As the predictions of a run are kept: rows that sum to 1 in float64.
            each = probabilities(each, n=len(data), k=len(self.model.class_names))
        times = data.clip_times_s()
        times_s = [np.asarray(times[id_]) for id_ in data.ids]
        real = [self._asked(len(times), whole) for times in times_s]
        return nothing._replace(
            proba=[self._kept(each[n][rows]) for n, rows in enumerate(real)],
            answers=[np.asarray(given[n])[rows] for n, rows in enumerate(real)],
            times_s=times_s,
        )

    def _asked(self, steps: int, whole: bool) -> Any:
        """Where in the answers of a sample of so many steps that lies which is told of it, or all."""
        if self.model.task.per == "clip":
            return ()
        return steps - 1 if self.model.task.told == "next" and not whole else slice(steps)

    def _kept(self, proba: np.ndarray) -> np.ndarray:
        """What of a part is handed on: a view of one step would keep those of all steps in memory."""
        return proba.copy() if self.model.task.told == "next" else proba

    def _far(self, data: Dataset | None) -> np.ndarray | None:
        if self.reference is None:
            return None
        if not isinstance(data, FeatureDataset):
            return np.zeros(0, bool)
        return distances(self.reference, vectors(data.x[:], data.mask)) > self.reference.threshold

    def probed(self, listing: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """(samples, quarantine): the rows of a listing with what was measured of them, and what cannot be read."""
        name, parameters = self.bundle.modality, saved_parameters(self.bundle.encoder)
        medium, measuring = modality(name, parameters), measuring_of(name, parameters)
        cache = ProbeCache(self._probes, self._corpus, medium, measuring)
        probed = probe_all(listing, self._corpus, cache, suits=self._suits, labelled=False)
        facts = {index: found.columns() for index, found in probed.items() if isinstance(found, Probe)}
        rejected = {index: found for index, found in probed.items() if isinstance(found, InvalidSample)}
        samples = listing.drop(columns=["reason", "detail"]).join(
            pd.DataFrame.from_dict(facts, orient="index"), how="inner"
        )
        # Nothing is known of either, and both are texts to what reads the table.
        samples = samples.assign(label="", group="", split="").reset_index(drop=True)
        samples = with_lineage(samples, {"samples": {"measuring": measuring}})
        if len(samples):  # of none nothing was measured, a remark neither
            tell_remarks(samples)
        quarantine = quarantine_table(listing, rejected).reset_index(drop=True)
        if len(quarantine):
            logger.warning("Cannot read %d of %d files: %s.", len(quarantine), len(listing), counted(quarantine))
        return samples, quarantine

    def _suits(self, probe: Probe) -> None:
        if self.bundle.modality == PICTURES:
            check_moves(self._configured_clip, probe.length)

    def _reading(self, samples: pd.DataFrame) -> _Reading:
        """How the model is given what it reads; the encoder has read all of it by then."""
        return self._of_frames(samples) if MODELS[self.model.kind].inputs == "frames" else self._of_features(samples)

    def _of_features(self, samples: pd.DataFrame) -> _Reading:
        from seqpipe.extraction.computed import extract_computed
        from seqpipe.extraction.engine import extract
        from seqpipe.extraction.store import shard_layout

        by = extract if isinstance(self.encoder, Backbone) else extract_computed
        index = by(samples, self.encoder, self._clip, self._features, self._runtime, self._store)
        names = self.model.class_names

        def read(rows: slice, part: pd.DataFrame) -> Dataset:
            where = index.iloc[rows].reset_index(drop=True)
            targets = ClassTargets(np.zeros(len(part), np.int64), names)  # there are none: no model asks for them
            built = build_dataset(part, where, self._store, None, lambda *_: targets, tokens_of(self.encoder))
            return filled_up(built, self.steps)

        size, _ = shard_layout(self._store / index["shard"].iloc[0])
        # What is answered at each step of many classes takes more than what is read, twice while it is looked at.
        answered = 2 * 8 * len(names) if self.model.task.per == "frame" else 0
        return _Reading(list(_parts(index["frames"].tolist(), max(4 * size, answered))), read)

    def _of_frames(self, samples: pd.DataFrame) -> _Reading:
        from seqpipe.data.frame_dataset import build_frame_dataset

        def read(_: slice, part: pd.DataFrame) -> Dataset:
            return build_frame_dataset(part, self.encoder, self._clip, self._runtime, self._store.parent / "frames")

        return _Reading(list(_parts([0] * len(samples), 0)), read)


class _Reading(NamedTuple):
    """Which samples are read together, and how: by their rows, and the table of them."""

    parts: list[slice]
    read: Callable[[slice, pd.DataFrame], Dataset]


def filled_up(data: FeatureDataset, steps: int) -> FeatureDataset:
    """The same samples with at least so many steps, of which those that they lack are masked."""
    lacking = max(0, steps - data.mask.shape[1])
    return replace(
        data,
        x=np.pad(data.x[:], ((0, 0), (0, lacking), (0, 0))),
        mask=np.pad(data.mask, ((0, 0), (0, lacking))),
        times_s=np.pad(data.times_s, ((0, 0), (0, lacking))),
    )


def _parts(steps: Sequence[int], step_bytes: int) -> Iterator[slice]:
    """Consecutive samples of so many steps each, which are filled up to the longest of their part."""
    start, longest = 0, 0
    for n, count in enumerate(steps):
        longest = max(longest, count)
        if n - start >= AT_ONCE or (n > start and (n + 1 - start) * longest * step_bytes > BYTES_AT_ONCE):
            yield slice(start, n)
            start, longest = n, count
    yield slice(start, len(steps))


def _together(parts: list[Answers], samples: pd.DataFrame, quarantine: pd.DataFrame) -> Answers:
    far = None if parts[0].far is None else np.concatenate([part.far for part in parts if part.far is not None])
    proba = [one for part in parts for one in part.proba]
    answers = [one for part in parts for one in part.answers]
    times_s = [one for part in parts for one in part.times_s]
    read = [one for part in parts for one in part.read]
    return Answers(samples, proba, answers, times_s, quarantine, far, parts[0].sure_from, read)
