"""The model that MLflow keeps answers with sentences where its task says them."""

from types import SimpleNamespace

import pandas as pd
import pytest
from tests.use.speakers import captioner_in, picture, translator_in

from seqpipe.tracking.served import ServedModel
from seqpipe.use.bundle import write_bundle


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    def of(bundle):
        folder = tmp_path_factory.mktemp("logged")
        write_bundle(bundle, folder / "bundle")
        model = ServedModel()
        model.load_context(SimpleNamespace(artifacts={"bundle": str(folder / "bundle")}))
        return model

    return of


def test_bytes_of_texts_are_translated(served, tmp_path):
    model = served(translator_in(tmp_path))
    asked = pd.DataFrame({"content": [b"eins vier", b"zwei zwei"]})
    told = model.predict(None, asked)
    assert told["sentence"].tolist() == ["one four", "two two"]
    assert [beams[0]["sentence"] for beams in told["beams"]] == told["sentence"].tolist()
    assert "attention" not in told


def test_a_picture_that_is_gone_is_told_beside_one_that_is_captioned(served, tmp_path):
    model = served(captioner_in(tmp_path / "trained"))
    told = model.predict(None, [str(picture(tmp_path / "new.png", "blue", 50)), str(tmp_path / "gone.png")])
    assert told["sentence"][0].startswith("a blue picture")
    assert told["error"][1].startswith("missing")
