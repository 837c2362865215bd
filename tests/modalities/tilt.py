"""A modality for tests: recordings of a tilting sensor, a measurement a line."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import Field

from seqpipe.config import Stage
from seqpipe.media.corpora.reading import read_corpus
from seqpipe.media.frames import InvalidSample
from seqpipe.media.ingest import ingest
from seqpipe.media.medium import Facts, FileTypes
from seqpipe.modalities.registry import MODALITIES, ModalityEntry, measuring_of
from seqpipe.tasks.classification import Classification


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

    def __init__(self, config: TiltConfig) -> None:
        self.parameters, self._rate = config.model_dump(), config.rate

    def encode(self, path: str, kind: str, times_s: Sequence[float]) -> np.ndarray:
        return measurements(path)[[int(time_s * self._rate) for time_s in times_s]]


class Tilt:
    files = FileTypes({".csv": "recording"}, "recordings")
    columns = ("sensors",)
    version = 1

    def __init__(self, config: TiltConfig) -> None:
        self._config, self.encoder = config, TiltEncoder(config)

    def measure(self, path: str, kind: str, corpus: object) -> TiltFacts:
        rows = measurements(path)
        if not len(rows):
            raise InvalidSample("no_frames", "It holds no measurement.")
        return TiltFacts(len(rows), self._config.rate, len(rows) / self._config.rate, sensors=rows.shape[1])


TILT = ModalityEntry(TiltConfig, "tests.modalities.tilt:Tilt")


def measurements(path: str) -> np.ndarray:
    with open(path, newline="") as file:
        return np.array(list(csv.reader(file)), np.float32)


def write_recording(path: Path, rows: int = 20, sensors: int = 2, seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savetxt(path, np.random.default_rng(seed).normal(size=(rows, sensors)), delimiter=",")


def ingested(
    config, cache: Path, rate: float = 10.0, medium=None, strata_of=Classification.strata
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(samples, quarantine) of recordings, as the nodes of ingest make them; the modality is registered as `tilt`."""
    parameters = {"tilt": TiltConfig(rate=rate)}
    medium = medium or MODALITIES["tilt"].build(parameters["tilt"])
    listing = read_corpus(config, Tilt.files).listing
    measuring = measuring_of("tilt", parameters)
    return ingest(listing, config, 0, cache, medium, measuring, strata_of)
