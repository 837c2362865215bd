"""All that a trained model needs to answer about files, in one folder that can be copied to another machine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow.parquet as pq

from seqpipe.core.errors import UserError, unknown_name
from seqpipe.core.files import written_aside
from seqpipe.core.lineage import complete, parquet_lineage, stream_of
from seqpipe.data.dataset_file import digest_in
from seqpipe.modalities.saved import encoder_digest
from seqpipe.models.persist import RECORD as MODEL_RECORD
from seqpipe.models.registry import model_entry
from seqpipe.use.best import by_val, frames_digest
from seqpipe.use.reference_file import reference_beside

RECORD, MODEL, ENCODER, NOVELTY = "bundle.json", "model", "encoder", "novelty.safetensors"
VERSION = 2
FRAMES = "frames.parquet"
"""How the file is called that a model was trained on which reads frames."""
SETTINGS = ("corpus", "clip", "features")
"""Groups of parameters that decide how a file becomes what the model reads."""
OF_LINEAGE = {
    "clip": ("sampling", "frames", "fps", "stride", "stream", "flow_side"),
    "features": ("layer", "pool", "precision", "dtype"),
}
"""Of these, what the data on disk say themselves: a configuration may have been changed since."""
OF_BEFORE: Mapping[str, Mapping[str, Any]] = {"corpus": {"columns": []}, "clip": {"stream": "rgb", "flow_side": 256}}
"""What bundles do not say of these that were written when there was nothing else."""


@dataclass(frozen=True)
class Bundle:
    """A model with the encoder in front of it, and how files are read for both.

    Attributes:
        model, encoder: Their folders, as the catalog's datasets write them.
        modality: What the samples are.
        kinds: Which kinds of samples it was trained on: ``video``, ``frames``, ``image``.
        frames: T, the steps that the longest sample of its D' has, or of its frames where it reads them together and
            says a sentence; None: it reads frames one by one.
        settings: By the name of its group, the parameters of reading and of features.
        trained: What of the run is worth knowing: the corpus, the digest of its samples, the record of the fit.
        novelty: The file of what tells whether a sample is far from those of its D'; None: nothing does.
    """

    model: Path
    encoder: Path
    modality: str
    kinds: tuple[str, ...]
    frames: int | None
    settings: Mapping[str, Any]
    trained: Mapping[str, Any]
    novelty: Path | None = None

    @property
    def mib(self) -> float:
        """What it takes on disk."""
        files = [file for folder in (self.model, self.encoder) for file in folder.rglob("*") if file.is_file()]
        return sum(file.stat().st_size for file in [*files, *([self.novelty] if self.novelty else [])]) / 2**20

    @property
    def sure_from(self) -> float | None:
        """The confidence below which an answer is doubted; None: val did not tell, or an earlier version has trained.

        See `seqpipe.metrics.confidence.sure_from`.
        """
        value: float | None = self.trained["fit"].get("sure_from")
        return value


class Left(NamedTuple):
    """Where that lies what a run has left of a model: the entries of the catalog that make a bundle.

    Attributes:
        model: Its folder.
        fit: ``fit.json``.
        encoder: The folder of the backbone, or of another encoder.
        data: What it was trained on: ``dataset.parquet`` (D'), or ``frames.parquet`` of a model that reads frames.
        samples: The table of samples.
    """

    model: Path
    fit: Path
    encoder: Path
    data: Path
    samples: Path

    @property
    def reads_frames(self) -> bool:
        """Whether it was trained on frames, without a D'."""
        return self.data.name == FRAMES


def left_in(data: Path, model: str | None, task: str | None = None) -> Left:
    """Where a model lies in a project's ``data`` folder.

    Args:
        data: The folder.
        model: Its name; None: the best on val of those that were trained on the D' on disk.
        task: Whose model it is, where the task keeps its data apart.

    Raises:
        UserError: There is no such model.
    """
    apart = Path(task or "")
    models = data / "06_models" / apart
    name = model or by_val(data, task)[0]
    if not (models / name / MODEL_RECORD).exists():
        raise unknown_name("model", name, trained_models(models))
    frames = data / "05_model_input" / (task or name) / FRAMES
    entry = model_entry(name)
    # A model of frames that is compared with others shares their samples and backbone.
    within = Path(name) if frames.exists() and not entry.beside and not task else apart
    return Left(
        models / name,
        data / "07_model_output" / apart / name / "fit.json",
        data / "03_primary" / within / "backbone",
        frames if frames.exists() and entry.inputs == "frames" else data / "05_model_input" / apart / "dataset.parquet",
        data / "02_intermediate" / within / "samples.parquet",
    )


def bundle_of(left: Left, parameters: Mapping[str, Any]) -> Bundle:
    """The bundle of what a run has left; nothing is copied.

    What tells whether a sample is far from those of its D' is made of D' the first time, and kept beside it.

    Args:
        left: Where it lies.
        parameters: The project's, nested, of which ``SETTINGS`` are taken where the data say nothing themselves.

    Raises:
        UserError: Something is missing, the data on disk do not belong together, or an earlier version wrote them.
    """
    if missing := [str(path) for path in left if not path.exists()]:
        raise UserError(f"{missing[0]} is not there, which belongs to the model: run `kedro run` again.")
    record = json.loads(left.fit.read_text(encoding="utf-8"))
    lineage = complete(parquet_lineage(left.data), "corpus", "samples", "backbone")
    _check_together(left, record, lineage)
    settings = {group: dict(parameters[group]) for group in SETTINGS}
    settings["corpus"]["path"] = None  # where it lay says nothing of what is asked
    features = {"stream": stream_of(lineage), **lineage.get("features", {})}
    for group, fields in OF_LINEAGE.items():
        settings[group] |= {key: features[key] for key in fields if key in features}
    samples = pd.read_parquet(left.samples, columns=["kind"])
    return Bundle(
        left.model,
        left.encoder,
        lineage["corpus"]["modality"],
        tuple(sorted(samples["kind"].unique())),
        _frames_steps(left) if left.reads_frames else _steps(left.data),
        settings,
        {"corpus": lineage["corpus"]["name"], "samples": lineage["samples"]["digest"], "fit": record},
        None if left.reads_frames else reference_beside(left.data),
    )


def _check_together(left: Left, record: Mapping[str, Any], lineage: Mapping[str, Any]) -> None:
    """Raises a UserError where a model is of other data than those on disk, or these of another encoder.

    A run may have made some of these anew and not the others, or be at it.
    """
    name, frames = left.model.name, left.reads_frames
    if record["dataset"] != (frames_digest(left.data) if frames else digest_in(left.data)):
        others = "other frames than those" if frames else "another D' than the one"
        raise UserError(f"The model {name} was trained on {others} on disk now: run again from `{name}.train`.")
    if encoder_digest(left.encoder) != lineage["backbone"]["fingerprint"]:
        raise UserError(
            f"The data that {name} was trained on are of another backbone than the one on disk now: run again from "
            "`load_backbone`."
        )
    if parquet_lineage(left.samples).get("samples", {}).get("digest") != lineage["samples"]["digest"]:
        raise UserError(
            f"The data that {name} was trained on are of other samples than those on disk now: run again from "
            "`probe_samples`."
        )


def bundle_of_run(data: Path, model: str | None, parameters: Mapping[str, Any], task: str | None = None) -> Bundle:
    """The bundle of a model in a project's ``data`` folder: ``left_in``, and ``bundle_of`` what lies there."""
    return bundle_of(left_in(data, model, task), parameters)


def trained_models(models: Path) -> list[str]:
    """The names of the models that lie in a folder of models."""
    return sorted(record.parent.name for record in models.glob(f"*/{MODEL_RECORD}"))


def _steps(dataset: Path) -> int:
    """T of the D' in a file, of which one row is read."""
    rows = pq.ParquetFile(dataset).iter_batches(batch_size=1, columns=["mask"])
    return len(next(iter(rows))["mask"][0])


def _frames_steps(left: Left) -> int | None:
    """T of the frames of a model of sentences; None of one whose answer is the mean over frames or clips."""
    if not model_entry(left.model.name).sentences:
        return None
    times_s = pq.read_table(left.data, columns=["times_s"])["times_s"]
    return max(map(len, times_s.to_pylist()))


def write_bundle(bundle: Bundle, folder: Path) -> None:
    """Copies all of it into a new folder.

    Raises:
        UserError: Something lies there already.
    """
    if folder.exists():
        raise UserError(f"{folder} exists already; name a folder that does not.")
    with written_aside(folder) as aside:
        aside.mkdir(parents=True)
        shutil.copytree(bundle.model, aside / MODEL)
        shutil.copytree(bundle.encoder, aside / ENCODER)
        if bundle.novelty is not None:
            shutil.copy(bundle.novelty, aside / NOVELTY)
        told = {key: value for key, value in asdict(bundle).items() if key not in (MODEL, ENCODER, "novelty")}
        text = json.dumps({"version": VERSION, **told}, indent=2, default=str)
        (aside / RECORD).write_text(text + "\n", encoding="utf-8")


def read_bundle(folder: Path) -> Bundle:
    """What `write_bundle` wrote.

    Raises:
        UserError: The folder holds none, or one of another version.
    """
    try:
        told = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{folder} holds no model that `seqpipe bundle` wrote ({error}).") from error
    if told.pop("version", None) != VERSION:
        raise UserError(f"{folder} was written by another version of seqpipe: write it again.")
    kinds = tuple(told.pop("kinds"))
    told["settings"] = {group: {**OF_BEFORE.get(group, {}), **values} for group, values in told["settings"].items()}
    novelty = folder / NOVELTY if (folder / NOVELTY).exists() else None
    return Bundle(folder / MODEL, folder / ENCODER, kinds=kinds, novelty=novelty, **told)
