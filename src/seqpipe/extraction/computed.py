"""Features of samples that are no pictures: an encoder makes them of each file, into the same store.

    files -> encode (threads) -> (n, D) float32 -> store

Samples are encoded a few at a time, so memory does not depend on how many there are.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from seqpipe.config import ClipConfig, FeaturesConfig, RuntimeConfig
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import Lineage, lineage_of, with_lineage
from seqpipe.core.progress import progress
from seqpipe.encoders.base import (
    SequenceEncoder,
    TokenEncoder,
    encoder_fingerprint,
    encoder_lineage,
)
from seqpipe.encoders.reading import Reading
from seqpipe.extraction.by_backbone import reading_of, ready_to_read
from seqpipe.extraction.index import RangeAdvice, check_range, feature_index, log_missing, sample_keys
from seqpipe.extraction.store import FeatureStore, Stored, shard_layout
from seqpipe.media.frames import InvalidSample
from seqpipe.media.sampling import clip_times, of_measurements, sampling_facts
from seqpipe.runtime.devices import usable_cores
from seqpipe.runtime.parallel import ordered_map


class _Work(NamedTuple):
    """One sample to encode."""

    id: str
    key: str
    path: str
    kind: str
    times_s: list[float]


def extract_computed(
    samples: pd.DataFrame,
    encoder: SequenceEncoder,
    clip: ClipConfig,
    config: FeaturesConfig,
    runtime: RuntimeConfig,
    store: Path,
) -> pd.DataFrame:
    """Brings the vectors of every sample into the store; the feature index says where they lie.

    As ``seqpipe.extraction.engine.extract``, with an encoder in the place of the backbone. Of ``config``, compiling
    says nothing here, and layer, pooling, precision and batch size only of the backbone that an encoder has.

    Raises:
        UserError: A file is gone or can no longer be read, the encoder fails, or its vectors are not what it promises:
            one a step, all of one size, finite.
    """
    if isinstance(encoder, TokenEncoder):  # float16 has no whole numbers of its own above 2048
        config = config.model_copy(update={"dtype": "float32"})
    clip, reading = of_measurements(clip), reading_of(encoder, config, runtime)
    features = FeatureStore(store, _facts(samples, encoder, clip, config, reading))
    features.remembered()
    keys, known = sample_keys(samples), features.scan()
    work = _missing(samples, keys, known, encoder, clip)
    log_missing(keys, len(work))
    if work:
        with ready_to_read(encoder, reading, runtime) as ready:
            _run(work, ready, config, runtime, features, _size_of(samples, keys, known, store))
    index = feature_index(samples, keys, features.scan(), features.fingerprint)
    made = (encoder_lineage(encoder), _lineage(encoder, clip, config, reading))
    return with_lineage(index, lineage_of(samples), *made)


def _facts(
    samples: pd.DataFrame, encoder: SequenceEncoder, clip: ClipConfig, config: FeaturesConfig, reading: Reading | None
) -> dict[str, object]:
    """Whatever decides a step's vector to the last bit; the times of the steps are taken by what was measured."""
    return {
        **(reading.facts() if reading else {}),
        "measuring": _measuring(samples),
        "modality": encoder.modality,
        "encoder": encoder_fingerprint(encoder),
        "clip": sampling_facts(clip),
        "dtype": config.dtype,
    }


def _measuring(samples: pd.DataFrame) -> str:
    """The digest of what measured the samples."""
    measuring = lineage_of(samples).get("samples", {}).get("measuring")
    if measuring is None:
        raise UserError(
            "The samples on disk do not say how they were measured: an earlier version has written them. Run again "
            "from `probe_samples`."
        )
    return str(measuring)


def _lineage(encoder: SequenceEncoder, clip: ClipConfig, config: FeaturesConfig, reading: Reading | None) -> Lineage:
    read = reading.lineage()["features"] if reading else {"layer": encoder.name}
    return {"features": {**read, **sampling_facts(clip), "dtype": config.dtype}}


