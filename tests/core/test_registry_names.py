"""What another package may not be called, whatever it adds."""

import logging

import pytest

from seqpipe.config import PARAMETERS, Stage, add_group
from seqpipe.core.plugins import Registry, packages

GROUP = "seqpipe.tests_of_names"


class Toy(Stage):
    """Nothing."""


@pytest.fixture
def registry(monkeypatch):
    monkeypatch.setattr("seqpipe.config.check.PARAMETERS", dict(PARAMETERS))
    return Registry(GROUP, type, {"mine": Toy}, lambda name, entry: add_group(name, entry))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("mine", "the name is taken"),
        ("features", "the project has something called features already"),
        ("ingest", "the project has something called ingest already"),
        ("first-word", "a name has letters, digits and _ alone"),
    ],
)
def test_a_name_that_would_shadow_or_break_something_is_left_out(registry, install, caplog, name, why):
    module = f"toy_named_{name.replace('-', '_')}"
    install(module, "from tests.core.test_registry_names import Toy as TOY\n", {GROUP: {name: f"{module}:TOY"}})
    with caplog.at_level(logging.WARNING):
        assert list(registry) == ["mine"]
    assert why in caplog.text


def test_a_free_name_is_taken_with_its_parameters_and_its_package_is_known(registry, install):
    install("toy_free", "from tests.core.test_registry_names import Toy as TOY\n", {GROUP: {"free": "toy_free:TOY"}})
    assert list(registry) == ["mine", "free"]
    assert packages()["toy_free"] == "1.0"
