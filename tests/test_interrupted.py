"""Ctrl-C in the middle of the real commands: one line, and what a shell takes for an interrupt."""

import shutil
import signal
import subprocess
import sys
from contextlib import suppress

import pytest
from tests.projects import ended, environment, until

# Both are 130 to a shell; the latter where Python was interrupted while it executed a text (as dataclasses do).
INTERRUPTED = {128 + signal.SIGINT, -signal.SIGINT}
LONG_RUN = ("run", "--env", "test", "--from-nodes", "lstm.train", "--params", "lstm.training.epochs=100000")
FILES = 200


@pytest.fixture
def started(copy_of_finished, clips_of_run):
    """Starts a command in a project whose run is finished; what it says to the screen and to errors is one text."""
    project = copy_of_finished()
    corpus = project.folder / "new"
    corpus.mkdir()
    for number in range(FILES):
        shutil.copy(clips_of_run[0], corpus / f"{number}.mp4")
    begun = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "seqpipe", *arguments],
            cwd=project.folder,
            env=environment() | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Test runners in the background hand on that Ctrl-C is ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        process.kill()


@pytest.fixture
def clips_of_run(finished_project):
    return sorted(finished_project.data.rglob("*.mp4"))


@pytest.mark.parametrize(
    ("arguments", "in_the_middle"), [(LONG_RUN, "lstm: train"), (("predict", "new", "--env", "test"), "MiB)")]
)
def test_an_interrupt_is_one_line(arguments, in_the_middle, started):
    process = started(*arguments)
    until(process, in_the_middle)
    for _ in range(5):  # within an import it may be swallowed
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)
            break
    done = ended(process)
    assert done.code in INTERRUPTED
    assert "Traceback" not in done.out
    assert done.out.count("Stopped.") == 1
    assert done.out.splitlines()[-1] == "Stopped."
