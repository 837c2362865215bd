"""An encoder on disk: its modality, its parameters, what it has learned, its backbone: of these it is made again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from seqpipe.core.errors import UserError
from seqpipe.core.files import written_aside
from seqpipe.encoders.backbones import Backbone, read_backbone, save_backbone
from seqpipe.encoders.base import (
    BackboneEncoder,
    LearningEncoder,
    SequenceEncoder,
    backbone_of,
    encoder_fingerprint,
)
from seqpipe.modalities.registry import MODALITIES, check_modality

FILE = "encoder.json"


def is_encoder(folder: Path) -> bool:
    """Whether an encoder lies in the folder."""
    return (folder / FILE).exists()


def save_encoder(encoder: SequenceEncoder, folder: Path) -> None:
    """Writes ``encoder.json`` into ``folder``, and the backbone where the encoder has one."""
    if (backbone := backbone_of(encoder)) is not None:
        save_backbone(backbone, folder)
    record = {
        "modality": encoder.modality,
        "name": encoder.name,
        "parameters": encoder.parameters,
        "fingerprint": encoder_fingerprint(encoder),
        **({"learned": encoder.learned} if isinstance(encoder, LearningEncoder) else {}),
    }
    with written_aside(folder / FILE) as aside:
        aside.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def read_any(folder: Path) -> Backbone | SequenceEncoder:
    """The backbone, or the encoder of samples that are no pictures, that lies in the folder.

    Raises:
        UserError: As of ``read_encoder`` and ``read_backbone``.
    """
    return read_encoder(folder) if is_encoder(folder) else read_backbone(folder)


def saved_parameters(folder: Path) -> dict[str, Any]:
    """The parameters of the modality whose encoder lies in the folder, by its name; none of pictures.

    Raises:
        UserError: The modality is not installed any more.
    """
    if not is_encoder(folder):
        return {}
    record = json.loads((folder / FILE).read_text(encoding="utf-8"))
    check_modality(record["modality"])
    config = MODALITIES[record["modality"]].config
    return {record["modality"]: None if config is None else config.model_validate(record["parameters"])}


def encoder_digest(folder: Path) -> str:
    """The fingerprint of the backbone or the encoder that lies in the folder; nothing else of it is read."""
    file = folder / (FILE if is_encoder(folder) else "backbone.json")
    return str(json.loads(file.read_text(encoding="utf-8"))["fingerprint"])


def read_encoder(folder: Path) -> SequenceEncoder:
    """Makes again what ``save_encoder`` wrote.

    Raises:
        UserError: The modality is not installed any more, or encodes in another way than when it was saved.
    """
    record = json.loads((folder / FILE).read_text(encoding="utf-8"))
    parameters = saved_parameters(folder)
    encoder = MODALITIES[record["modality"]].build(parameters[record["modality"]]).encoder
    if isinstance(encoder, LearningEncoder) and "learned" in record:
        encoder = encoder.with_learned(record["learned"])
    if isinstance(encoder, BackboneEncoder):
        encoder = encoder.with_backbone(read_backbone(folder))
    if encoder is None or encoder_fingerprint(encoder) != record["fingerprint"]:
        raise UserError(f"The modality {record['modality']} encodes otherwise than it did: run again from `backbone`.")
    return encoder
