"""Moving digits: the corpus that needs no download, and the source domain its backbone is trained on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

import av
import numpy as np
import pandas as pd

from seqpipe.config import MovingDigitsConfig
from seqpipe.core.cores import available_cores
from seqpipe.media.embedded.actions import ACTIONS, LARGEST, SMALLEST
from seqpipe.media.embedded.digits import PARTS, digit_images, draw
from seqpipe.media.embedded.writing import write_once

__all__ = ["digit_images", "render_clip", "render_source_batch", "write_moving_digits"]

VERSION = 1
"""Raise it when a change draws or writes clips differently: folders of another version are written anew."""
TARGET_PARTS: tuple[Literal["train", "val", "test"], ...] = ("train", "val", "test")
ENCODER_OPTIONS = {"preset": "veryfast", "qp": "16", "g": "1", "threads": "1"}
"""Constant quality and key frames alone: how a frame is coded tells nothing of those before it, so that a
clip played backwards is coded as a clip of the opposite action is."""


class ClipPlan(NamedTuple):
    """One clip to be written."""

    action: str
    part: Literal["train", "val", "test"]
    number: int
    digit: int

    @property
    def path(self) -> str:
        return f"{self.action}/{self.part}_{self.number:04d}.mp4"

    @property
    def group(self) -> str:
        """The digit image by its index among all: its clips stay together."""
        return f"digit_{PARTS[self.part][0] + self.digit:04d}"


def write_moving_digits(folder: Path, config: MovingDigitsConfig, seed: int) -> Path:
    """Writes the corpus to ``folder`` unless it is there already; returns its manifest.csv.

    The manifest has the columns path,label,split,group; the group is the digit image.

    The same machine, configuration and seed give the same bytes. The folder is written aside and renamed.
    Raises UserError where the folder holds something else.
    """
    record = {"version": VERSION, "seed": seed, "config": config.model_dump()}
    return write_once(folder, "moving_digits", record, partial(_write, config=config, seed=seed))


def _write(folder: Path, config: MovingDigitsConfig, seed: int) -> pd.DataFrame:
    plans = list(_plans(config, seed))
    for action in ACTIONS:
        (folder / action).mkdir(parents=True)
    with ThreadPoolExecutor(min(8, available_cores()), thread_name_prefix="moving-digits") as pool:
        list(pool.map(lambda plan: _write_clip(folder, plan, config, seed), plans))
    rows = [(plan.path, plan.action, plan.part, plan.group) for plan in plans]
    return pd.DataFrame(rows, columns=["path", "label", "split", "group"])


def _plans(config: MovingDigitsConfig, seed: int) -> Iterator[ClipPlan]:
    """Every clip; each part's digits are dealt out in random order, all of them before one comes twice."""
    clips_per_action = {
        "train": config.train_per_action,
        "val": config.val_per_action,
        "test": config.test_per_action,
    }
    for part in TARGET_PARTS:
        deck = np.random.default_rng([seed, PARTS[part][0]]).permutation(len(digit_images(part)[0]))
        dealt = 0
        for number in range(clips_per_action[part]):
            for action in ACTIONS:
                yield ClipPlan(action, part, number, int(deck[dealt % len(deck)]))
                dealt += 1


def _write_clip(folder: Path, plan: ClipPlan, config: MovingDigitsConfig, seed: int) -> None:
    random = np.random.default_rng([seed, PARTS[plan.part][0], list(ACTIONS).index(plan.action), plan.number])
    image = digit_images(plan.part)[0][plan.digit]
    encode(folder / plan.path, render_clip(plan.action, image, config, random), config.fps)


def render_clip(action: str, image: np.ndarray, config: MovingDigitsConfig, random: np.random.Generator) -> np.ndarray:
    """Grey frames uint8 (T, size, size) of a digit image (8, 8) performing ``action``."""
    trace, backwards = ACTIONS[action]
    x, y, side = (share * config.size for share in trace(random, config.frames))
    ink = draw(np.broadcast_to(image, (config.frames, *image.shape)), x, y, side, config.size)
    frames = exposed(ink, *random_light(random, 1), random)
    return frames[::-1] if backwards else frames


def random_light(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Background, contrast and noise (standard deviation) of n pictures, shares of white: (n, 1, 1)."""
    ranges = ((0.0, 0.25), (0.55, 0.75), (0.0, 0.03))
    background, contrast, noise = (random.uniform(*r, size=(n, 1, 1)).astype(np.float32) for r in ranges)
    return background, contrast, noise


def exposed(
    ink: np.ndarray,
    background: np.ndarray,
    contrast: np.ndarray,
    noise: np.ndarray,
    random: np.random.Generator,
) -> np.ndarray:
    """Grey pictures uint8 of ink in [0, 1], noise drawn anew for every pixel."""
    grain = random.standard_normal(ink.shape, dtype=np.float32)
    light = background + contrast * ink + noise * grain
    return (np.clip(light, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)


def encode(file: Path, frames: np.ndarray, fps: int) -> None:
    """Writes grey frames (T, H, W) as H.264 in an MP4, byte for byte the same each time."""
    with av.open(str(file), "w", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libx264", rate=Fraction(fps), options=ENCODER_OPTIONS)
        stream.height, stream.width = frames.shape[1:]
        stream.pix_fmt = "yuv420p"
        stream.thread_type = "NONE"
        for grey in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(_yuv420(grey), format="yuv420p")))
        container.mux(stream.encode(None))


def _yuv420(grey: np.ndarray) -> np.ndarray:
    """Planes of a colourless picture (H, W) in video range: uint8 (H * 3/2, W)."""
    height, width = grey.shape
    planes = np.full((height * 3 // 2, width), 128, dtype=np.uint8)
    planes[:height] = 16 + (grey.astype(np.uint16) * 219 + 127) // 255
    return planes


SIZES = 3
"""How large a digit is in the source task: small, middling, large; as many images of each."""


class SourceBatch(NamedTuple):
    """Images uint8 (n, S, S, 3) and three labels int64 (n,) each.

    ``digit`` is in 0..9; ``cell`` in 0..8 is the one of a 3 x 3 grid, row by row, that the digit's centre
    lies in; ``size`` in 0..2 is how large the digit is.
    """

    images: np.ndarray
    digit: np.ndarray
    cell: np.ndarray
    size: np.ndarray


def render_source_batch(rng: np.random.Generator, n: int, size: int) -> SourceBatch:
    """A batch of the source task: which digit, where on the canvas, and how large.

    Digits are the source part's; sizes, light and noise are those of the clips.
    """
    images, labels = digit_images("source")
    picked = rng.integers(len(images), size=n)
    side = rng.uniform(SMALLEST, LARGEST, size=n)
    x, y = side / 2 + rng.uniform(size=(2, n)) * (1.0 - side)
    ink = draw(images[picked], x * size, y * size, side * size, size)
    grey = exposed(ink, *random_light(rng, n), rng)
    cell = (y * 3).astype(np.int64) * 3 + (x * 3).astype(np.int64)
    step = ((side - SMALLEST) / (LARGEST - SMALLEST) * SIZES).astype(np.int64).clip(max=SIZES - 1)
    return SourceBatch(np.repeat(grey[..., None], 3, axis=-1), labels[picked], cell, step)
