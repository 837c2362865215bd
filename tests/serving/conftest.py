"""Servers that the tests share: one with room, one with narrow limits and a token, one of labels by frame."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from tests.projects import Project
from tests.serving.running import running, until
from tests.use.speakers import captioner_in, translator_in

from seqpipe.use.bundle import write_bundle

TOKEN = "an admitted secret"


@pytest.fixture(scope="session")
def clips(finished_project) -> pd.DataFrame:
    """The test clips: id and path."""
    samples = pd.read_parquet(finished_project.data / "02_intermediate/samples.parquet")
    return samples[samples["split"] == "test"].reset_index(drop=True)


@pytest.fixture(scope="session")
def clip(clips) -> Path:
    """A good file."""
    return Path(clips["path"][0])


@pytest.fixture(scope="session")
def roomy(finished_project, tmp_path_factory):
    """A server of the LSTM on clips, where many may wait."""
    with running(finished_project, tmp_path_factory.mktemp("roomy") / "t", "--model", "lstm", "--queue", 64) as server:
        yield server


@pytest.fixture(scope="session")
def narrow(finished_project, tmp_path_factory):
    """A server with a token that takes little: 0.1 MiB, 5 seconds, 0.05 megapixels, one that waits, 4 s a file."""
    given = "--token", TOKEN, "--max-mb", 0.1, "--max-seconds", 5, "--max-megapixels", 0.05, "--queue", 1
    times = "--timeout", 4, "--stalled-seconds", 1
    with running(finished_project, tmp_path_factory.mktemp("narrow") / "t", *given, *times) as server:
        yield server


@pytest.fixture(scope="session")
def labelling(labelled_project, tmp_path_factory):
    """A server of labels by frame."""
    asked = "--model", "lstm", "--task", "frame_labels"
    with running(labelled_project, tmp_path_factory.mktemp("labelling") / "t", *asked) as server:
        yield server


@pytest.fixture(scope="session")
def captioning(tmp_path_factory):
    """A server of captions of pictures."""
    yield from _speaking(captioner_in, tmp_path_factory.mktemp("captioning"))


@pytest.fixture(scope="session")
def translating(tmp_path_factory):
    """A server of translations."""
    yield from _speaking(translator_in, tmp_path_factory.mktemp("translating"))


def _speaking(make, folder):
    write_bundle(make(folder / "trained"), folder / "bundle")
    with running(Project(folder), folder / "t", "--model", folder / "bundle") as server:
        yield server


@pytest.fixture
def client(roomy):
    """Asks the server with room, whose process is there."""
    with roomy.client() as client:
        until(lambda: client.get("/health").status_code == 200)
        yield client


@pytest.fixture
def admitted(narrow):
    """Asks the narrow server with its token."""
    with narrow.client(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        until(lambda: client.get("/health").status_code == 200)
        yield client
