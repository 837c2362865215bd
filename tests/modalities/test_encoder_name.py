"""A modality goes by one name."""

from types import SimpleNamespace

import pytest

from seqpipe.core.errors import UserError
from seqpipe.modalities.pictures import Pictures
from seqpipe.modalities.registry import MODALITIES, ModalityEntry, modality


class Tilt(Pictures):
    encoder = SimpleNamespace(modality="movement")


def test_an_encoder_goes_by_the_name_of_its_entry(monkeypatch):
    where = f"{__name__}:Tilt"
    for name in ("tilt", "movement"):
        monkeypatch.setitem(MODALITIES, name, ModalityEntry(None, where))
    with pytest.raises(UserError, match=r"The modality tilt: .* got 'movement'"):
        modality("tilt", {})
    assert modality("movement", {}).encoder.modality == "movement"


def test_an_unknown_modality_is_answered_with_the_known_ones():
    with pytest.raises(UserError, match=r"Unknown corpus\.modality 'picture'.*pictures"):
        modality("picture", {})
