"""What is compared, on which corpus and with which settings: put together once, kept on disk, taken by every step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import SerializeAsAny, field_validator

from seqpipe.config import (
    ClassifierConfig,
    ClipConfig,
    DPrimeConfig,
    FinetuneConfig,
    RuntimeConfig,
    Stage,
    TransferConfig,
)
from seqpipe.data.gather import Spill
from seqpipe.encoders.backbones import Backbone
from seqpipe.models.registry import kind as kind_of
from seqpipe.study.places import DPrimes, PlaceFeatures, labels_of, read_places, without_copies, write_places
from seqpipe.study.target import Target

SETTINGS, SAMPLES, PLACES = "settings.json", "samples.parquet", "places"


class Settings(Stage):
    """The parameters that decide what is trained, of the solutions compared alone."""

    clip: ClipConfig
    dprime: DPrimeConfig
    transfer: TransferConfig
    classifiers: dict[str, SerializeAsAny[ClassifierConfig]]
    strategies: dict[str, FinetuneConfig]

    @field_validator("classifiers", mode="before")
    @classmethod
    def _of_their_kinds(cls, classifiers: Mapping[str, Any]) -> dict[str, Any]:
        return {name: kind_of(name).config.model_validate(values) for name, values in classifiers.items()}

    @classmethod
    def of(
        cls,
        transfer: TransferConfig,
        clip: ClipConfig,
        dprime: DPrimeConfig,
        classifiers: Mapping[str, ClassifierConfig],
        finetune: FinetuneConfig,
    ) -> Settings:
        """With the solutions that ``transfer`` names.

        No classifier is fitted again with val: a CNN that is fine-tuned is not either.
        """
        return cls(
            clip=clip,
            dprime=dprime,
            transfer=transfer,
            classifiers={name: classifiers[name].model_copy(update={"refit": False}) for name in transfer.classifiers},
            strategies={name: finetune.model_copy(update={"strategy": name}) for name in transfer.strategies},
        )


@dataclass(frozen=True, eq=False)
class Study:
    """A study with what it is computed from.

    Attributes:
        settings: What is compared, and how it is trained.
        target: The corpus as frames.
        dprimes: The corpus as D', of every place.
        backbones: By what they are called, in the order of their numbers.
    """

    settings: Settings
    target: Target
    dprimes: DPrimes
    backbones: Mapping[str, Backbone]

    @property
    def runtime(self) -> RuntimeConfig:
        return self.target.runtime


@dataclass(frozen=True, eq=False)
class StudySpec:
    """What `define` puts together.

    Attributes:
        settings: What is compared, and how it is trained.
        samples: The table of samples.
        places: Where x' was read, none twice, and the source heads.
    """

    settings: Settings
    samples: pd.DataFrame
    places: Sequence[PlaceFeatures]

    def dprimes(self, feature_store: Path, transfer_x: Path) -> DPrimes:
        """D' of every place, from the features in the store; those too large for memory lie in ``transfer_x``."""
        spill = Spill(transfer_x, self.settings.dprime.in_memory_mb * 10**6)
        return DPrimes(self.samples, self.places, feature_store, spill)

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
        target = Target(self.samples, frame_cache, self.settings.clip, runtime)
        by_label = dict(zip(labels_of(backbones), backbones, strict=True))
        return Study(self.settings, target, self.dprimes(feature_store, transfer_x), by_label)


def define(
    settings: Settings, samples: pd.DataFrame, places: Sequence[PlaceFeatures], feature_store: Path, transfer_x: Path
) -> StudySpec:
    """The study of these samples; places whose features are another's are left out, and told."""
    everywhere = StudySpec(settings, samples, places)
    return replace(everywhere, places=without_copies(places, everywhere.dprimes(feature_store, transfer_x)))


def write_study(spec: StudySpec, folder: Path) -> None:
    """Writes ``settings.json``, ``samples.parquet`` and ``places/`` to a new folder."""
    folder.mkdir(parents=True)
    (folder / SETTINGS).write_text(spec.settings.model_dump_json(indent=2) + "\n", encoding="utf-8")
    spec.samples.to_parquet(folder / SAMPLES, index=False)
    write_places(spec.places, folder / PLACES)


def read_study(folder: Path) -> StudySpec:
    """Reads what `write_study` wrote."""
    settings = Settings.model_validate_json((folder / SETTINGS).read_text(encoding="utf-8"))
    return StudySpec(settings, pd.read_parquet(folder / SAMPLES), read_places(folder / PLACES))
