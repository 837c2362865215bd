"""Where a fine-tuned CNN looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from seqpipe.data.frame_augmentation import as_read
from seqpipe.evaluation.figures.style import png_bytes
from seqpipe.evaluation.figures.transfer import Explained, gradcam_panels

if TYPE_CHECKING:
    from seqpipe.data.frame_dataset import FrameDataset
    from seqpipe.models.finetune.finetuned import FineTuned

# Test samples shown of those that were answered right, and of those that were not.
EXPLAINED = 6


def gradcam(model: FineTuned, predictions: pd.DataFrame, dataset: FrameDataset) -> dict[str, bytes]:
    """Where it sees its answer, on the samples that it is surest of, right and wrong: ``gradcam``, as PNG bytes.

    Empty for a net without convolution maps.

    Args:
        predictions: Of samples of the dataset, as `predictions_table` gives them.
    """
    shown = pd.concat([_surest(predictions[predictions["correct"]]), _surest(predictions[~predictions["correct"]])])
    samples = pd.Index(dataset.ids).get_indexer(pd.Index(shown["id"]))
    crops = [as_read(_middle(dataset, int(sample)), model.backbone.transforms) for sample in samples]
    x = torch.stack([several[len(several) // 2] for several in crops])
    heat = model.heat_maps(x, np.array([model.class_names.index(name) for name in shown["predicted"]]))
    if heat is None:
        return {}
    examples = [
        Explained(frame.permute(1, 2, 0).numpy(), warm, row["label"], row["predicted"], row["confidence"])
        for frame, warm, row in zip(x, heat, shown.to_dict("records"), strict=True)
    ]
    return {"gradcam": png_bytes(gradcam_panels(examples))}


def _surest(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(["confidence", "id"], ascending=[False, True]).head(EXPLAINED)


def _middle(dataset: FrameDataset, sample: int) -> np.ndarray:
    row = int(dataset.rows[sample])
    return np.array(dataset.frames.frame(row, dataset.frames.count(row) // 2))
