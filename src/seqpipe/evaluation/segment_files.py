"""Predicted segments as files of ELAN, to be opened beside their videos."""

from __future__ import annotations

import re
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
    true = {str(id_): _marks(rows) for id_, rows in written.groupby("id", sort=False)}
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"video{SUFFIX}"
        texts = {}
        for id_, rows in segments.groupby("id", sort=False):
            write_eaf(file, Path(str(paths[id_])), {TRUE: true.get(str(id_), []), PREDICTED: _marks(rows)})
            texts[re.sub(r"[/\\\\]", "_", str(id_)) + SUFFIX] = file.read_text(encoding="utf-8")
    return texts


def _marks(rows: pd.DataFrame) -> list[Mark]:
    return [Mark(*row) for row in rows[["start_s", "end_s", "label"]].itertuples(index=False)]
