"""What is compared, on which corpus and with which settings: put together once, kept on disk, taken by every step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import SerializeAsAny, field_validator

from seqpipe.config import (
    ClassifierConfig,
    ClipConfig,
    DatasetConfig,
    FinetuneConfig,
    RuntimeConfig,
    Stage,
    TransferConfig,
)
from seqpipe.data.frame_dataset import FrameDataset, build_frame_dataset
from seqpipe.data.gather import MemmapPolicy
from seqpipe.encoders.backbones import Backbone
from seqpipe.models.registry import model_entry
from seqpipe.study.feature_specs import (
    FeatureDatasets,
    SpecFeatures,
    labels_of,
    read_feature_specs,
    without_copies,
    write_feature_specs,
)
from seqpipe.study.solutions import FEATURES, Solution
from seqpipe.targets.classes import ClassTargets

SETTINGS, SAMPLES, FEATURE_SPECS = "settings.json", "samples.parquet", "feature_specs"
FINETUNE = "finetune"
"""The kind of model that the strategies of fine-tuning are of."""


class Settings(Stage):
    """The parameters that decide what is trained, of the solutions compared alone."""

    clip: ClipConfig
    dataset: DatasetConfig
    transfer: TransferConfig
    classifiers: dict[str, SerializeAsAny[ClassifierConfig]]
    strategies: dict[str, FinetuneConfig]

    @field_validator("classifiers", mode="before")
    @classmethod
    def _of_their_kinds(cls, classifiers: Mapping[str, Any]) -> dict[str, Any]:
        return {name: model_entry(name).config.model_validate(values) for name, values in classifiers.items()}

    @classmethod
    def of(
        cls,
        transfer: TransferConfig,
        clip: ClipConfig,
        dataset: DatasetConfig,
        classifiers: Mapping[str, ClassifierConfig],
        finetune: FinetuneConfig,
    ) -> Settings:
        """With the solutions that ``transfer`` names.

        No classifier is fitted again with val: a CNN that is fine-tuned is not either.
        """
        return cls(
            clip=clip,
            dataset=dataset,
            transfer=transfer,
            classifiers={name: classifiers[name].model_copy(update={"refit": False}) for name in transfer.classifiers},
            strategies={name: finetune.model_copy(update={"strategy": name}) for name in transfer.strategies},
        )


@dataclass(frozen=True, eq=False)
class Study:
    """A study with what it is computed from.

    Attributes:
        settings: What is compared, and how it is trained.
        samples: The table of samples.
        datasets: The corpus as D', of every feature spec.
        backbones: By what they are called, in the order of their numbers.
        frame_cache: Where decoded frames are kept.
        runtime: Where it is computed, and by which seed.
    """

    settings: Settings
    samples: pd.DataFrame
    datasets: FeatureDatasets
    backbones: Mapping[str, Backbone]
    frame_cache: Path
    runtime: RuntimeConfig

    def train_t(self) -> np.ndarray:
        """(n,) the class of each sample of train, as an index into the sorted classes of the whole corpus."""
        targets = ClassTargets.of(list(self.samples["label"].astype(str)))
        return targets.take(np.flatnonzero(self.samples["split"] == "train")).t

    def frames(self, backbone: str) -> FrameDataset:
        """The corpus as frames, as this backbone reads them."""
        of = self.backbones[backbone]
        return build_frame_dataset(self.samples, of, self.settings.clip, self.runtime, self.frame_cache)

    def classifiers(self) -> Iterator[Solution]:
        """The second solution: every classifier on every feature spec."""
        for spec, dataset in self.datasets if self.settings.classifiers else ():
            for name, config in self.settings.classifiers.items():
                yield Solution(name, name, config, dataset, spec.backbone, spec=spec)

    def fine_tunings(self) -> Iterator[Solution]:
        """The first solution: every strategy on every backbone."""
        for label, backbone in self.backbones.items() if self.settings.strategies else ():
            frames = self.frames(label)
            for name, config in self.settings.strategies.items():
                yield Solution(name, FINETUNE, config, frames, label, begin=backbone)

    def solution_of(self, row: pd.Series) -> Solution | None:
        """That of a row of the table; None where it is not compared any more."""
        name, label = str(row["solution"]), str(row["backbone"])
        if row["kind"] == FEATURES:
            if name not in self.settings.classifiers:
                return None
            key = (label, row["layer"], row["pool"])
            spec = next((spec for spec in self.datasets.feature_specs if spec.key == key), None)
            return Solution(name, name, self.settings.classifiers[name], self.datasets.at(key), label, spec=spec)
        if name not in self.settings.strategies or label not in self.backbones:
            return None
        strategy = self.settings.strategies[name]
        return Solution(name, FINETUNE, strategy, self.frames(label), label, begin=self.backbones[label])


@dataclass(frozen=True, eq=False)
class StudySpec:
    """What `define` puts together.

    Attributes:
        settings: What is compared, and how it is trained.
        samples: The table of samples.
        feature_specs: Where x' was read, none twice, and the source heads.
    """

    settings: Settings
    samples: pd.DataFrame
    feature_specs: Sequence[SpecFeatures]

    def datasets(self, feature_store: Path, transfer_x: Path) -> FeatureDatasets:
        """D' of every feature spec, from the store's features; those too large for memory lie in ``transfer_x``."""
        memmap_policy = MemmapPolicy(transfer_x, self.settings.dataset.in_memory_mb * 10**6)
        return FeatureDatasets(self.samples, self.feature_specs, feature_store, memmap_policy)

    def opened(
        self,
        backbones: Sequence[Backbone],
        runtime: RuntimeConfig,
        *,
        feature_store: Path,
        transfer_x: Path,
        frame_cache: Path,
    ) -> Study:
        """With its frames and features on this machine, and how it is computed."""
        by_label = dict(zip(labels_of(backbones), backbones, strict=True))
        datasets = self.datasets(feature_store, transfer_x)
        return Study(self.settings, self.samples, datasets, by_label, frame_cache, runtime)


def define(
    settings: Settings,
    samples: pd.DataFrame,
    feature_specs: Sequence[SpecFeatures],
    feature_store: Path,
    transfer_x: Path,
) -> StudySpec:
    """The study of these samples; specs whose features are another's are left out, and told."""
    everywhere = StudySpec(settings, samples, feature_specs)
    return replace(
        everywhere, feature_specs=without_copies(feature_specs, everywhere.datasets(feature_store, transfer_x))
    )


def write_study(spec: StudySpec, folder: Path) -> None:
    """Writes ``settings.json``, ``samples.parquet`` and ``feature_specs/`` to a new folder."""
    folder.mkdir(parents=True)
    (folder / SETTINGS).write_text(spec.settings.model_dump_json(indent=2) + "\n", encoding="utf-8")
    spec.samples.to_parquet(folder / SAMPLES, index=False)
    write_feature_specs(spec.feature_specs, folder / FEATURE_SPECS)


def read_study(folder: Path) -> StudySpec:
    """Reads what `write_study` wrote."""
    settings = Settings.model_validate_json((folder / SETTINGS).read_text(encoding="utf-8"))
    return StudySpec(settings, pd.read_parquet(folder / SAMPLES), read_feature_specs(folder / FEATURE_SPECS))
