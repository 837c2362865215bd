"""The best on val is a version, once; names are words that a command line takes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow import MlflowClient

from seqpipe.core.errors import UserError
from seqpipe.tracking.registry import Best, aliases, register, registered_name, version_at, version_named, versions_of
from seqpipe.tracking.remembered import Name, remembered_name


@pytest.mark.parametrize(
    ("experiment", "corpus", "task", "name"),
    [
        ("seqpipe", "moving digits", "classification", "moving-digits"),
        ("seqpipe", "my videos", "frame_labels", "my-videos-frame_labels"),
        ("wagons", "state/of it", "classification", "wagons-state-of-it"),
        ("seqpipe", "ünï 上", "classification", "ünï-上"),
        ("seqpipe", "...", "classification", "model"),
    ],
)
def test_a_corpus_is_registered_by_its_name_as_a_word(experiment, corpus, task, name):
    assert registered_name(experiment, corpus, task) == name


@given(st.text(max_size=40), st.text(max_size=40))
def test_every_name_is_one_that_can_be_typed(experiment, corpus):
    name = registered_name(experiment, corpus, "classification")
    assert re.fullmatch(r"[\w.-]+", name)
    assert remembered_name(f"{name}@champion") == Name(name, "champion")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("boats@3", Name("boats", "3")),
        ("boats@champion", Name("boats", "champion")),
        ("0" * 32, Name(run="0" * 32)),
        ("svm", None),
        ("folder/of/mine", None),
    ],
)
def test_what_a_text_names(text, named):
    assert remembered_name(text) == named


@pytest.fixture
def registry(finished_project, tmp_path, mlflow_as_it_was):
    """A copy of the database of the finished run, and what that run was the best of."""
    import mlflow

    (tmp_path / "mlflow.db").write_bytes((finished_project.folder / "mlflow.db").read_bytes())
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'mlflow.db'}")
    client = MlflowClient()
    experiment = client.get_experiment_by_name("seqpipe").experiment_id
    (first,) = versions_of(client, "moving-digits")
    return client, experiment, first


def test_the_same_model_is_no_second_version(registry):
    client, experiment, first = registry
    again = register(client, experiment, Best("moving-digits", "run", first.tags["fit.digest"], {"model": "svm"}))
    assert again.version == first.version
    assert len(versions_of(client, "moving-digits")) == 1


def test_another_model_is_another_version_and_takes_the_alias(registry):
    client, experiment, first = registry
    runs = client.search_runs([experiment], "tags.`fit.digest` != ''")
    fit = next(run.data.tags["fit.digest"] for run in runs if run.data.tags["fit.digest"] != first.tags["fit.digest"])
    second = register(client, experiment, Best("moving-digits", "run", fit, {"model": "other", "labels": "x"}))
    assert int(second.version) == 2
    assert aliases(client, second) == ["candidate"]
    assert aliases(client, first) == []
    assert [int(one.version) for one in versions_of(client, "moving-digits")] == [2, 1]
    assert version_named(client, "moving-digits", "1").version == first.version
    assert version_at(client, "moving-digits", "champion") is None


def test_a_model_that_no_run_has_logged_is_not_registered(registry):
    client, experiment, _ = registry
    assert register(client, experiment, Best("moving-digits", "run", "f" * 32, {})) is None


def test_an_unknown_name_or_alias_is_told_with_those_there_are(registry):
    client, _, _ = registry
    with pytest.raises(UserError, match=r"no model moving-digits@champion .*it has the versions 1"):
        version_named(client, "moving-digits", "champion")
    with pytest.raises(UserError, match=r"no model boats@1 .*registered are: moving-digits"):
        version_named(client, "boats", "1")
