"""Project commands answer quickly: heavy imports wait for the node that needs them."""

import sys
from dataclasses import replace
from subprocess import run

from tests.projects import ended, environment, start

from seqpipe.models.registry import MODELS, default_kinds
from seqpipe.pipeline_registry import register_pipelines
from seqpipe.tasks.registry import DEFAULT_TASK, TASKS

HEAVY = ["torch", "torchvision", "pandas", "mlflow", "sklearn", "av", "matplotlib", "lightning_fabric"]


NOT_FOR_AN_SVM = ["torchvision", "lightning", "torch._dynamo", "sympy"]


def test_what_a_run_from_the_svm_on_reads_and_trains_imports_neither_torchvision_nor_lightning():
    modules = ["data.dataset_file", "encoders.backbones", "models.search", "models.linear.vector", "models.persist"]
    modules += [
        "evaluation.figures.classification",
        "evaluation.leaderboard",
        "evaluation.report.page",
        "tracking.tree",
    ]
    program = (
        f"import sys, importlib\n[importlib.import_module('seqpipe.' + m) for m in {modules}]\n"
        "from seqpipe.runtime.devices import repeatable\n"
        "with repeatable(True): pass\n"
        f"print('LOADED', [m for m in {NOT_FOR_AN_SVM} if m in sys.modules])"
    )
    done = run([sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=True)
    assert "LOADED []" in done.stdout


def test_registry_list_imports_nothing_heavy(project):
    program = (
        "import sys, kedro.framework.cli.cli as cli\n"
        "sys.argv = ['kedro', 'registry', 'list']\n"
        "try:\n    cli.main()\n"
        "finally:\n    print('LOADED', [m for m in " + repr(HEAVY) + " if m in sys.modules])"
    )
    command = start(project.folder, "registry", "list")
    arguments = {"cwd": project.folder, "capture_output": True, "text": True, "check": True}
    done = run([sys.executable, "-c", program], env=environment(), **arguments)
    assert "LOADED []" in done.stdout
    listed = ended(command)
    assert listed.code == 0
    tasks = set(TASKS) - {DEFAULT_TASK}
    of_clips = [name for name, entry in MODELS.items() if entry.answers("clip")]
    assert all(f"- {name}" in listed.out for name in ("__default__", "ingest", *of_clips, *tasks))


def test_a_model_that_reads_frames_has_a_whole_pipeline_of_its_own_whoever_adds_it(monkeypatch):
    entry = replace(MODELS["finetune"], default=True, explains=False)
    monkeypatch.setitem(MODELS, "lrcn", entry)
    pipelines = register_pipelines()
    names = {node.name for node in pipelines["lrcn"].nodes}
    assert {"lrcn.cache_frames", "lrcn.train", "lrcn.predict", "lrcn.evaluate", "lrcn.draw"} <= names
    assert "lrcn.explain" not in names
    assert "lrcn" not in default_kinds()
    assert not any("lrcn" in node.name for node in pipelines["__default__"].nodes)
