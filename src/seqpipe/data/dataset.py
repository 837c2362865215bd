"""D' = {(x'_1, t_1), ..., (x'_N, t_N)}: the dataset that classifiers are trained on."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np
import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.core.fingerprint import Digest
from seqpipe.core.lineage import Lineage, check_agree, lineage_of
from seqpipe.data.gather import MemmapPolicy, gathered
from seqpipe.data.memmap import Features, slices_of, subset
from seqpipe.extraction.index import sample_keys
from seqpipe.targets.base import Targets
from seqpipe.targets.classes import ClassTargets

Made = TypeVar("Made")


@dataclass(frozen=True, eq=False)
class FeatureDataset:
    """N samples of T frames with D features each.

    Attributes:
        x: (N, T, D) float32; zeros where there is no frame. In memory, or left on disk where it is too large: then
            what it is indexed by is read.
        mask: (N, T) bool, True where a frame is real. Real frames come first.
        times_s: (N, T) float32, each frame's time in its sample in seconds; zero where there is no frame.
        targets: t of each sample: a class, a class a step, or sentences.
        ids, groups, splits: (N,) of str.
        fingerprint: Of everything that decided the features.
        lineage: Of corpus, samples, backbone and features; what D' holds is the same without it.
        tokens: Where x (N, T, 1) are tokens, what each of its numbers 0..V-1 stands for, the first for all unknown
            ones; else nothing: x are vectors.
    """

    x: Features
    mask: np.ndarray
    times_s: np.ndarray
    targets: Targets
    ids: np.ndarray
    groups: np.ndarray
    splits: np.ndarray
    fingerprint: str
    lineage: Lineage = field(default_factory=dict)
    tokens: tuple[str, ...] = ()
    what: ClassVar[str] = "D'"

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def t(self) -> np.ndarray:
        """Class indices, a row a sample: (N,), (N, T) of labels by step, or (N, R, L) of the tokens of R sentences."""
        return self.targets.t

    @property
    def class_names(self) -> tuple[str, ...]:
        """The K classes, sorted."""
        return self.targets.class_names

    def part(self, *splits: str) -> FeatureDataset:
        """The samples of these splits; the classes stay those of the whole."""
        return self.take(np.flatnonzero(np.isin(self.splits, splits)))

    def take(self, samples: np.ndarray) -> FeatureDataset:
        """Some of the samples, by their indices; an x that is left on disk stays there."""
        rows: dict[str, Any] = {name: subset(getattr(self, name), samples) for name in ROW_FIELDS}
        return replace(self, targets=self.targets.take(samples), **rows)

    def backwards(self) -> Iterator[FeatureDataset]:
        """The same clips played backwards, as many at a time as are read of x at once."""
        for clips in slices_of(self.x):
            part = self.take(np.arange(len(self))[clips])
            yield replace(part, x=backwards(part.x[:], part.mask))

    def flat_t(self) -> np.ndarray:
        """The class of each vector that a model of vectors is given: (N,) of clips, or (n,) of the labelled steps."""
        return self.targets.flat(self.mask)

    @property
    def steps_a_second(self) -> float:
        """The median rate of the steps; 1 where there are no two of one sample."""
        gaps = np.diff(self.times_s, axis=1)[self.mask[:, 1:]]
        return float(1.0 / np.median(gaps)) if len(gaps) else 1.0

    def labelled_samples(self) -> pd.DataFrame:
        """A row a sample of targets that are a class each: label, split, group."""
        words = np.array(self.class_names, object)
        return pd.DataFrame({"label": words[self.t], "split": self.splits, "group": self.groups})

    def labelled_steps(self) -> pd.DataFrame:
        """A row a labelled step of labels by step: label, split, group."""
        sample, step = np.nonzero(self.targets.counted(self.mask))
        words = np.array(self.class_names, object)
        return pd.DataFrame(
            {"label": words[self.t[sample, step]], "split": self.splits[sample], "group": self.groups[sample]}
        )

    def clip_times_s(self) -> dict[str, np.ndarray]:
        """The times of each sample's frames in seconds, by its id."""
        return {str(self.ids[n]): self.times_s[n][self.mask[n]] for n in range(len(self))}

    def read_tokens(self) -> list[tuple[str, ...]]:
        """The tokens of each sample, in words, as they are read; empty where x are vectors."""
        if not self.tokens:
            return [()] * len(self)
        x = np.asarray(self.x[:])[..., 0].astype(np.int64)
        return [tuple(self.tokens[token] for token in x[n][self.mask[n]]) for n in range(len(self))]

    def memoised(self, what: Hashable, make: Callable[[], Made]) -> Made:
        """What ``make`` makes of this D', kept under ``what`` as long as D' itself: the next to ask is given it."""
        if what not in self._made:
            self._made[what] = make()
        made: Made = self._made[what]
        return made

    @cached_property
    def _made(self) -> dict[Hashable, Any]:
        return {}

    @cached_property
    def digest(self) -> str:
        """Of every array, name and class; the same wherever x lies, and whatever its lineage."""
        tokens = {"tokens": list(self.tokens)} if self.tokens else {}
        digest = Digest({"targets": self.targets.digest(), "fingerprint": self.fingerprint, **tokens})
        for name in ROW_FIELDS:
            value = getattr(self, name)
            if value.dtype == object:
                digest.add([name, list(value)])
            else:
                digest.add_array(name, value.dtype, value.shape, (value[rows] for rows in slices_of(value)))
        return digest.hexdigest()


