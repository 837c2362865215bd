"""Features of samples that are no pictures: an encoder makes them of each file, into the same store.

    files -> encode (threads) -> (n, D) float32 -> store

Samples are encoded a few at a time, so memory does not depend on how many there are.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqpipe.config import ClipConfig, FeaturesConfig, RuntimeConfig
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import Lineage, lineage_of, with_lineage
from seqpipe.core.progress import progress
from seqpipe.encoders.base import SequenceEncoder, encoder_fingerprint, encoder_lineage
from seqpipe.extraction.index import check_range, feature_index, log_missing, sample_keys
from seqpipe.extraction.store import FeatureStore, Stored
from seqpipe.media.sampling import clip_times, sampling_facts
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

    As ``seqpipe.extraction.engine.extract``, with an encoder in the place of the backbone. Of ``config``, layer,
    pooling, precision, batch size and compiling say nothing here.

    Raises:
        UserError: A file is gone or can no longer be read, or its vectors are not what the encoder promises.
    """
    features = FeatureStore(store, _facts(encoder, clip, config))
    features.remembered()
    keys = sample_keys(samples)
    work = _missing(samples, keys, features.scan(), clip)
    log_missing(keys, len(work))
    if work:
        _run(work, encoder, config, runtime, features)
    index = feature_index(samples, keys, features.scan(), features.fingerprint)
    return with_lineage(index, lineage_of(samples), encoder_lineage(encoder), _lineage(encoder, clip, config))


def _facts(encoder: SequenceEncoder, clip: ClipConfig, config: FeaturesConfig) -> dict[str, object]:
    """Whatever decides a step's vector to the last bit."""
    return {
        "modality": encoder.modality,
        "encoder": encoder_fingerprint(encoder),
        "clip": sampling_facts(clip),
        "dtype": config.dtype,
    }


def _lineage(encoder: SequenceEncoder, clip: ClipConfig, config: FeaturesConfig) -> Lineage:
    return {"features": {"layer": encoder.name, **sampling_facts(clip), "dtype": config.dtype}}


def _missing(samples: pd.DataFrame, keys: list[str], known: dict[str, Stored], clip: ClipConfig) -> list[_Work]:
    """What the store lacks, each content once."""
    missing: dict[str, _Work] = {}
    for row, key in zip(samples.to_dict("records"), keys, strict=True):
        if key not in known and key not in missing:
            times_s = clip_times(row["length"], row["rate"], row["duration_s"], clip)
            missing[key] = _Work(row["id"], key, row["path"], row["kind"], times_s)
    return list(missing.values())


def _run(
    work: list[_Work], encoder: SequenceEncoder, config: FeaturesConfig, runtime: RuntimeConfig, store: FeatureStore
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
            check_range(one.id, x, config.dtype)
            writer.add(one.key, one.times_s, x)
            bar.update()


def _encoded(encoder: SequenceEncoder, work: _Work) -> np.ndarray:
    """The sample's vectors; raises a UserError where there are none, or they are of another shape."""
    try:
        x = np.asarray(encoder.encode(work.path, work.kind, work.times_s), np.float32)
    except Exception as error:  # whatever a reader makes of a file that was there, and good, at ingest
        raise UserError(
            f"{work.path} could be read when it was ingested and cannot now ({str(error) or type(error).__name__}): "
            f"put it back or take it out, and run again from `ingest`."
        ) from error
    if x.ndim != 2 or len(x) != len(work.times_s):
        raise UserError(
            f"The modality {encoder.modality} gave {x.shape} for {len(work.times_s)} steps of {work.path}; expected "
            "a vector a step: mend its `encode`."
        )
    return x
