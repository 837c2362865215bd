"""What MLflow remembers of a complete run."""

import base64
import json
from importlib.metadata import version
from pathlib import Path

import mlflow
import pandas as pd
import pytest
import yaml
from kedro.config import OmegaConfigLoader
from tests.projects import git

from seqpipe.config import INHERITED, flat, with_inherited
from seqpipe.data.dataset_file import read_dataset
from seqpipe.media.embedded.registry import EMBEDDED
from seqpipe.modalities.registry import modality_parameters
from seqpipe.models.registry import default_kinds
from seqpipe.pipeline_registry import register_pipelines
from seqpipe.reproduction.record import read_record
from seqpipe.reproduction.stages import read_stages
from seqpipe.settings import CONFIG_LOADER_ARGS
from seqpipe.use.bundle import read_bundle

PICKLES = {".pkl", ".pickle", ".pt", ".bin", ".joblib"}


def artifacts(client, run_id, folder=None):
    for entry in client.list_artifacts(run_id, folder):
        if entry.is_dir:
            yield from artifacts(client, run_id, entry.path)
        else:
            yield entry.path


@pytest.fixture(scope="module")
def dataset(finished_project):
    return read_dataset(finished_project.data / "05_model_input/dataset.parquet")


def test_one_parent_a_child_a_model_a_grandchild_a_trial(tracked, finished_project):
    assert set(tracked.children) == set(default_kinds())
    assert len(tracked.runs) == 1 + len(default_kinds()) + sum(len(trials) for trials in tracked.trials.values())
    for kind, trials in tracked.trials.items():
        table = pd.read_csv(finished_project.data / f"07_model_output/{kind}/trials.csv")
        assert sorted(run.info.run_name for run in trials) == [f"trial {i}" for i in table["trial"]]
        assert {run.data.metrics["val_accuracy"] for run in trials} == set(table["val_accuracy"])
    assert {run.data.params["C"] for run in tracked.trials["svm"]} == {"0.001", "0.1"}


def test_every_run_is_finished_and_has_ended(tracked):
    assert {run.info.status for run in tracked.runs} == {"FINISHED"}
    assert all(run.info.end_time for run in tracked.runs)


def test_every_leaf_of_the_parameters_is_one_mlflow_parameter(tracked, finished_project):
    loader = OmegaConfigLoader(str(finished_project.folder / "conf"), env="test", **CONFIG_LOADER_ARGS)
    used = {name.removeprefix("params:") for name in register_pipelines()["__default__"].inputs()}
    used |= {INHERITED[name] for name in used & set(INHERITED)}
    # Another embedded corpus than the one listed has decided nothing, nor how samples of another modality are read.
    used -= {*EMBEDDED, *modality_parameters()} - {"moving_digits"}
    whole = flat(with_inherited(loader["parameters"]))
    expected = {name: str(value) for name, value in whole.items() if name.split(".")[0] in used}
    assert tracked.parent.data.params == expected
    assert tracked.parent.data.params["lstm.hidden"] == "16"
    own = {name for name in expected if name.startswith(("lstm.", "runtime."))}
    assert set(tracked.children["lstm"].data.params) == own


def test_the_network_has_metrics_by_epoch(tracked, finished_project):
    history = pd.read_parquet(finished_project.data / "07_model_output/lstm/history.parquet")
    assert len(history) > 1
    logged = tracked.client.get_metric_history(tracked.children["lstm"].info.run_id, "train_loss")
    assert {m.step: m.value for m in logged} == dict(zip(history["epoch"], history["train_loss"], strict=True))


def test_test_metrics_are_those_on_disk(tracked, finished_project):
    for kind, child in tracked.children.items():
        metrics = json.loads((finished_project.data / f"08_reporting/{kind}/metrics.json").read_text())
        assert metrics["accuracy"] == child.data.metrics["accuracy"]
        assert tracked.parent.data.metrics[f"{kind}/accuracy"] == metrics["accuracy"]
        recalls = {name: value for name, value in metrics.items() if name.startswith("recall/")}
        assert len(recalls) == 8
        assert recalls.items() <= child.data.metrics.items()


def test_figures_tables_and_report_are_artifacts(tracked):
    of_all = set(artifacts(tracked.client, tracked.parent.info.run_id))
    assert {"leaderboard.csv", "report.html", "comparison.png", "quarantine.csv"} <= of_all
    for child in tracked.children.values():
        own = set(artifacts(tracked.client, child.info.run_id))
        assert "predictions.parquet" in own
        assert any(path.startswith("figures/") and path.endswith(".png") for path in own)


def test_dataset_is_an_input_by_its_digest(tracked, dataset):
    for run in [tracked.parent, *tracked.children.values()]:
        (entry,) = run.inputs.dataset_inputs
        assert entry.dataset.name == "dataset"
        assert dataset.digest.startswith(entry.dataset.digest)
        assert run.data.tags["dataset.digest"] == dataset.digest


