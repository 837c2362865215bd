"""Segments as texts of files that are opened beside their videos: ELAN's, and subtitles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from seqpipe.media.annotations import Mark
from seqpipe.media.corpora.elan import SUFFIX, write_eaf

TRUE, PREDICTED = "true", "predicted"
"""The tiers of a file."""


def elan_files(segments: pd.DataFrame, annotations: pd.DataFrame, samples: pd.DataFrame) -> dict[str, str]:
    """The text of a file for each video that segments are predicted of, by the file's name.

    Args:
        segments: What `segments_table` gave.
        annotations: The true ones: id, start_s, end_s, label (empty where a video has none).
        samples: Columns id and path.
    """
    paths = samples.set_index("id")["path"]
    written = annotations[annotations["label"].astype(str) != ""]
    true = {str(id_): rows for id_, rows in written.groupby("id", sort=False)}
    return {
        re.sub(r"[/\\:]", "_", str(id_)) + SUFFIX: elan_text(
            Path(str(paths[id_])), {TRUE: true.get(str(id_), segments[:0]), PREDICTED: rows}
        )
        for id_, rows in segments.groupby("id", sort=False)
    }


def elan_text(video: Path, tiers: Mapping[str, pd.DataFrame]) -> str:
    """The text of a file that ELAN opens beside a video: tiers of segments (start_s, end_s, label), by name."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"video{SUFFIX}"
        write_eaf(file, video, {name: _marks(rows) for name, rows in tiers.items()})
        return file.read_text(encoding="utf-8")


def srt_text(segments: pd.DataFrame) -> str:
    """Subtitles (SubRip) of segments (start_s, end_s, label), in their order; empty where there are none."""
    rows = segments[["start_s", "end_s", "label"]].itertuples(index=False)
    return "\n".join(
        f"{number}\n{_clock(start)} --> {_clock(end)}\n{label}\n" for number, (start, end, label) in enumerate(rows, 1)
    )


def _clock(seconds: float) -> str:
    whole, thousandths = divmod(round(1000 * seconds), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d},{thousandths:03d}"


def _marks(rows: pd.DataFrame) -> list[Mark]:
    return [Mark(*row) for row in rows[["start_s", "end_s", "label"]].itertuples(index=False)]
