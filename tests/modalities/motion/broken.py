"""Recordings that cannot be used, each with the reason why: made from a seed, without a file in the repository."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

RANDOM = np.random.default_rng(0)
WAVES = np.sin(np.arange(50)[:, None] * [0.2, 0.3, 0.5]) + RANDOM.normal(0, 0.1, (50, 3))
HEADER = "x,y,z"


def csv(values: np.ndarray, header: str = HEADER) -> str:
    return "\n".join([header, *(",".join(f"{value:.6f}" for value in row) for row in values)]) + "\n"


def timed(times: np.ndarray) -> str:
    return csv(np.hstack([times[:, None], WAVES]), f"time,{HEADER}")


def gone(values: np.ndarray, share: float) -> np.ndarray:
    values = values.copy()
    values[: round(share * len(values)), 1] = np.nan
    return values


def truncated(make: Callable[[Path], None], share: float) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        make(file)
        data = file.read_bytes()
        file.write_bytes(data[: round(share * len(data))])

    return write


def text(content: str) -> Callable[[Path], None]:
    return lambda file: file.write_text(content, encoding="utf-8") and None


def archive(**arrays: np.ndarray) -> Callable[[Path], None]:
    return lambda file: np.savez(file, **arrays)


def parquet(frame: pd.DataFrame) -> Callable[[Path], None]:
    return lambda file: frame.to_parquet(file)


def array(values: np.ndarray) -> Callable[[Path], None]:
    return lambda file: np.save(file, values)


def lying_header(file: Path) -> None:
    """An archive whose array says that it has more numbers than follow."""
    np.save(file.with_suffix(".npy"), WAVES)
    data = file.with_suffix(".npy").read_bytes().replace(b"(50, 3)", b"(90, 3)")
    file.with_suffix(".npy").unlink()
    with zipfile.ZipFile(file, "w") as written:
        written.writestr("values.npy", data)


BROKEN: dict[str, tuple[str, Callable[[Path], None]]] = {
    "empty.csv": ("unreadable", text("")),
    "header_alone.csv": ("no_steps", text(HEADER + "\n")),
    "ragged.csv": ("unreadable", text(csv(WAVES) + "1,2,3,4\n")),
    "open_quote.csv": ("unreadable", text(csv(WAVES) + '"1,2,3\n')),
    "prose.csv": ("no_numbers", text("word,other\nnot,a\nnumber,at\n")),
    "one_word.csv": ("no_numbers", text(csv(WAVES) + "0.1,oops,0.2\n")),
    "missing.csv": ("missing_values", text(csv(gone(WAVES, 0.6)))),
    "all_missing.csv": ("missing_values", text(csv(gone(WAVES, 1.0)))),
    "backwards.csv": ("times_invalid", text(timed(np.arange(50)[::-1] / 50))),
    "one_time.csv": ("times_invalid", text(timed(np.zeros(50)))),
    "no_time.csv": ("times_invalid", text(timed(np.arange(50) / 50).replace("0.100000,", "soon,", 1))),
    "long.csv": ("too_large", text(timed(np.arange(50) * 10.0))),
    "narrow.csv": ("unlike_others", text(csv(WAVES[:, :2], "x,y"))),
    "several.csv": ("several_samples", text("key,x\na,1\na,2\nb,3\n")),
    "binary.csv": ("unreadable", lambda file: file.write_bytes(bytes(RANDOM.integers(0, 255, 500, np.uint8))) and None),
    "cut.npz": ("unreadable", truncated(archive(values=WAVES), 0.7)),
    "lying.npz": ("truncated", lying_header),
    "objects.npz": ("unreadable", archive(values=np.array([{"x": 1}], dtype=object))),
    "words.npz": ("no_numbers", archive(values=np.array(["a", "b"]))),
    "scalar.npz": ("wrong_shape", archive(values=np.float64(3.0))),
    "zero_rows.npz": ("no_steps", archive(values=np.zeros((0, 3)))),
    "odd_times.npz": ("times_invalid", archive(values=WAVES, times=np.arange(49))),
    "wide.npz": ("too_large", archive(values=np.zeros((70000, 20)))),
    "no_arrays.npz": ("no_steps", lambda file: zipfile.ZipFile(file, "w").close()),
    "cut.npy": ("unreadable", truncated(array(WAVES), 0.7)),
    "cut.parquet": ("unreadable", truncated(parquet(pd.DataFrame(WAVES, columns=list("xyz"))), 0.8)),
    "text.parquet": ("no_numbers", parquet(pd.DataFrame({"word": ["a", "b"]}))),
}
"""By the name of the file: the reason for the quarantine, and what writes it."""


def write_broken(folder: Path) -> dict[str, str]:
    """Writes them all; the reasons by their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (_, write) in BROKEN.items():
        write(folder / name)
    return {name: reason for name, (reason, _) in BROKEN.items()}
