"""Frames with targets: what a model is trained on that reads the frames themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from seqpipe.config import ClipConfig, RuntimeConfig
from seqpipe.core.errors import UserError
from seqpipe.core.fingerprint import fingerprint
from seqpipe.core.lineage import Lineage, lineage_of
from seqpipe.data.frame_cache import Frames, cached_frames, frames_fingerprint
from seqpipe.encoders.architectures import check_reads_frames
from seqpipe.encoders.backbones import Backbone
from seqpipe.media.decoding.flow import stream_lineage
from seqpipe.media.sampling import clip_times, sampling_facts
from seqpipe.targets.base import Targets
from seqpipe.targets.classes import ClassTargets


@dataclass(frozen=True, eq=False)
class FrameDataset:
    """n samples, as cached frames.

    Attributes:
        frames: The cached frames of these samples, and perhaps of others.
        rows: (n,) int64, the samples as rows of ``frames``.
        targets: t of each sample.
        ids, groups, splits: (n,) of str.
        times_s: (n,) of float64 arrays: the times of each sample's frames in seconds.
        fingerprint: Of everything that decided the frames.
        lineage: Of corpus, samples and backbone; what the dataset holds is the same without it.
    """

    frames: Frames
    rows: np.ndarray
    targets: Targets
    ids: np.ndarray
    groups: np.ndarray
    splits: np.ndarray
    times_s: np.ndarray
    fingerprint: str
    lineage: Lineage = field(default_factory=dict)
    what: ClassVar[str] = "frame dataset"

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def t(self) -> np.ndarray:
        """(n,) class indices."""
        return self.targets.t

    @property
    def class_names(self) -> tuple[str, ...]:
        """The K classes, sorted."""
        return self.targets.class_names

    def part(self, *splits: str) -> FrameDataset:
        """The samples of these splits; the classes stay those of the whole."""
        return self.take(np.flatnonzero(np.isin(self.splits, splits)))

    def take(self, samples: np.ndarray) -> FrameDataset:
        """Some of the samples, by their indices."""
        of_rows = {name: getattr(self, name)[samples] for name in ("rows", "ids", "groups", "splits", "times_s")}
        return replace(self, targets=self.targets.take(samples), **of_rows)

    def backwards(self) -> Iterator[FrameDataset]:
        """The same clips played backwards; nothing is read."""
        yield replace(self, frames=self.frames.backwards())

    def flat_t(self) -> np.ndarray:
        """(n,) the class of each sample."""
        return self.t

    def clip_times_s(self) -> dict[str, np.ndarray]:
        """The times of each sample's frames in seconds, by its id."""
        return dict(zip(self.ids.tolist(), self.times_s, strict=True))

    def counts(self, at_most: int | None = None) -> np.ndarray:
        """(n,) how many frames each sample has; of more than ``at_most``, so many."""
        counts = np.array([self.frames.count(row) for row in self.rows.tolist()], np.int64)
        return counts if at_most is None else np.minimum(counts, at_most)

    @cached_property
    def digest(self) -> str:
        """Of the samples' contents, targets and splits, and of how their frames were made: not of their groups."""
        contents = [self.frames.keys[row] for row in self.rows.tolist()]
        return fingerprint([self.fingerprint, self.targets.digest(), self.ids.tolist(), contents, self.splits.tolist()])


def build_frame_dataset(
    samples: pd.DataFrame,
    backbone: Any,
    clip: ClipConfig,
    runtime: RuntimeConfig,
    folder: Path,
    targets: Targets | None = None,
) -> FrameDataset:
    """All samples as this backbone reads them; frames that the cache in ``folder`` lacks are decoded first.

    ``targets`` are those of the samples; None: the class that each is labelled with.

    Raises:
        UserError: A file is gone or no longer decodes, the disk is full, or what reads the samples is no backbone of
            single frames.
    """
    if not isinstance(backbone, Backbone):
        raise UserError(
            f"A model that is trained on frames needs a backbone, which pictures are read by, and the samples on disk "
            f"are read by {backbone.name}: run again from `list_samples` with corpus.modality=pictures."
        )
    check_reads_frames(backbone.name, "A model that is trained on frames")
    frames = cached_frames(samples, backbone.transforms, clip, runtime, folder)
    strings = {name: samples[name].astype(str).to_numpy(dtype=object) for name in ("id", "group", "split")}
    return FrameDataset(
        frames=frames,
        rows=np.arange(len(samples)),
        targets=ClassTargets.of(list(samples["label"].astype(str))) if targets is None else targets,
        ids=strings["id"],
        groups=strings["group"],
        splits=strings["split"],
        times_s=arrays_of(
            clip_times(row["length"], row["rate"], row["duration_s"], clip) for row in samples.to_dict("records")
        ),
        fingerprint=frames_fingerprint(backbone.transforms, clip),
        lineage={**lineage_of(samples), **backbone.lineage, **_lineage(clip)},
    )


def _lineage(clip: ClipConfig) -> Lineage:
    """How frames were sampled and what they are; no layer is read of them."""
    return {"features": {**sampling_facts(clip), **stream_lineage(clip)}}


def arrays_of(lists: Iterable[Sequence[float]]) -> np.ndarray:
    """(n,) of float64 arrays, which may be of different lengths."""
    arrays = [np.asarray(values, np.float64) for values in lists]
    made = np.empty(len(arrays), object)
    for i, values in enumerate(arrays):  # all at once, arrays of one length would become one of two dimensions
        made[i] = values
    return made
