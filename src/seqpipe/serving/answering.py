"""What a process of the server holds: the model, and the way from one file to an answer that JSON can carry."""

from __future__ import annotations

import os
import shutil
import time
import traceback
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from seqpipe.config import CorpusConfig, RuntimeConfig
from seqpipe.core.cores import available_cores
from seqpipe.core.errors import UserError
from seqpipe.encoders.backbones import Backbone
from seqpipe.extraction.input import area_read
from seqpipe.media.corpora.names import IMAGE_SUFFIXES, VIDEO_SUFFIXES
from seqpipe.media.frames import InvalidSample
from seqpipe.modalities.base import Drawable
from seqpipe.runtime.compat import give_back_freed
from seqpipe.serving.limits import Limits
from seqpipe.serving.playlists import names_other_files
from seqpipe.serving.thumbnails import drawn, thumbnails
from seqpipe.use.bundle import Bundle
from seqpipe.use.predictor import Answers, Predictor
from seqpipe.use.sources import listing_of_files
from seqpipe.use.told import told

RUNS_PROGRAMS = ("EPS",)
"""Formats for which Pillow starts another program."""
A_LIST = "It is a list of other files, and these are not read here; send the video itself."
GONE = "The file is gone, as its client is."
NO_MEMORY = "Answering it takes more memory than there is."
FAILED = "The server failed at this file; its log says why."


class Answerer:
    """A model that answers files one by one; nothing of them stays.

    Args:
        opened: What has the ``bundle``, the ``runtime``, and what the model is ``named``.
        limits: The server's.
        folder: A folder for what is computed on the way.
    """

    def __init__(self, opened: Any, limits: Limits, folder: Path) -> None:
        bundle: Bundle = opened.bundle
        self._named = str(opened.named)
        self._bundle = _within(bundle, limits)
        self._kept = folder / f"kept.{os.getpid()}"
        runtime = _shared_out(opened.runtime, limits.workers)
        self._predictor = Predictor(self._bundle, runtime, self._kept / "store", self._kept / "probes")
        self._files = self._predictor.files
        self._warm_up()

    @property
    def model(self) -> dict[str, Any]:
        """What it is, and what it takes."""
        model, corpus = self._predictor.model, CorpusConfig.model_validate(self._bundle.settings["corpus"])
        return {
            "name": self._named,
            "description": model.description,
            "corpus": self._bundle.trained.get("corpus"),
            "task": model.task.name,
            "per": model.task.per,
            "told": model.task.told,
            "modality": self._bundle.modality,
            "samples": "videos and images" if self._files is None else self._files.words,
            "endings": sorted(VIDEO_SUFFIXES | IMAGE_SUFFIXES if self._files is None else self._files.kinds),
            "pictures": self._reads_pictures,
            "classes": list(model.class_names),
            "mib": round(self._bundle.mib, 2),
            "max_megapixels": corpus.max_megapixels,
            "max_seconds": corpus.max_seconds,
        }

    def reply(self, path: str, name: str, frames: int, attention: bool) -> dict[str, Any]:
        """The status and the body that a file is answered with.

        Args:
            path: Where it lies.
            name: What the client calls it.
            frames: How many pictures of it the answer carries, at most.
            attention: Whether it tells what was looked at for each word of a sentence.
        """
        started = time.perf_counter()
        try:
            return {"status": 200, "body": self._answer(Path(path), name, frames, attention, started)}
        except InvalidSample as unusable:
            return _refusal(unusable.reason, unusable.detail.replace(path, name))
        except UserError as error:
            return _refusal("unusable", str(error).replace(path, name))
        except MemoryError:
            return _refusal("too_large", NO_MEMORY)
        except Exception:  # a mistake of ours: the client is told that much
            if not Path(path).exists():
                return _refusal("disconnected", GONE)
            traceback.print_exc()
            return {"status": 500, "body": {"error": FAILED, "reason": "failed"}}
        finally:
            shutil.rmtree(self._kept, ignore_errors=True)
            give_back_freed()

    @property
    def _reads_pictures(self) -> bool:
        return isinstance(self._predictor.encoder, Backbone)

    def _answer(self, path: Path, name: str, frames: int, attention: bool, started: float) -> dict[str, Any]:
        answers = self._answers(path)
        sample = answers.samples.iloc[0]
        model = self._predictor.model
        said = told(answers, model.class_names, model.task.told, attention)[str(sample["path"])]
        facts = {str(name): value for name, value in sample.items()}
        looked = said.get("attention", {})
        count = 0 if "source" in looked else frames  # a text is there with its tokens
        return {
            "file": name,
            "duration_s": float(sample["duration_s"]),
            "remark": str(sample["remark"]),
            **said,
            "frames": self._shown(facts, answers.times_s[0], count, "grid" in looked),
            "seconds": round(time.perf_counter() - started, 4),
        }

    def _shown(self, sample: dict[str, Any], times_s: np.ndarray, count: int, by_place: bool) -> list[dict[str, Any]]:
        """Pictures of the frames at these times, at most ``count``; what is no picture is drawn as a whole.

        Where something is told of places, each says where these lie in it.
        """
        if self._reads_pictures:
            area = partial(area_read, transforms=self._predictor.encoder.transforms) if by_place else None
            return thumbnails(str(sample["path"]), str(sample["kind"]), times_s, count, area)
        by = self._predictor.modality
        return drawn(by, sample, times_s) if count and isinstance(by, Drawable) else []

    def _answers(self, path: Path) -> Answers:
        """Raises InvalidSample where it cannot be read."""
        if names_other_files(path, pictures=self._files is None):
            raise InvalidSample("unreadable", A_LIST)
        # Not `listing_of_paths`: to that a table is a list of files, which may lie anywhere on this machine.
        answers = self._predictor.predict(listing_of_files([path], self._files))
        if len(answers.quarantine):
            _, reason, detail = answers.quarantine.iloc[0]
            raise InvalidSample(reason, detail)
        return answers

    def _warm_up(self) -> None:
        """Loads the model and, where it can be made, answers a first file: what libraries do once is done then."""
        _ = self._predictor.model, self._predictor.encoder
        if not self._reads_pictures:
            return
        self._kept.mkdir(parents=True, exist_ok=True)
        first = self._kept / ("first.png" if answers_images(self._bundle) else "first.gif")
        shades = [Image.new("L", (64, 64), 16 * shade) for shade in range(8)]
        further: dict[str, Any] = (
            {"save_all": True, "append_images": shades[1:], "duration": 100} if first.suffix == ".gif" else {}
        )
        shades[0].save(first, **further)
        if (reply := self.reply(str(first), first.name, 1, attention=False))["status"] != 200:
            raise UserError(f"The model does not answer about an empty picture: {reply['body']['error']}")


