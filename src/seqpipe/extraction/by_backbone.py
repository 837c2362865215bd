"""Encoders that make pictures of a sample and have a backbone read them: how it reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from seqpipe.config import FeaturesConfig, RuntimeConfig
from seqpipe.encoders import layers
from seqpipe.encoders.base import BackboneEncoder, SequenceEncoder, backbone_of
from seqpipe.encoders.layers import PooledNode
from seqpipe.encoders.reading import Reading
from seqpipe.extraction import speed
from seqpipe.extraction.engine import BATCH_SIZE
from seqpipe.runtime.arithmetic import exact_float32
from seqpipe.runtime.devices import intra_op_threads, repeatable, resolve_device


def reading_of(encoder: SequenceEncoder, config: FeaturesConfig, runtime: RuntimeConfig) -> Reading | None:
    """How the backbone of an encoder reads; None of one that has none.

    Raises:
        UserError: The backbone has no such layer.
    """
    if (backbone := backbone_of(encoder)) is None:
        return None
    node = layers.resolve(backbone.name, backbone.transforms.crop, config.layer)
    backbone.check_readable(node)
    device = resolve_device(runtime)
    precision = speed.choose_precision(config.precision, backbone, device)
    size = config.batch_size or BATCH_SIZE[device.type]
    return Reading(config.layer, PooledNode(node, config.pool), precision, size, device)


@contextmanager
def ready_to_read(
    encoder: SequenceEncoder, reading: Reading | None, runtime: RuntimeConfig
) -> Iterator[SequenceEncoder]:
    """The encoder as samples are given to it, by several threads, each of which computes by itself."""
    if reading is None or not isinstance(encoder, BackboneEncoder):
        yield encoder
        return
    with exact_float32(reading.precision), repeatable(runtime.deterministic), intra_op_threads(1):
        yield encoder.ready(reading)
