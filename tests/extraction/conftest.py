"""A small backbone and small clips, for every test of this folder."""

from tests.backbone_fixtures import (
    backbone,
    clip,
    clip_files,
    config,
    one_thread,
    own_cache,
    runtime,
    samples,
    table,
    write_clip,
)

__all__ = [
    "backbone",
    "clip",
    "clip_files",
    "config",
    "one_thread",
    "own_cache",
    "runtime",
    "samples",
    "table",
    "write_clip",
]
