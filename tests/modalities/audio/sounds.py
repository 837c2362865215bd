"""Files of sound for tests, in any format that FFmpeg writes."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from tests.configs import shipped_values

from seqpipe.config import AudioConfig, CorpusConfig

SAMPLE_RATE = 16000


def audio_config(**changes: object) -> AudioConfig:
    """The shipped parameters with few bands, and pictures as short as the sounds here."""
    small = {"bands": 8, "picture_s": 0.2, "picture_hop_s": 0.1}
    return AudioConfig.model_validate(shipped_values("audio") | small | changes)


def corpus_limits(**changes: object) -> CorpusConfig:
    """The shipped parameters of a corpus, of which measuring asks the limits."""
    return CorpusConfig.model_validate(shipped_values("corpus") | changes)


def tone(hz: float = 440.0, seconds: float = 0.5, sample_rate: int = SAMPLE_RATE, loud: float = 0.5) -> np.ndarray:
    """(n,) a sine."""
    return loud * np.sin(2 * np.pi * hz * np.arange(round(seconds * sample_rate)) / sample_rate)


def write_sound(
    path: Path, values: np.ndarray, sample_rate: int = SAMPLE_RATE, codec: str = "pcm_s16le", pictures: int = 0
) -> Path:
    """Writes values (n,), or (channels, n), within full scale; with so many pictures of a video beside them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    channels = np.atleast_2d(values).astype(np.float32)
    with av.open(str(path), "w") as container:
        layout = {1: "mono", 2: "stereo"}[len(channels)]
        stream = container.add_stream(codec, rate=sample_rate, layout=layout)
        if pictures:
            _add_video(container, pictures)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(channels), format="fltp", layout=layout)
        frame.sample_rate, frame.pts = sample_rate, 0
        resampler = av.AudioResampler(stream.format.name, layout, sample_rate, frame_size=stream.frame_size or None)
        for made in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(made))
        container.mux(stream.encode(None))
    return path


def _add_video(container: av.container.OutputContainer, pictures: int) -> None:
    video = container.add_stream("libx264", rate=25)
    video.width = video.height = 32
    video.pix_fmt = "yuv420p"
    for number in range(pictures):
        grey = np.full((32, 32, 3), 40 * number % 255, np.uint8)
        container.mux(video.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
    container.mux(video.encode(None))
