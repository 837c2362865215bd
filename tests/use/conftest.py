"""Models that say sentences, for all tests of a session. Only look."""

import pytest
from tests.use.speakers import captioner_in, narrator_in, translator_in


@pytest.fixture(scope="session")
def captioner(tmp_path_factory):
    """Captions pictures, and looks at places."""
    return captioner_in(tmp_path_factory.mktemp("captioner"))


@pytest.fixture(scope="session")
def narrator(tmp_path_factory):
    """Captions films."""
    return narrator_in(tmp_path_factory.mktemp("narrator"))


@pytest.fixture(scope="session")
def translator(tmp_path_factory):
    """Translates."""
    return translator_in(tmp_path_factory.mktemp("translator"))
