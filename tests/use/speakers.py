"""Tiny models that say sentences, trained in a second and left on disk as a run leaves them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image
from tests.configs import shipped_values, with_changes
from tests.models.frame_fixtures import make_backbone

from seqpipe.config import ClipConfig, DecoderConfig, FeaturesConfig, RuntimeConfig, TextConfig
from seqpipe.core.lineage import with_lineage
from seqpipe.data.dataset import FeatureDataset
from seqpipe.data.dataset_file import write_dataset
from seqpipe.encoders.backbones import Backbone, save_backbone
from seqpipe.extraction.computed import extract_computed
from seqpipe.extraction.engine import extract
from seqpipe.modalities.registry import measuring_of
from seqpipe.modalities.saved import save_encoder
from seqpipe.modalities.text.encoder import TextEncoder
from seqpipe.models.persist import save_model
from seqpipe.models.sentences.decoder import DecoderAttention
from seqpipe.tasks.datasets import build_task_dataset
from seqpipe.tasks.registry import task_entry
from seqpipe.use.bundle import Bundle, Left, bundle_of

RUNTIME = RuntimeConfig(seed=0, device="cpu", threads=1, deterministic=True)
COLOURS = {"red": (220, 30, 30), "green": (30, 200, 60), "blue": (40, 60, 230)}
NUMBERS = {"eins": "one", "zwei": "two", "drei": "three", "vier": "four"}
STEPS = 4
"""Frames of a film that the narrator was trained on, at most."""


def captioner_in(folder: Path) -> Bundle:
    """Says of which colour a picture is; its task reads places, whatever `features` says."""
    rows = []
    for n in range(12):
        colour = list(COLOURS)[n % 3]
        rows.append((picture(folder / f"{n:02}.png", colour, n), "image", 1, [f"a {colour} picture."]))
    return _trained(folder, "image_captioning", "pictures", rows, make_backbone("shufflenet_v2_x0_5", 32))


def narrator_in(folder: Path) -> Bundle:
    """Says what happens in a folder of frames."""
    rows = []
    for n in range(12):
        first, last = (list(COLOURS)[(n + place) % 3] for place in (0, 1))
        count = 2 + n % (STEPS - 1)
        rows.append((film(folder / f"film{n:02}", first, last, count), "frames", count, [f"{first}, then {last}."]))
    return _trained(folder, "video_captioning", "pictures", rows, make_backbone("shufflenet_v2_x0_5", 32))


def translator_in(folder: Path) -> Bundle:
    """Translates two numbers."""
    rows = []
    for n in range(16):
        words = [list(NUMBERS)[n % 4], list(NUMBERS)[n // 4]]
        file = folder / f"{n:02}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(" ".join(words), encoding="utf-8")
        rows.append((file, "text", 2, [" ".join(NUMBERS[word] for word in words)]))
    config = TextConfig.model_validate(shipped_values("text") | {"min_count": 1, "level": "words"})
    encoder = TextEncoder(config).learn([(str(path), "text") for path, *_ in rows])
    return _trained(folder, "translation", "text", rows, encoder)


def picture(file: Path, colour: str, seed: int) -> Path:
    """A picture wider than high, nearly of one colour."""
    noise = np.random.default_rng(seed).integers(-15, 15, (48, 64, 3))
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.clip(np.array(COLOURS[colour]) + noise, 0, 255).astype(np.uint8)).save(file)
    return file


def film(folder: Path, first: str, last: str, count: int) -> Path:
    """A folder of frames of one colour, from the middle on of another."""
    for n in range(count):
        picture(folder / f"{n:02}.png", first if 2 * n < count else last, n)
    return folder


def _trained(folder: Path, task: str, modality: str, rows: list[tuple[Any, ...]], encoder: Any) -> Bundle:
    samples = _samples(rows, task, modality, encoder)
    own = task_entry(task).config.model_validate(_tiny(task))
    shipped = {name: shipped_values(name) for name in ("corpus", "clip", "features")}
    clip = ClipConfig.model_validate(shipped["clip"] | {"frames": 16, "sampling": "uniform"})
    sampling = task_entry(task).task_class().sampling(clip, own)
    features = FeaturesConfig.model_validate(shipped["features"] | {"precision": "float32", "compile": "never"})
    if task == "image_captioning":
        features = own.read_as(features, encoder.name, "source")
    store = folder / "store"
    by = extract if isinstance(encoder, Backbone) else extract_computed
    index = by(samples, encoder, sampling, features, RUNTIME, store)
    data = build_task_dataset(
        task_entry(task).task_class(), own, samples, index, store, None, None, getattr(encoder, "tokens", ())
    )
    return bundle_of(_left(folder / "left", task, own, samples, data, encoder), shipped)


def _tiny(task: str) -> dict[str, Any]:
    values = shipped_values(task)
    return values | {"vocabulary": values["vocabulary"] | {"min_count": 1, "size": 50, "level": "words"}}


def _samples(rows: list[tuple[Any, ...]], task: str, modality: str, encoder: Any) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["path", "kind", "length", "references"])
    contents = ["".join(_digest(file) for file in sorted(_files(path))) for path in table["path"]]
    table = table.assign(
        path=table["path"].astype(str),
        id=[Path(path).name for path in table["path"]],
        sha256=[hashlib.sha256(content.encode()).hexdigest() for content in contents],
        bytes=1,
        rate=1.0,
        duration_s=table["length"].astype(float),
        label="",
        group=[Path(path).name for path in table["path"]],
        split=["test" if n % 4 == 3 else "val" if n % 4 == 2 else "train" for n in range(len(table))],
        frames_declared=table["length"],
        width=64,
        height=48,
        rotation=0,
        remark="",
    )
    parameters = {"text": TextConfig.model_validate(encoder.parameters)} if modality == "text" else {}
    made = {"digest": task, "measuring": measuring_of(modality, parameters)}
    return with_lineage(table, {"corpus": {"name": task, "modality": modality}, "samples": made})


def _files(path: Path) -> list[Path]:
    return list(path.iterdir()) if path.is_dir() else [path]


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _left(folder: Path, task: str, own: Any, samples: pd.DataFrame, data: FeatureDataset, encoder: Any) -> Left:
    values = with_changes(
        shipped_values(task)["decoder_attention"],
        epochs=60,
        patience=None,
        keep="last",
        batch_size=4,
        learning_rate=0.05,
    )
    values |= {"hidden": 8, "embedding": 8, "attention": 4, "pca": None, "dropout": 0.0, "label_smoothing": 0.0}
    model = DecoderAttention(DecoderConfig.model_validate(values), RUNTIME, task_entry(task).task_class().on(data, own))
    model.fit(data.part("train"), data.part("val"))
    left = Left(
        folder / "decoder_attention",
        folder / "fit.json",
        folder / "backbone",
        folder / "dataset.parquet",
        folder / "samples.parquet",
    )
    save_model(model, left.model)
    left.fit.write_text(json.dumps({"dataset": data.digest, "sure_from": None}))
    left.encoder.mkdir()
    (save_backbone if isinstance(encoder, Backbone) else save_encoder)(encoder, left.encoder)
    write_dataset(data, left.data)
    samples.to_parquet(left.samples, index=False)
    return left
