"""What is looked at is handed on as far as a sample reaches, and for the best sentence alone."""

from dataclasses import replace

import numpy as np
import pytest
from tests.models.sentences.spoken import RULES

from seqpipe.encoders.layers import PLACES
from seqpipe.tasks.sentences import Beam, ImageCaptioning, Said
from seqpipe.use.said import handed_on


def said(width):
    weights = np.full((3, width), 1.0 / width, np.float32)
    return Said((Beam("a b c", ("a", "b", "c"), -1.0, -0.5, weights), Beam("d", ("d",), -2.0, -1.0, weights)))


TASK = ImageCaptioning(RULES, 1)


@pytest.mark.parametrize("places", [1, PLACES])
def test_what_others_have_filled_up_is_cut_off(places):
    whole = said(3 * places)
    first, second = handed_on([whole, whole], [3, 1], replace(TASK, places=places))
    assert first.beams[0].attention.shape == (3, 3 * places)
    assert second.beams[0].attention.shape == (3, places)
    assert second.beams[0].attention.base is None, "a view would keep the whole in memory"
    assert [one.beams[1].attention for one in (first, second)] == [None, None]
    assert (second.text, second.beams[1].log_p) == ("a b c", -2.0)


def test_who_does_not_look_is_handed_on_as_it_is():
    nothing = Said((Beam("a", ("a",)),))
    assert handed_on([nothing], [1], TASK) == [nothing]
