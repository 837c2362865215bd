"""How long MLflow is waited for."""

import os

from seqpipe.tracking.patience import DEFAULTS, IN_SECONDS, in_seconds, set_defaults, variables

RETRIES = "MLFLOW_HTTP_REQUEST_MAX_RETRIES"


def test_what_the_user_has_set_stays(monkeypatch):
    monkeypatch.setenv(RETRIES, "9")
    set_defaults()
    with in_seconds():
        assert os.environ[RETRIES] == "9"


def test_inside_the_block_an_answer_comes_within_seconds(monkeypatch):
    for name, value in DEFAULTS.items():
        monkeypatch.setenv(name, value)
    with in_seconds():
        assert {name: os.environ[name] for name in IN_SECONDS} == IN_SECONDS
    assert os.environ[RETRIES] == DEFAULTS[RETRIES]


def test_variables_come_back_as_they_were(monkeypatch):
    monkeypatch.setenv("ONE", "1")
    monkeypatch.delenv("OTHER", raising=False)
    with variables({"ONE": None, "OTHER": "2"}):
        assert (os.environ["ONE"], os.environ["OTHER"]) == ("1", "2")
        os.environ["ONE"] = "changed"
    assert (os.environ["ONE"], os.environ.get("OTHER")) == ("1", None)
