"""A worker ends with the run that it works for."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from seqpipe.runtime.orphans import end_with

WORKER = (
    "import os, time; from seqpipe.runtime.orphans import end_with; "
    "end_with({parent}); time.sleep(2); print('still here')"
)


@pytest.mark.parametrize(("parent", "said"), [("os.getppid()", "still here"), ("-1", "")])
def test_a_worker_ends_where_its_parent_is_gone(parent: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WORKER.format(parent=parent)], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == said, done.stderr


def test_the_run_itself_goes_on() -> None:
    end_with(os.getpid())
    time.sleep(0.1)
