"""Small real files, made on the fly."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
import pytest
from PIL import Image

from seqpipe.config import ClipConfig, CorpusConfig
from seqpipe.media.corpora.listing_checks import usable_rows
from seqpipe.media.corpora.reading import read_corpus


@pytest.fixture
def corpus_config() -> Callable[..., CorpusConfig]:
    """Makes a CorpusConfig, sensible but for what is given."""

    def make(**changed: Any) -> CorpusConfig:
        values: dict[str, Any] = {
            "path": None,
            "layout": "auto",
            "modality": "pictures",
            "group_pattern": None,
            "val_share": 0.2,
            "test_share": 0.2,
            "min_decoded_share": 0.8,
            "max_megapixels": 1.0,
            "max_seconds": 60.0,
            "max_quarantine_share": 0.5,
            "columns": [],
            "workers": 2,
        }
        return CorpusConfig(**(values | changed))

    return make


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., Path]:
    """Makes empty files: reading a corpus needs no more than names."""

    def make(*names: str) -> Path:
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        return tmp_path

    return make


@pytest.fixture
def forbid(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes folders unreadable by name, also for root, who reads all.

    As mode 000 does: no listing, no look inside; with ``listed`` as mode 444 does: the names in it are to be seen.
    """

    def forbid(*names: str, listed: bool = False) -> None:
        def refuses(path: Any, inside: bool) -> bool:
            if isinstance(path, int):
                return False
            folders = Path(os.fsdecode(path))
            return any(folder.name in names for folder in (folders.parents if inside else (folders, *folders.parents)))

        def guarded(function: Callable[..., Any], inside: bool) -> Callable[..., Any]:
            def call(path: Any = ".", *args: Any, **kwargs: Any) -> Any:
                if refuses(path, inside):
                    raise PermissionError(errno.EACCES, "Permission denied", os.fsdecode(path))
                return function(path, *args, **kwargs)

            return call

        def access(path: Any, mode: int) -> bool:
            return not refuses(path, inside=False) and allowed(path, mode)

        allowed = os.access
        monkeypatch.setattr(os, "access", access)
        for name, inside in (("listdir", listed), ("scandir", listed), ("stat", True), ("lstat", True)):
            monkeypatch.setattr(os, name, guarded(getattr(os, name), inside))

    return forbid


@pytest.fixture
def clip_config() -> Callable[..., ClipConfig]:
    def make(**changed: Any) -> ClipConfig:
        return ClipConfig(
            **(
                {"stream": "rgb", "flow_side": 64, "sampling": "uniform", "frames": 16, "fps": 5.0, "stride": 2}
                | changed
            )
        )

    return make


@pytest.fixture
def write_video() -> Callable[..., Path]:
    """Writes a video whose n-th frame is grey, ``(10 * n + seed) % 200``, its top left quarter bright."""

    def write(
        path: Path,
        frames: int = 10,
        size: tuple[int, int] = (48, 32),
        fps: int = 10,
        codec: str = "libx264",
        rotation: int = 0,
        pts: list[int] | None = None,
        seed: int = 0,
    ) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        width, height = size
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=fps)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            if codec == "libx264":
                stream.options = {"qp": "10", "bf": "0", "g": "5"}
            if rotation:
                stream.set_display_rotation(rotation)
            for n in range(frames):
                picture = np.full((height, width, 3), (10 * n + seed) % 200, dtype=np.uint8)
                picture[: height // 2, : width // 2] = 250
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts, frame.time_base = (pts or range(frames))[n], Fraction(1, fps)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return write


@pytest.fixture
def write_audio() -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        with av.open(str(path), "w") as container:
            stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
            frame.rate = 8000
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return write


class Listed(NamedTuple):
    """A corpus as a test looks at it: its layout, samples as {id: (kind, label, split)}, rejects as {id: reason}."""

    layout: str
    samples: dict[str, tuple[str, str | None, str | None]]
    rejected: dict[str, str]


@pytest.fixture
def read(corpus_config: Callable[..., CorpusConfig]) -> Callable[..., Listed]:
    """Reads the corpus in a folder; each reject must come with a sentence."""

    def read(root: Path, **changed: Any) -> Listed:
        corpus = read_corpus(corpus_config(path=root, **changed))
        usable = usable_rows(corpus.listing)
        rejected = corpus.listing.drop(index=usable.index)
        assert rejected["detail"].str.fullmatch(r"[A-Z].*\.").all()
        return Listed(
            corpus.layout,
            {row.id: (row.kind, row.label, row.split) for row in usable.itertuples()},
            dict(zip(rejected["id"], rejected["reason"], strict=True)),
        )

    return read


@pytest.fixture
def write_picture() -> Callable[[Path, int], Path]:
    """Writes a picture of noise; equal seeds give equal bytes."""

    def write(path: Path, seed: int) -> Path:
        pixels = np.random.default_rng(seed).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
        return path

    return write
