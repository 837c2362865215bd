"""Small real files, a small real backbone and configurations for the tests of the features room."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pandas as pd
import pytest
import torch

from seqpipe.config import ClipConfig, FeaturesConfig, RuntimeConfig
from seqpipe.encoders.architectures import build_module
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.transforms import Transforms
from seqpipe.runtime.devices import intra_op_threads

FPS = 10


def _write_clip(path: Path, frames: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 80, 72, "yuv420p"
        for _ in range(frames):
            picture = rng.integers(0, 256, (9, 10, 3), np.uint8).repeat(8, 0).repeat(8, 1)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """No test reads or writes the user's cache folder."""
    monkeypatch.setenv("SEQPIPE_CACHE", str(tmp_path / "cache"))


@pytest.fixture(autouse=True)
def one_thread():
    """As the engine computes; and idle threads of many test runs at once do not fight for the cores."""
    with intra_op_threads(1):
        yield


@pytest.fixture(scope="session")
def clip_files(tmp_path_factory) -> list[Path]:
    """Eight clips of 5 to 12 frames, 80x72."""
    folder = tmp_path_factory.mktemp("clips")
    paths = [folder / f"clip{n}.mp4" for n in range(8)]
    for n, path in enumerate(paths):
        _write_clip(path, 5 + n, n)
    return paths


def _table(paths: list[Path]) -> pd.DataFrame:
    rows = []
    for n, path in enumerate(paths):
        with av.open(str(path)) as container:
            frames = sum(1 for _ in container.decode(video=0))
        rows.append(
            {
                "id": path.name,
                "path": str(path),
                "kind": "video",
                "label": ["left", "right"][n % 2],
                "group": f"g{n // 2}",
                "split": ["train", "test"][n // 2 % 2],
                "frames_declared": frames,
                "length": frames,
                "rate": float(FPS),
                "duration_s": frames / FPS,
                "width": 80,
                "height": 72,
                "rotation": 0,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "bytes": path.stat().st_size,
            }
        )
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def table() -> Callable[[list[Path]], pd.DataFrame]:
    """The samples' table of some clips, as ingest writes it."""
    return _table


@pytest.fixture
def samples(clip_files) -> pd.DataFrame:
    return _table(clip_files)


@pytest.fixture(scope="session")
def write_clip() -> Callable[[Path, int, int], None]:
    """Writes a clip of so many frames with a seed."""
    return _write_clip


@pytest.fixture(scope="session")
def backbone() -> Backbone:
    """SqueezeNet with seeded random weights that reads 64x64 frames."""
    torch.manual_seed(0)
    module = build_module("squeezenet1_1", 10, 64)
    transforms = Transforms(resize=64, crop=64, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    return Backbone("squeezenet1_1", "random", "nothing", 10, transforms, module.state_dict())


@pytest.fixture(scope="session")
def clip() -> ClipConfig:
    return ClipConfig(stream="rgb", flow_side=256, sampling="uniform", frames=6, fps=5.0, stride=1)


@pytest.fixture(scope="session")
def config() -> FeaturesConfig:
    return FeaturesConfig(
        layer="last_conv",
        pool="avg",
        precision="float32",
        dtype="float32",
        batch_size=4,
        compile="never",
        workers=2,
        shard_samples=3,
    )


@pytest.fixture(scope="session")
def runtime() -> RuntimeConfig:
    return RuntimeConfig(seed=0, device="cpu", threads=2, deterministic=True)
