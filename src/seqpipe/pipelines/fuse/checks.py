"""What is checked before ``fuse``."""

from __future__ import annotations

from pathlib import Path

from seqpipe.config import FuseConfig
from seqpipe.pipelines.fuse.named import OUTPUTS, both_named


def check_named(fuse: FuseConfig) -> None:
    """Raises a UserError where one of the two models is not there, or both are one."""
    both_named(fuse, Path.cwd() / OUTPUTS)


CHECKS = (check_named,)
