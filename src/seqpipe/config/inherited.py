"""Parameters that are given once for several models: what one does not give itself, it takes from there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seqpipe.config.sentences import (
    DecoderConfig,
    ImageCaptioningConfig,
    SentenceConfig,
    TranslationConfig,
    VideoCaptioningConfig,
)

RECURRENT = ("rnn", "gru", "lstm")
SENTENCES: dict[str, type[SentenceConfig]] = {
    "image_captioning": ImageCaptioningConfig,
    "video_captioning": VideoCaptioningConfig,
    "translation": TranslationConfig,
}
INHERITED = {
    **dict.fromkeys((*RECURRENT, "lrcn"), "recurrent"),
    **{f"{task}.{cell}": f"{task}.recurrent" for task in ("frame_labels", "next_token") for cell in RECURRENT},
    **{
        f"{task}.{block}": f"{task}.decoder"
        for task, of in SENTENCES.items()
        for block, field in of.model_fields.items()
        if block != "decoder" and isinstance(field.annotation, type) and issubclass(field.annotation, DecoderConfig)
    },
}
"""By its dotted name, from which block a block of parameters takes what it does not give itself."""


def with_inherited(raw: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The parameters, nested, with every block whole.

    Args:
        raw: as they were read.
        given: what of it the command line gives, which for one block as for all counts more than any file.
    """
    whole: dict[str, Any] = dict(raw)
    for name, source in INHERITED.items():
        layers = [_block(where, of) for where in (raw, given or {}) for of in (source, name)]
        if any(layers):
            whole = _placed(whole, name.split("."), _layered(layers))
    return whole


def _block(nested: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    for key in name.split("."):
        nested = nested.get(key) or {} if isinstance(nested, Mapping) else {}
    return nested if isinstance(nested, Mapping) else {}


def _layered(layers: list[Mapping[str, Any]]) -> dict[str, Any]:
    """One block, of which a later layer's values stand; a grid is whole in one layer."""
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            if isinstance(value, Mapping) and key != "grid":
                inner = merged.get(key)
                merged[key] = _layered([inner if isinstance(inner, dict) else {}, value])
            else:
                merged[key] = value
    return merged


def _placed(nested: Mapping[str, Any], path: list[str], block: dict[str, Any]) -> dict[str, Any]:
    """The parameters with another block at this place; a place under something that is no block stays as it is."""
    key, *rest = path
    if not rest:
        return {**nested, key: block}
    below = nested.get(key, {})
    return {**nested, key: _placed(below, rest, block)} if isinstance(below, Mapping) else dict(nested)