def answers_images(bundle: Bundle) -> bool:
    """Whether it was trained on images by themselves, and reads these: of one image there is no flow."""
    return "image" in bundle.kinds and bundle.settings["clip"]["stream"] != "flow"


def run_no_programs() -> None:
    """From now on Pillow opens no format, in this process, that it needs another program for."""
    Image.init()
    Image.ID[:] = [name for name in Image.ID if name not in RUNS_PROGRAMS]


def _within(bundle: Bundle, limits: Limits) -> Bundle:
    """The bundle, which reads nothing beyond the limits, one file at a time."""
    given = {"max_megapixels": limits.max_megapixels, "max_seconds": limits.max_seconds, "workers": 1}
    corpus = {**bundle.settings["corpus"], **{key: value for key, value in given.items() if value is not None}}
    features = {**bundle.settings["features"], "compile": "never"}  # one file does not repay it
    return replace(bundle, settings={**bundle.settings, "corpus": corpus, "features": features})


def _shared_out(runtime: RuntimeConfig, workers: int) -> RuntimeConfig:
    """Where nothing says how many threads there are, the processes share the cores."""
    if runtime.threads is not None:
        return runtime
    return runtime.model_copy(update={"threads": max(1, available_cores() // workers)})


def _refusal(reason: str, sentence: str) -> dict[str, Any]:
    return {"status": 422, "body": {"error": sentence, "reason": reason}}
