"""Log-mel frames of files of sound, beside librosa's: the same files, the same frames, in seconds of the processor.

    pip install librosa
    python -m benchmarks.sound [--recordings FOLDER] [--rate 44100] [--count N]

Both take turns for a few rounds, so that another process on the machine disturbs both; medians are told. Writes
``benchmarks/results/sound.json``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.common import RESULTS, files_a_second, machine
from seqpipe.config import AudioConfig
from seqpipe.media.corpora.names import AUDIO_SUFFIXES
from seqpipe.media.embedded.melodies import write_wave
from seqpipe.modalities.audio.log_mel import LogMel, transform_size
from seqpipe.modalities.audio.spectrogram import spectrogram

CONF = Path(__file__).parents[1] / "conf/base/parameters/audio.yml"
SECONDS = 3.0


def main() -> None:
    if find_spec("librosa") is None:
        raise SystemExit("librosa is not installed, beside which this measures: `pip install librosa`.")
    arguments = _arguments()
    config = AudioConfig.model_validate(yaml.safe_load(CONF.read_text())["audio"] | {"level": "absolute"})
    with tempfile.TemporaryDirectory() as folder:
        paths = _recordings(arguments.recordings, Path(folder), arguments.count, arguments.rate)
        result = measure(paths, config, arguments.rounds)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "sound.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Log-mel frames beside librosa's.")
    parser.add_argument("--recordings", type=Path, help="folder of real recordings instead of rendered noise")
    parser.add_argument("--rate", type=int, default=16000, help="values a second of what is rendered")
    parser.add_argument("--count", type=int, default=200, help="files")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def _recordings(given: Path | None, folder: Path, count: int, rate: int) -> list[str]:
    if given is not None:
        return sorted(str(p) for p in given.rglob("*") if p.suffix.lower() in AUDIO_SUFFIXES)[:count]
    random = np.random.default_rng(0)
    for n in range(count):
        write_wave(folder / f"{n:04d}.wav", random.uniform(-0.5, 0.5, int(SECONDS * rate)), rate)
    return sorted(str(path) for path in folder.iterdir())


def measure(paths: Sequence[str], config: AudioConfig, rounds: int) -> dict[str, Any]:
    """Files a second of both, of the processor's time: other processes do not count."""
    log_mel = LogMel(config)
    ways: dict[str, Callable[[str], np.ndarray]] = {
        "seqpipe": lambda path: spectrogram(path, log_mel, config.sample_rate),
        "librosa": lambda path: _of_librosa(path, config),
    }
    rates = files_a_second(ways, paths, rounds)
    return {"files": len(paths), "files_a_second": rates, "frames": ways["seqpipe"](paths[0]).shape, "on": machine()}


def _of_librosa(path: str, config: AudioConfig) -> np.ndarray:
    """(T, bands) in dB: what a user of librosa writes."""
    import librosa

    values, _ = librosa.load(path, sr=config.sample_rate)
    power = librosa.feature.melspectrogram(
        y=values,
        sr=config.sample_rate,
        n_fft=transform_size(config),
        hop_length=config.hop,
        win_length=config.window,
        n_mels=config.bands,
        fmin=config.f_min,
        fmax=config.highest_hz,
    )
    levels: np.ndarray = librosa.power_to_db(power, top_db=config.range_db).T
    return levels


if __name__ == "__main__":
    main()