def test_tags_say_where_a_run_comes_from(tracked, finished_project):
    for run in [tracked.parent, *tracked.children.values()]:
        tags = run.data.tags
        assert tags["git.commit"] == git(finished_project.folder, "rev-parse", "HEAD")
        assert tags["git.dirty"] == "false"
        assert tags["command"].endswith("run --env test")
        assert tags["device"].startswith("cpu")
        assert tags["seed"] == "0"
        assert tags["backbone.view"] == "centre"
        assert tags["backbone.view_reason"] == "since the frames are about square"
        assert {"version.python", "version.torch", "version.scikit-learn", "version.mlflow"} <= set(tags)


@pytest.mark.parametrize("kind", default_kinds())
def test_the_logged_model_is_whole_and_holds_no_pickle(tracked, finished_project, dataset, kind):
    folder = Path(tracked.models[kind].artifact_location.removeprefix("file://"))
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix in PICKLES]
    told = yaml.safe_load((folder / "MLmodel").read_text())
    assert told["metadata"]["class_names"] == list(dataset.class_names)
    assert told["metadata"]["corpus"] == "moving digits"
    required = (folder / "requirements.txt").read_text().split()
    assert not [line for line in required if line.startswith("seqpipe") or "+" in line or "kedro" in line]
    assert f"torch=={version('torch').partition('+')[0]}" in required
    assert (folder / "code/seqpipe/__init__.py").exists(), "on the package index the name is another project's"
    assert read_bundle(folder / "artifacts/bundle").model.name == "model"


def test_a_logged_model_answers_to_paths_and_to_bytes_as_the_evaluation_did(tracked, finished_project):
    served = mlflow.pyfunc.load_model(tracked.models["lstm"].artifact_location)
    samples = pd.read_parquet(finished_project.data / "02_intermediate/samples.parquet").set_index("id")
    evaluated = pd.read_parquet(finished_project.data / "07_model_output/lstm/predictions.parquet")
    paths = [str(path) for path in samples["path"].loc[evaluated["id"]]]
    contents = [Path(path).read_bytes() for path in paths]
    asked = {
        "paths": served.predict(paths),
        "bytes": served.predict(contents),
        "a column of bytes": served.predict(pd.DataFrame({"content": contents})),
        "base64": served.predict(pd.DataFrame({"content": [base64.b64encode(one).decode() for one in contents]})),
    }
    for how, answers in asked.items():
        assert list(answers["label"]) == list(evaluated["predicted"]), how
        for row, proba in zip(evaluated.to_dict("records"), answers["probabilities"], strict=True):
            # All at once, as the evaluation was: the same bits.
            assert {f"p_{name}": value for name, value in proba.items()}.items() <= row.items(), how


def test_what_a_logged_model_cannot_read_is_an_error_in_its_row(tracked, finished_project, tmp_path):
    served = mlflow.pyfunc.load_model(tracked.models["svm"].artifact_location)
    samples = pd.read_parquet(finished_project.data / "02_intermediate/samples.parquet")
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    told = served.predict([str(tmp_path / "broken.mp4"), samples["path"][0], str(tmp_path / "none.mp4")])
    assert told["error"].isna().tolist() == [False, True, False]
    assert told["error"][0].startswith("unreadable:")
    assert told["error"][2].startswith("missing:")
    (alone,) = served.predict(pd.DataFrame({"content": ["no base64!"]}))["error"]
    assert alone.startswith("unreadable")


def test_a_run_writes_down_what_decides_it(tracked, finished_project):
    folder = Path(tracked.client.download_artifacts(tracked.parent.info.run_id, "record"))
    record = read_record(folder)
    assert record.commit == git(finished_project.folder, "rev-parse", "HEAD")
    assert not record.patched
    assert record.env == "test"
    assert record.nodes == ()
    assert record.packages["torch"] == version("torch")
    assert {"cpu", "isa", "gpu", "driver"} <= set(record.machine)
    parameters = yaml.safe_load((folder / "parameters.yml").read_text())
    assert parameters["svm"]["grid"]["C"] == [0.001, 0.1], "types are kept"
    kinds = [stage.kind for stage in read_stages(folder)]
    assert kinds[:3] == ["samples", "features", "D'"]
    models = len(default_kinds())
    assert [kinds.count(kind) for kind in ("model", "predictions", "metrics")] == [models] * 3


def test_the_best_on_val_is_a_candidate(tracked, finished_project):
    board = pd.read_csv(finished_project.data / "08_reporting/leaderboard.csv")
    best = board.loc[board["val_accuracy"].idxmax()]
    version_of = tracked.client.get_model_version_by_alias("moving-digits", "candidate")
    assert version_of.tags["model"] == best["model"] == tracked.parent.data.tags["best_on_val"]
    assert version_of.tags["run"] == tracked.parent.info.run_id
    assert version_of.tags["samples.digest"] == tracked.parent.data.tags["samples.digest"]
    assert version_of.tags["test_accuracy"].startswith(f"{best['accuracy']:.4f} (")
    assert len(json.loads(version_of.tags["labels"])) == 8
    assert version_of.source == f"models:/{tracked.models[best['model']].model_id}"
