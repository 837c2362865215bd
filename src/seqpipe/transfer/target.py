"""The target domain and task (D_T, T_T) as the solutions need it: frames with labels, and D' of every place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from seqpipe.config import ClipConfig, DPrimeConfig, RuntimeConfig
from seqpipe.errors import UserError
from seqpipe.features.backbones import Backbone
from seqpipe.features.dprime import DPrime
from seqpipe.features.frame_cache import Frames, cached_frames
from seqpipe.features.gather import Spill
from seqpipe.fingerprint import fingerprint, table_digest
from seqpipe.lineage import check_agree, lineage_of
from seqpipe.media.sampling import clip_times, sampling_facts
from seqpipe.models.finetuned import Labelled
from seqpipe.transfer.places import Place, each_dprime, labels_of


@dataclass(frozen=True, eq=False)
class Target:
    """One corpus, as frames.

    Attributes:
        samples: The table of samples.
        frame_folder: Where decoded frames are kept.
        clip: How frames are sampled.
        runtime: Where it is computed, and by which seed.
    """

    samples: pd.DataFrame
    frame_folder: Path
    clip: ClipConfig
    runtime: RuntimeConfig

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.samples["label"].astype(str))))

    def frames(self, backbone: Backbone) -> Frames:
        """The frames of all samples, as this backbone's transforms resize them."""
        return cached_frames(self.samples, backbone.transforms, self.clip, self.runtime, self.frame_folder)

    def labelled(self, frames: Frames, *splits: str) -> Labelled:
        """The samples of these splits with their labels."""
        return Labelled(frames, self.rows(*splits), self.targets(*splits), self.class_names)

    def clip_times_s(self) -> dict[str, list[float]]:
        """The times of each sample's frames in seconds, by its id."""
        rows = self.samples.to_dict("records")
        return {r["id"]: clip_times(r["frames_decoded"], r["fps"], r["duration_s"], self.clip) for r in rows}

    def rows(self, *splits: str) -> np.ndarray:
        """Rows of the table that are in these splits."""
        return np.flatnonzero(self.samples["split"].isin(splits))

    def targets(self, *splits: str) -> np.ndarray:
        """Class indices of these rows."""
        labels = self.samples["label"].astype(str).to_numpy()[self.rows(*splits)]
        return pd.Index(self.class_names).get_indexer(pd.Index(labels)).astype(np.int64)

    @cached_property
    def digest(self) -> str:
        """Of the samples' contents, labels and splits, and of how their frames are sampled."""
        samples = table_digest(self.samples, ["id", "sha256", "label", "split"])
        return fingerprint([samples, sampling_facts(self.clip)])


@dataclass(frozen=True, eq=False)
class Study(Target):
    """One corpus and the backbones that are compared on it.

    Attributes:
        backbones: In the order of their numbers in ``places``.
        places: What `extract_all` gave.
        store: Root of the feature store.
        spill: Where a D' goes that is too large for memory.
    """

    backbones: Sequence[Backbone]
    places: pd.DataFrame
    store: Path
    spill: Spill

    @classmethod
    def of(
        cls,
        samples: pd.DataFrame,
        frame_folder: Path,
        clip: ClipConfig,
        runtime: RuntimeConfig,
        backbones: Sequence[Backbone],
        places: pd.DataFrame,
        store: Path,
        x_folder: Path,
        dprime: DPrimeConfig,
    ) -> Study:
        """With the D' that are too large for memory in ``x_folder``.

        Raises:
            UserError: The features on disk are of other samples or frames than these.
        """
        here = lineage_of(samples) | {"features": sampling_facts(clip)}
        check_agree({"transfer.places": lineage_of(places), "this run": here})
        spill = Spill(x_folder, dprime.in_memory_mb * 10**6)
        return cls(samples, frame_folder, clip, runtime, backbones, places, store, spill)

    def dprimes(self) -> Iterator[tuple[Place, DPrime]]:
        """Each place with its D', one at a time."""
        return each_dprime(self.samples, self.places, self.store, self.spill)

    def dprime_at(self, row: pd.Series) -> DPrime:
        """The D' that a row of the table was trained on."""
        here = (row["backbone"], row["layer"], row["pool"])
        for place, dprime in self.dprimes():
            if (place.backbone, place.layer, place.pool) == here:
                return dprime
        raise UserError(f"The table names features of {', '.join(here)}, which are not there: run transfer again.")

    def labelled_backbones(self) -> dict[str, Backbone]:
        """The backbones by what they are called."""
        return dict(zip(labels_of(self.backbones), self.backbones, strict=True))
