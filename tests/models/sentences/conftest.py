"""D' of sentences."""

import pytest
from tests.models.sentences.spoken import captioned, translated


@pytest.fixture(scope="session")
def captions():
    return captioned()


@pytest.fixture(scope="session")
def clips():
    """Captions of several steps."""
    return captioned(steps=3)


@pytest.fixture(scope="session")
def translations():
    return translated()