def backwards(x: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Each clip x (N, T, D) with its real frames (mask (N, T), real ones first) in the opposite order."""
    length = mask.sum(axis=1, keepdims=True)
    frame = np.arange(x.shape[1])[None]
    source = np.where(frame < length, length - 1 - frame, frame)
    return np.take_along_axis(x, source[..., None], axis=1)


def unlabelled(x: Features, mask: np.ndarray) -> FeatureDataset:
    """Features x (N, T, D) with their mask (N, T), and nothing else known of them: what a model may be asked."""
    n = len(x)
    names, nothing = np.array([str(i) for i in range(n)], object), np.array([""] * n, object)
    return FeatureDataset(
        x=x,
        mask=mask,
        times_s=np.zeros(mask.shape, np.float32),
        targets=ClassTargets(np.zeros(n, np.int64), ()),
        ids=names,
        groups=names,
        splits=nothing,
        fingerprint="",
    )


ROW_FIELDS = ("x", "mask", "times_s", "ids", "groups", "splits")
"""What has a row a sample, beside the targets."""
MakeTargets = Callable[[pd.DataFrame, np.ndarray, np.ndarray], Targets]
"""The targets of a table of samples, the times (N, T) of their steps and the mask (N, T) of those that are there."""


def class_targets(samples: pd.DataFrame, *_: np.ndarray) -> Targets:
    """A class a sample: its label."""
    return ClassTargets.of(list(samples["label"]))


def build_dataset(
    samples: pd.DataFrame,
    index: pd.DataFrame,
    store: Path,
    memmap_policy: MemmapPolicy | None = None,
    make_targets: MakeTargets = class_targets,
    tokens: tuple[str, ...] = (),
) -> FeatureDataset:
    """Gathers D' from the store; T is the most frames that a sample has there, shorter ones are padded and masked.

    Args:
        samples: The samples' table: id, kind, sha256, label, group, split.
        index: What ``extract`` gave for them.
        store: Root folder of the feature store.
        memmap_policy: What becomes of an x that is too large; None: it is gathered in memory, whatever its size.
        make_targets: What t is.
        tokens: What the encoder's numbers stand for, where they are tokens.

    Raises:
        UserError: The index does not belong to these samples or is of another corpus, or a shard is gone or damaged.
    """
    _check_index(samples, index)
    lineage = check_agree({"samples": lineage_of(samples), "feature_index": lineage_of(index)})
    x, times_s, mask = gathered(sample_keys(samples), index, store, memmap_policy)
    return FeatureDataset(
        x=x,
        mask=mask,
        times_s=times_s,
        targets=make_targets(samples, times_s, mask),
        ids=_strings(samples["id"]),
        groups=_strings(samples["group"]),
        splits=_strings(samples["split"]),
        fingerprint=str(index["fingerprint"].iloc[0]),
        lineage=lineage,
        tokens=tokens,
    )


def _strings(column: pd.Series) -> np.ndarray:
    return column.astype(str).to_numpy(dtype=object)


def _check_index(samples: pd.DataFrame, index: pd.DataFrame) -> None:
    if list(samples["id"]) != list(index["id"]) or list(samples["sha256"]) != list(index["sha256"]):
        raise UserError("The feature index does not belong to these samples: run again from `features`.")
