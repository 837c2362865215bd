"""The target domain and task (D_T, T_T) as fine-tuning needs it: frames with labels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from seqpipe.config import ClipConfig, RuntimeConfig
from seqpipe.core.fingerprint import fingerprint, table_digest
from seqpipe.data.frame_cache import Frames, cached_frames
from seqpipe.encoders.backbones import Backbone
from seqpipe.media.sampling import clip_times, sampling_facts
from seqpipe.models.finetune.finetuned import Labelled


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
        return {r["id"]: clip_times(r["length"], r["rate"], r["duration_s"], self.clip) for r in rows}

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
