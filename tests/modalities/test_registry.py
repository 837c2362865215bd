"""Modalities by name, and what is said of those that cannot be made."""

import pytest
from tests.modalities import tilt as tilt_module
from tests.modalities.tilt import Tilt, TiltConfig

from seqpipe.core.errors import UserError
from seqpipe.modalities.registry import MODALITIES, ModalityEntry, measuring_of, modality

PARAMETERS = {"tilt": TiltConfig(rate=10)}


def test_a_modality_is_made_of_the_parameters_under_its_name():
    assert modality("tilt", PARAMETERS).encoder.parameters == {"rate": 10}


def test_an_unknown_one_is_answered_with_the_known_ones():
    with pytest.raises(UserError, match=r"Did you mean 'tilt'\? Known: .*pictures.*tilt"):
        modality("tilts", PARAMETERS)


def test_what_decides_measuring_is_name_version_and_parameters(monkeypatch):
    first = measuring_of("tilt", PARAMETERS)
    others = [measuring_of("tilt", {"tilt": TiltConfig(rate=5)}), measuring_of("pictures", {})]
    monkeypatch.setattr(Tilt, "version", 2)
    others.append(measuring_of("tilt", PARAMETERS))
    assert len({first, *others}) == 4


@pytest.mark.parametrize("where", ["tests.modalities.tilt:Motoin", "tests.modalities.nowhere:Tilt", "nonsense"])
def test_a_class_that_is_not_there_is_a_sentence(monkeypatch, where):
    monkeypatch.setitem(MODALITIES, "tilt", ModalityEntry(TiltConfig, where))
    with pytest.raises(UserError, match=rf"The modality {where} cannot be made"):
        modality("tilt", PARAMETERS)


def test_a_constructor_that_raises_is_a_sentence(monkeypatch):
    def broken(config):
        raise FileNotFoundError("no sensors.json")

    monkeypatch.setattr(tilt_module, "TiltEncoder", broken)
    with pytest.raises(UserError, match=r"tilt:Tilt cannot be made of its parameters \(rate=10.*no sensors\.json"):
        modality("tilt", PARAMETERS)


def test_what_it_lacks_is_named(monkeypatch):
    monkeypatch.delattr(Tilt, "measure")
    with pytest.raises(UserError, match="tilt:Tilt has no measure: mend the package"):
        modality("tilt", PARAMETERS)
