"""What a run takes of its process, and gives back."""

import gc
import signal
import threading

import pytest

from seqpipe.tracking.process import CollectorHook, SignalHook


@pytest.fixture(autouse=True)
def sigterm_as_it_was():
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("end", ["after_pipeline_run", "on_pipeline_error"])
def test_sigterm_stops_a_run_and_is_given_back(end):
    before, hook = signal.getsignal(signal.SIGTERM), SignalHook()
    hook.before_pipeline_run()
    with pytest.raises(SystemExit) as stopped:
        signal.raise_signal(signal.SIGTERM)
    assert stopped.value.code == 143
    getattr(hook, end)()
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_run_in_a_thread_leaves_signals_alone():
    before, hook, errors = signal.getsignal(signal.SIGTERM), SignalHook(), []

    def run():
        try:
            hook.before_pipeline_run()
            hook.after_pipeline_run()
        except ValueError as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert errors == []
    assert signal.getsignal(signal.SIGTERM) == before


def test_the_collector_is_on_where_nodes_run():
    gc.disable()
    CollectorHook().before_pipeline_run()
    assert gc.isenabled()
    gc.unfreeze()
