"""MLflow may fail, the run may not."""

from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException

from seqpipe.tracking.guard import Guard
from seqpipe.tracking.store import Store

STORE = Store("http://there:1", "e", (), None, Path("/p"))


def failing(error):
    def send():
        raise error

    return send


@pytest.mark.parametrize(
    "error",
    [MlflowException("the server is gone: [Errno 111] Connection refused'))"), OSError(28, "No space left on device")],
)
def test_what_mlflow_does_not_take_is_told_once_and_nothing_more_is_sent(caplog, error):
    guard, sent = Guard(STORE), []
    guard(lambda: sent.append("first"))
    guard(failing(error))
    guard(failing(error))
    guard(lambda: sent.append("later"))
    assert sent == ["first"]
    (record,) = caplog.records
    assert "http://there:1" in record.getMessage()
    assert "the run goes on without it; its results lie in /p/data" in record.getMessage()
    assert guard.lost in ("Connection refused", "No space left on device")


def test_a_mistake_of_our_own_is_not_hidden():
    with pytest.raises(KeyError):
        Guard(STORE)(failing(KeyError("x")))


def test_the_last_try_is_silent(caplog):
    Guard(STORE).at_last(failing(MlflowException("gone")))
    assert not caplog.records
