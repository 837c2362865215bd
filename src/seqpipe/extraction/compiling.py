"""torch.compile: taken where the work is long enough to repay it, and where it works."""

from __future__ import annotations

import copy
import logging

import torch

from seqpipe.config import FeaturesConfig
from seqpipe.core.errors import UserError
from seqpipe.extraction.extractor import Extractor
from seqpipe.extraction.store import FeatureStore
from seqpipe.runtime.devices import intra_op_threads

log = logging.getLogger(__name__)

REPAYS_SECONDS = 600.0


def is_wanted(config: FeaturesConfig, store: FeatureStore, seconds: float) -> bool:
    """Whether to compile work of about so many seconds.

    What ``auto`` decides first stays with the store: compiling changes the last bits, and a run that ends
    what another began, with less work left, must not.
    """
    wanted = config.compile == "always" or (config.compile == "auto" and seconds > REPAYS_SECONDS)
    decided = store.remembered(compiled=wanted)["compiled"]
    return decided if config.compile == "auto" else wanted


def compiled(extractor: Extractor, batch_size: int, config: FeaturesConfig) -> Extractor:
    """The extractor compiled, one batch run through it before several threads would race to compile it.

    Raises:
        UserError: ``features.compile`` is ``always`` and it fails; with ``auto`` the work goes on without it.
    """
    log.info("Compiling the backbone first: the work is long enough.")
    plain = copy.deepcopy(extractor)
    try:
        with intra_op_threads(1):
            # The compiler is told by itself: `repeatable` does not import it.
            options = {"deterministic": torch.are_deterministic_algorithms_enabled()}
            extractor.compile(dynamic=False, options=options)
            extractor.features(extractor.empty_batch(batch_size))
    except Exception as error:  # a missing C++ compiler, or a model that inductor does not know
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        if config.compile == "always":
            message = f"torch.compile fails here ({reason}): give features.compile=auto or never."
            raise UserError(message) from error
        log.warning("torch.compile fails here (%s): going on without it.", reason)
        return plain
    return extractor
