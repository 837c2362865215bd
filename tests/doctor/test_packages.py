"""Versions are held against what the package says of itself."""

from importlib import metadata

import pytest
import torch
from packaging.requirements import Requirement

from seqpipe.doctor import packages


@pytest.fixture
def installed(monkeypatch):
    """Other versions than the installed ones; None: not installed."""
    real = metadata.version

    def give(**versions):
        def version(name):
            if name in versions and versions[name] is None:
                raise metadata.PackageNotFoundError(name)
            return versions.get(name) or real(name)

        monkeypatch.setattr(metadata, "version", version)

    return give


@pytest.fixture
def asks_for(monkeypatch):
    """What the package says that it needs."""

    def give(*requirements):
        monkeypatch.setattr(metadata, "requires", lambda _: list(requirements))

    return give


def test_this_installation_is_as_it_should_be(tmp_path):
    found = packages.requirements(tmp_path)
    assert found.lacks == ()
    assert found.facts["needed"] == len([one for one in packages.required() if "extra" not in str(one.marker)])


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ("2.10.1", "torch is 2.10.1, and seqpipe needs <3,>=2.11: `pip install 'torch<3,>=2.11'`."),
        ("3.0.0", "torch is 3.0.0, and seqpipe needs <3,>=2.11: `pip install 'torch<3,>=2.11'`."),
        (None, "torch is not installed: `pip install 'torch<3,>=2.11'`."),
        ("2.12.0+cpu", None),
        ("2.13.0.dev20261101", None),
    ],
)
def test_versions_outside_of_what_is_supported(there, said, installed, asks_for, tmp_path):
    asks_for("torch<3,>=2.11", "av>=17; sys_platform == 'no such'", "mypy>=99; extra == 'dev'")
    installed(torch=there)
    found = packages.requirements(tmp_path)
    assert found.lacks == (() if said is None else (said,))
    assert found.facts["needed"] == 1, "neither those of other systems nor extras"


def test_extras_come_by_a_command(installed, asks_for, monkeypatch, tmp_path):
    asks_for("numpy>=1.26", "mypy>=1.15; extra == 'dev'", "ghost>=2; extra == 'viz'", "wraith; extra == 'viz'")
    monkeypatch.setattr(metadata, "metadata", lambda _: _Extras())
    found = packages.extras(tmp_path)
    assert found.facts == {"dev": [], "viz": ["ghost", "wraith"]}
    assert found.hints == ("viz: `pip install 'ghost>=2' 'wraith'`.",)
    assert found.lacks == ()


class _Extras:
    def get_all(self, _):
        return ["dev", "viz"]


def test_the_versions_are_those_that_decide_results(tmp_path):
    assert packages.versions(tmp_path).facts["torch"] == metadata.version("torch") == torch.__version__.split("+")[0]


def test_metadata_of_another_version_than_the_code_s_are_a_hint(monkeypatch, tmp_path):
    monkeypatch.setattr(packages, "__version__", metadata.version("seqpipe"))
    assert packages.versions(tmp_path).hints == ()
    monkeypatch.setattr(packages, "__version__", "99.0")
    assert "The code is seqpipe 99.0" in packages.versions(tmp_path).hints[0]


def test_in_a_checkout_what_is_pinned_is_compared(installed, tmp_path):
    assert packages.lock(tmp_path).facts == {"pinned": None}
    (tmp_path / "src/seqpipe").mkdir(parents=True)
    numpy = metadata.version("numpy")
    (tmp_path / "requirements.lock").write_text(
        f"# a remark\n\nnumpy=={numpy}\nscipy==0.1\nghost==1 ; sys_platform == 'no such'\n"
    )
    found = packages.lock(tmp_path)
    assert found.facts == {"pinned": 2, "other": ["scipy"]}
    assert found.lacks == ()
    assert "scipy" in found.hints[0]


def test_a_requirement_without_a_range_is_met_by_any_version(installed):
    installed(torch="0.1")
    assert packages.problem_of(Requirement("torch")) is None
