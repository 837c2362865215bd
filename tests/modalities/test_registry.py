"""Modalities by name, and what is said of those that cannot be made."""

import pytest
from tests.modalities import motion as motion_module
from tests.modalities.motion import Motion, MotionConfig

from seqpipe.core.errors import UserError
from seqpipe.modalities.registry import MODALITIES, ModalityEntry, measuring_of, modality

PARAMETERS = {"motion": MotionConfig(rate=10)}


def test_a_modality_is_made_of_the_parameters_under_its_name():
    assert modality("motion", PARAMETERS).encoder.parameters == {"rate": 10}


def test_an_unknown_one_is_answered_with_the_known_ones():
    with pytest.raises(UserError, match=r"Did you mean 'motion'\? Known: .*motion, .*pictures"):
        modality("motions", PARAMETERS)


def test_what_decides_measuring_is_name_version_and_parameters(monkeypatch):
    first = measuring_of("motion", PARAMETERS)
    others = [measuring_of("motion", {"motion": MotionConfig(rate=5)}), measuring_of("pictures", {})]
    monkeypatch.setattr(Motion, "version", 2)
    others.append(measuring_of("motion", PARAMETERS))
    assert len({first, *others}) == 4


@pytest.mark.parametrize("where", ["tests.modalities.motion:Motoin", "tests.modalities.nowhere:Motion", "nonsense"])
def test_a_class_that_is_not_there_is_a_sentence(monkeypatch, where):
    monkeypatch.setitem(MODALITIES, "motion", ModalityEntry(MotionConfig, where))
    with pytest.raises(UserError, match=rf"The modality {where} cannot be made"):
        modality("motion", PARAMETERS)


def test_a_constructor_that_raises_is_a_sentence(monkeypatch):
    def broken(config):
        raise FileNotFoundError("no sensors.json")

    monkeypatch.setattr(motion_module, "MotionEncoder", broken)
    with pytest.raises(UserError, match=r"motion:Motion cannot be made of its parameters \(rate=10.*no sensors\.json"):
        modality("motion", PARAMETERS)


def test_what_it_lacks_is_named(monkeypatch):
    monkeypatch.delattr(Motion, "measure")
    with pytest.raises(UserError, match="motion:Motion has no measure: mend the package"):
        modality("motion", PARAMETERS)
