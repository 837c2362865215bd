"""The modality of these tests, by its name."""

import pytest
from tests.media.conftest import corpus_config
from tests.modalities.tilt import TILT

from seqpipe.config import PARAMETERS
from seqpipe.modalities.registry import MODALITIES

__all__ = ["corpus_config"]


@pytest.fixture(autouse=True)
def tilt(monkeypatch):
    """The modality of the tests, in the registry as another package's would be."""
    monkeypatch.setitem(MODALITIES, "tilt", TILT)
    monkeypatch.setitem(PARAMETERS, "tilt", TILT.config)
    return TILT
