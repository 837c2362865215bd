"""One node at a time, and what draws last."""

import re
import sys
from subprocess import run

import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline, node
from kedro.runner import ParallelRunner, SequentialRunner, ThreadRunner
from tests.projects import environment

from seqpipe.core.errors import UserError
from seqpipe.pipeline_registry import register_pipelines
from seqpipe.tracking.runner import DRAW, DrawsLast, RunnerHook, drawn_last

SEQUENTIAL = ["SequentialRunner", "kedro.runner.SequentialRunner", SequentialRunner(), DrawsLast(), "None"]


@pytest.mark.parametrize("runner", SEQUENTIAL)
def test_the_sequential_runner_is_taken(runner):
    RunnerHook().before_pipeline_run({"runner": str(runner)})


@pytest.mark.parametrize("runner", ["ThreadRunner", "my.package.Other", ThreadRunner(), ParallelRunner()])
def test_any_other_is_refused_by_its_name(runner):
    name = str(runner).partition(" ")[0].rpartition(".")[2]
    with pytest.raises(UserError, match=f"got the runner {name}; leave --runner out"):
        RunnerHook().before_pipeline_run({"runner": str(runner)})


DRAWING = {"draw", "draw_figures", "explain", "draw_comparison", "write_report"}


@pytest.mark.parametrize("name", register_pipelines())
def test_what_measures_comes_before_what_draws_and_every_node_behind_what_it_reads(name):
    pipeline = register_pipelines()[name]
    nodes = drawn_last(pipeline.nodes)
    assert sorted(nodes) == sorted(pipeline.nodes)
    done = set()
    for each in nodes:
        assert pipeline.node_dependencies[each] <= done
        done.add(each)
    names = [each.name.rpartition(".")[2] for each in nodes]
    drawing = [at for at, each in enumerate(nodes) if DRAW in each.tags]
    assert set(names[min(drawing, default=len(nodes)) :]) <= DRAWING


def test_nodes_that_draw_are_run_last_also_of_those_whose_outputs_are_missing():
    """Kedro's runner goes by the pipeline's `nodes`; else figures are drawn before the leaderboard is told."""
    ran = []

    def step(name, reads, tags=()):
        return node(lambda *given: ran.append(name) or name, reads, name, name=name, tags=tags)

    steps = [
        step("a_picture", ["x"], [DRAW]),
        step("report", ["a_picture"]),
        step("z_table", ["x"]),
        step("old", ["x"]),
    ]
    catalog = DataCatalog({name: MemoryDataset() for name in ("a_picture", "report", "z_table", "old")})
    catalog["x"], catalog["old"] = MemoryDataset(0), MemoryDataset(0)
    assert DrawsLast().run(Pipeline(steps), catalog).keys() == {"report", "z_table", "old"}
    assert ran == ["old", "z_table", "a_picture", "report"]
    assert DrawsLast(is_async=True).run(Pipeline(steps[:3]), catalog).keys() == {"report", "z_table"}
    assert ran[4:] == ["z_table", "a_picture", "report"]


WATCHED = """
import sys
import kedro.framework.cli.cli as cli
heard = []
def hear(event, given):
    if event == "import" and given[0] == "matplotlib" and not heard:
        heard.append(given[0])
        print("matplotlib is imported", flush=True)
sys.addaudithook(hear)
sys.argv = ["kedro", "run", "--env", "test", "--from-nodes", "svm.train"]
cli.main()
"""


def test_the_leaderboard_is_told_before_anything_is_drawn_or_what_draws_is_imported(copy_of_finished):
    program = [sys.executable, "-c", WATCHED]
    folder = copy_of_finished().folder
    done = run(program, cwd=folder, env=environment(), capture_output=True, text=True, check=True)
    told = re.findall(r"\] (.*)$|^( *model +n_test|matplotlib is imported)", done.stdout, re.MULTILINE)
    lines = [(stage or line).split()[0] if line else stage for stage, line in told]
    before = ["svm: train", "svm: predict", "svm: evaluate", "compare models", "model"]
    assert lines[:5] == before
    assert sorted(lines[5:]) == ["draw comparison", "matplotlib", "svm: draw", "write report"]
    assert done.stdout.count("n_test") == 1, "it is told once"
