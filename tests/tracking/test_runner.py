"""One node at a time."""

import pytest
from kedro.runner import ParallelRunner, SequentialRunner, ThreadRunner

from seqpipe.core.errors import UserError
from seqpipe.tracking.runner import RunnerHook


@pytest.mark.parametrize("runner", ["SequentialRunner", "kedro.runner.SequentialRunner", SequentialRunner(), "None"])
def test_the_sequential_runner_is_taken(runner):
    RunnerHook().before_pipeline_run({"runner": str(runner)})


@pytest.mark.parametrize("runner", ["ThreadRunner", "my.package.Other", ThreadRunner(), ParallelRunner()])
def test_any_other_is_refused_by_its_name(runner):
    name = str(runner).partition(" ")[0].rpartition(".")[2]
    with pytest.raises(UserError, match=f"got the runner {name}; leave --runner out"):
        RunnerHook().before_pipeline_run({"runner": str(runner)})
