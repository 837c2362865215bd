"""What a training leaves out, or a device has no room or no repeatable way for, said in a sentence."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from seqpipe.core.errors import UserError

if TYPE_CHECKING:
    from seqpipe.config import CnnTrainingConfig, EndToEndConfig
    from seqpipe.data.frame_cache import Frames

logger = logging.getLogger(__name__)


def say_left_out(frames: Frames, config: EndToEndConfig, block: str) -> None:
    """Tells which of the variations are not made of pictures of flow; ``block`` is the name of their parameters."""
    if frames.stream == "flow" and config.color_jitter:
        logger.info("%s.color_jitter is left out: the colours of optical flow are motion.", block)


@contextmanager
def said_plainly(name: str, training: CnnTrainingConfig, block: str) -> Iterator[None]:
    """Raises a UserError for what torch finds no room or no repeatable way for in the training of a CNN.

    Args:
        name: The architecture.
        training: How it is trained.
        block: The parameters that ``training`` is of, by their dotted name.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise UserError(
            f"{name} needs more memory than the GPU has for a batch of {training.batch_size}: lower {block}.training."
            f"batch_size, and raise {block}.training.accumulate (now {training.accumulate}) as much."
        ) from error
    except RuntimeError as error:
        if "does not have a deterministic implementation" not in str(error):
            raise
        raise UserError(
            f"{name} cannot be trained on this device to the same bits each time ({str(error).split()[0]}): give "
            "runtime.deterministic=false, runtime.device=cpu, or another backbone."
        ) from error
