"""What is looked at is handed on as far as a sample reaches, and for the best sentence alone."""

from dataclasses import replace

import numpy as np
import pytest

from seqpipe.data.dataset import unlabelled
from seqpipe.encoders.layers import PLACES
from seqpipe.tasks.sentences import Beam, Said
from seqpipe.use.said import handed_on


def said(width):
    weights = np.full((3, width), 1.0 / width, np.float32)
    return Said((Beam("a b c", ("a", "b", "c"), -1.0, -0.5, weights), Beam("d", ("d",), -2.0, -1.0, weights)))


@pytest.mark.parametrize(("lineage", "places"), [({}, 1), ({"features": {"pool": "grid"}}, PLACES)])
def test_what_others_have_filled_up_is_cut_off(lineage, places):
    mask = np.array([[True, True, True], [True, False, False]])
    data = replace(unlabelled(np.zeros((2, 3, 1), np.float32), mask), lineage=lineage)
    whole = said(3 * places)
    first, second = handed_on([whole, whole], data)
    assert first.beams[0].attention.shape == (3, 3 * places)
    assert second.beams[0].attention.shape == (3, places)
    assert second.beams[0].attention.base is None, "a view would keep the whole in memory"
    assert [one.beams[1].attention for one in (first, second)] == [None, None]
    assert (second.text, second.beams[1].log_p) == ("a b c", -2.0)


def test_who_does_not_look_is_handed_on_as_it_is():
    data = unlabelled(np.zeros((1, 1, 1), np.float32), np.ones((1, 1), bool))
    nothing = Said((Beam("a", ("a",)),))
    assert handed_on([nothing], data) == [nothing]