def _missing(
    samples: pd.DataFrame, keys: list[str], known: dict[str, Stored], encoder: SequenceEncoder, clip: ClipConfig
) -> list[_Work]:
    """What the store lacks, each content once."""
    missing: dict[str, _Work] = {}
    for row, key in zip(samples.to_dict("records"), keys, strict=True):
        if key not in known and key not in missing:
            missing[key] = _Work(row["id"], key, row["path"], row["kind"], _times_s(row, encoder, clip))
    return list(missing.values())


def _times_s(row: Mapping[Hashable, Any], encoder: SequenceEncoder, clip: ClipConfig) -> list[float]:
    """When the steps of a sample are: as the clip says, or of tokens a second each, all of them."""
    if not isinstance(encoder, TokenEncoder):
        return clip_times(row["length"], row["rate"], row["duration_s"], clip)
    with _readable(row["path"], encoder.modality):
        return [step + 0.5 for step in range(encoder.steps(row["path"], row["kind"]))]


class _Size(NamedTuple):
    """D, and whose vectors are of that size."""

    size: int
    of: str


def _size_of(samples: pd.DataFrame, keys: list[str], known: dict[str, Stored], store: Path) -> _Size | None:
    """That of the samples which lie in the store, where other corpora may lie too; None where none of them does."""
    for path, key in zip(samples["path"], keys, strict=True):
        if key in known:
            return _Size(shard_layout(store / known[key].shard)[0], f"those of {path}")
    return None


def _run(
    work: list[_Work],
    encoder: SequenceEncoder,
    config: FeaturesConfig,
    runtime: RuntimeConfig,
    store: FeatureStore,
    first: _Size | None,
) -> None:
    workers = config.workers or usable_cores(runtime)

    def encode(one: _Work) -> np.ndarray:
        return _encoded(encoder, one)

    with (
        progress(len(work), "features", "sample") as bar,
        store.writer(config.dtype, config.shard_samples) as writer,
        closing(ordered_map(encode, work, workers, 2 * workers)) as vectors,
    ):
        for one, x in zip(work, vectors, strict=True):
            first = first or _Size(x.shape[1], f"those of {one.path}")
            _check_size(one, x, first, encoder.modality)
            check_range(one.id, x, config.dtype, _advice(encoder))
            writer.add(one.key, one.times_s, x)
            bar.update()


def _check_size(work: _Work, x: np.ndarray, first: _Size, modality: str) -> None:
    """Raises a UserError where the vectors (n, D) are of another D than those before."""
    if x.shape[1] != first.size:
        raise UserError(
            f"The vectors of {work.path} have {x.shape[1]} numbers, {first.of} {first.size}: all samples need as many. "
            f"Take the file that is of another form out and run again from `ingest`, or mend `encode` of the modality "
            f"{modality} and raise the encoder's `version`."
        )


def _advice(encoder: SequenceEncoder) -> RangeAdvice:
    mend = f"mend the file, or `encode` of the modality {encoder.modality}"
    return RangeAdvice(mend, f"give features.dtype=float32, or {mend}")


@contextmanager
def _readable(path: str, modality: str) -> Iterator[None]:
    """Raises a UserError for whatever an encoder makes of a sample that was there, and good, at ingest."""
    try:
        yield
    except (InvalidSample, OSError) as error:
        raise UserError(
            f"{path} could be read when it was ingested and cannot now ({str(error) or type(error).__name__}): "
            f"put it back or take it out, and run again from `ingest`."
        ) from error
    except Exception as error:  # whatever another package's code does
        raise UserError(
            f"`encode` of the modality {modality} fails at {path} ({type(error).__name__}: {error}): mend it, or take "
            "the file out and run again from `ingest`."
        ) from error


def _encoded(encoder: SequenceEncoder, work: _Work) -> np.ndarray:
    """The sample's vectors; raises a UserError where there are none, or they are of another shape."""
    with _readable(work.path, encoder.modality):
        x = np.asarray(encoder.encode(work.path, work.kind, work.times_s), np.float32)
    if x.ndim != 2 or len(x) != len(work.times_s) or not x.shape[1]:
        raise UserError(
            f"The modality {encoder.modality} gave {x.shape} for {len(work.times_s)} steps of {work.path}; expected "
            "(steps, D), a vector of at least one number a step: mend its `encode`."
        )
    return x
