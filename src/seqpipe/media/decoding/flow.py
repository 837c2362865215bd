"""Optical flow as pictures: how what a frame shows moves on to the frame after it.

The flow is that of Dense Inverse Search (Kroeger et al., Fast Optical Flow using Dense Inverse Search, ECCV 2016) as
OpenCV has it. A picture of it holds horizontal and vertical motion and its length, as Donahue et al. give it to a CNN
(Long-term Recurrent Convolutional Networks for Visual Recognition and Description, CVPR 2015): one that was trained on
photographs reads it as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from itertools import repeat
from typing import Any

import numpy as np

from seqpipe.config import StreamConfig
from seqpipe.core.errors import UserError
from seqpipe.media.decoding.decode import Shown, shown_frames
from seqpipe.media.frames import LONGEST_TO_SHORTEST, InvalidSample, MediaType, TimedFrame

ENCODING_VERSION = 1
"""Raise it when other pictures come of the same frames and the same flow."""
PRESET = "MEDIUM"
"""OpenCV's, of its presets the slowest and the best: about 200 pairs a second and core at 240 x 320."""
PIXEL, STILL = 16.0, 128
"""What a pixel of motion is in grey values, and the value of what stands still: 8 pixels either way can be told."""
SMALLEST_SIDE = 32
"""Smaller pictures are enlarged to it: at less than its patches of 8 pixels need, OpenCV's code ends the process."""
ONE_FRAME = "It is one frame, and optical flow is what moves between two."


def read_flow(
    path: str, kind: MediaType, times_s: Sequence[float], frame_count: int | None, side: int
) -> Iterator[np.ndarray]:
    """For each time the flow from the frame shown at it to the one after it: uint8 (h, w, 3), one by one.

    Which frame is shown, and the arguments, are as of ``read_frames``; at the last frame it is the flow that led to
    it. A picture is no larger than ``side`` pixels along the shorter side: what it tells of are pixels of that size.

    Raises:
        InvalidSample: The sample cannot be opened, holds no frame, or only one (``single_frame``).
        UserError: OpenCV is not installed.
    """
    flow = _Flow(side)
    for shown, times in shown_frames(path, kind, times_s, frame_count):
        yield from repeat(encoded(flow.of(shown)), times)


def encoded(flow: np.ndarray) -> np.ndarray:
    """A flow (h, w, 2) in pixels, to the right and down, as a picture (h, w, 3) uint8.

    The channels are u * 16 + 128, v * 16 + 128 and their length * 16 + 128, rounded and clipped to 0..255.
    """
    u, v = flow[..., 0], flow[..., 1]
    values = np.stack([u, v, np.sqrt(u * u + v * v)], axis=2)
    values *= PIXEL
    # Rounded before it is shifted: what moves the other way is as far on the other side.
    np.rint(values, out=values)
    values += STILL
    return np.clip(values, 0, 255, out=values).astype(np.uint8)


def stream_facts(config: StreamConfig) -> dict[str, Any]:
    """Whatever decides what is read at a time, beside decoding: of the frames themselves, nothing.

    Raises:
        UserError: OpenCV is not installed, whose version is one of the facts of flow.
    """
    if config.stream == "rgb":
        return {}
    how = {"side": config.flow_side, "dis": PRESET.lower(), "encoding": ENCODING_VERSION}
    return {"stream": {"flow": how | {"opencv": opencv().__version__}}}


def stream_lineage(config: StreamConfig) -> dict[str, Any]:
    """What data say of the stream that they came of: its parameters, and of `rgb` no more than that."""
    return {"stream": config.stream, **({"flow_side": config.flow_side} if config.stream == "flow" else {})}


def check_stream(config: StreamConfig) -> None:
    """Raises a UserError where flow is asked for and OpenCV is not installed; nothing is imported."""
    if config.stream == "flow" and find_spec("cv2") is None:
        raise _missing()


def check_moves(config: StreamConfig, frames: int) -> None:
    """Raises InvalidSample where flow is asked for and a sample of so many frames has none."""
    if config.stream == "flow" and frames < 2:
        raise InvalidSample("single_frame", ONE_FRAME)


def opencv() -> Any:
    """OpenCV, which computes on the thread that asks; raises a UserError where it is not installed."""
    try:
        import cv2
    except ImportError as error:
        raise _missing() from error
    # Files are read side by side; and into how many stripes DIS cuts a picture for its threads shows in the flow.
    cv2.setNumThreads(1)
    return cv2


def _missing() -> UserError:
    return UserError(
        "The stream `flow` is computed by OpenCV, which is not installed: `pip install 'seqpipe[flow]'`, or read the "
        "stream `rgb`."
    )


class _Flow:
    """The flow from frame to frame of one sample; its arithmetic is that of one thread."""

    def __init__(self, side: int) -> None:
        self._opencv, self._side = opencv(), side
        self._dis = self._opencv.DISOpticalFlow_create(getattr(self._opencv, f"DISOPTICAL_FLOW_PRESET_{PRESET}"))
        self._grey: list[tuple[TimedFrame, np.ndarray]] = []
        """The last two frames: the later of a pair may be the earlier one of the next."""

    def of(self, shown: Shown) -> np.ndarray:
        """(h, w, 2) float32: from the frame to the one after it, or where none follows from the one before."""
        grey = self._of_frame(shown.frame)
        if shown.following is not None:
            try:
                return self._between(grey, self._of_frame(shown.following))
            except InvalidSample:  # a folder breaks off there: no time lies beyond it
                pass
        if shown.before is None:
            raise InvalidSample("single_frame", ONE_FRAME)
        return self._between(self._of_frame(shown.before), grey)

    def _between(self, earlier: np.ndarray, later: np.ndarray) -> np.ndarray:
        flow: np.ndarray = self._dis.calc(earlier, later, None)
        return flow

    def _of_frame(self, frame: TimedFrame) -> np.ndarray:
        known = [grey for of, grey in self._grey if of is frame]
        if known:
            return known[0]
        grey = self._made_grey(frame.rgb())
        self._grey = [*self._grey[-1:], (frame, grey)]
        return grey

    def _made_grey(self, rgb: np.ndarray) -> np.ndarray:
        """(h, w) uint8 of (H, W, 3): of a strip its middle, as of a picture that a backbone reads."""
        grey = self._opencv.cvtColor(_middle(rgb), self._opencv.COLOR_RGB2GRAY)
        shorter = min(grey.shape)
        scale = max(SMALLEST_SIDE, min(self._side, shorter)) / shorter
        if scale == 1.0:
            return grey
        height, width = (max(SMALLEST_SIDE, round(length * scale)) for length in grey.shape)
        how = self._opencv.INTER_AREA if scale < 1.0 else self._opencv.INTER_LINEAR
        made: np.ndarray = self._opencv.resize(grey, (width, height), interpolation=how)
        return made


def _middle(rgb: np.ndarray) -> np.ndarray:
    """At most ``LONGEST_TO_SHORTEST`` times as long as wide."""
    sides = rgb.shape[:2]
    kept = [min(side, LONGEST_TO_SHORTEST * min(sides)) for side in sides]
    top, left = ((side - length) // 2 for side, length in zip(sides, kept, strict=True))
    return np.ascontiguousarray(rgb[top : top + kept[0], left : left + kept[1]])
