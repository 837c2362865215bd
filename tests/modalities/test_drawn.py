"""What draws the samples of a table is made of what the table says."""

import pandas as pd
import pytest
from tests.modalities.tilt import Tilt

from seqpipe.core.errors import UserError
from seqpipe.core.lineage import with_lineage
from seqpipe.modalities.base import Drawing
from seqpipe.modalities.drawn import drawable


def samples(modality="tilt", **facts):
    return with_lineage(pd.DataFrame({"id": ["a"]}), {"corpus": {"modality": modality}, "samples": facts})


class DrawnTilt(Tilt):
    def drawing(self, sample, times_s):
        return Drawing(0.2, lambda axes: axes.set_title(f"{self._config.rate:g} a second"))


@pytest.fixture
def drawn(monkeypatch):
    monkeypatch.setattr("tests.modalities.tilt.Tilt", DrawnTilt)


def test_a_modality_draws_with_the_parameters_that_the_samples_were_measured_with(drawn):
    by = drawable(samples(parameters={"rate": 7}))
    assert isinstance(by, DrawnTilt)
    assert by._config.rate == 7


def test_pictures_draw_and_need_no_parameters():
    assert drawable(samples("pictures")) is not None


def test_one_that_does_not_draw_is_none():
    assert drawable(samples(parameters={"rate": 7})) is None


def test_samples_that_do_not_say_how_they_were_measured_are_refused():
    with pytest.raises(UserError, match=r"parameters of tilt.*Run again from `probe_samples`"):
        drawable(samples())
    with pytest.raises(UserError, match="an earlier version has written it"):
        drawable(pd.DataFrame({"id": ["a"]}))
