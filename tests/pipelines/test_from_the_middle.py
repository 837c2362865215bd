"""A run from the middle tells and records what lies on disk, not what its parameters would have had it be."""

import pytest
from mlflow import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID
from PIL import Image

OTHERWISE = """
corpus: {path: stripes}
backbone: {name: squeezenet1_1}
"""


@pytest.fixture
def changed_project(copy_of_finished):
    """A finished run of moving digits, whose parameters name another corpus, backbone, layer and T by now."""
    project = copy_of_finished()
    parameters = project.folder / "conf/test/parameters/tiny.yml"
    tiny = parameters.read_text().replace("clip:\n  frames: 6", "clip:\n  frames: 2")
    parameters.write_text(tiny.replace("features:\n", "features:\n  layer: penultimate\n") + OTHERWISE)
    for label, colour in (("red", (200, 0, 0)), ("blue", (0, 0, 200))):
        (project.folder / "stripes" / label).mkdir(parents=True)
        for n in range(6):
            picture = Image.new("RGB", (40, 40), colour)
            picture.paste((20 * n, 255, 0), (5 * n, 0, 5 * n + 3, 40))
            picture.save(project.folder / "stripes" / label / f"{n}.png")
    return project


def runs(project):
    """The commands' own runs, the latest first."""
    client = MlflowClient(project.database)
    experiment = client.get_experiment_by_name("seqpipe")
    everything = client.search_runs([experiment.experiment_id], order_by=["attributes.start_time DESC"])
    return [run for run in everything if MLFLOW_PARENT_RUN_ID not in run.data.tags]


def test_it_is_of_the_corpus_backbone_and_layer_on_disk(changed_project):
    given = "svm.pooling=concat,runtime.seed=3"
    done = changed_project.kedro_run("--from-nodes", "svm.train", "--params", given)
    assert done.code == 0, done.err
    page = (changed_project.data / "08_reporting/report.html").read_text()
    for shown in ("<title>seqpipe: moving digits</title>", "<b>shufflenet_v2_x0_5</b>", "last_conv (avg)"):
        assert shown in page
    assert "Up to 6 frames" in page
    assert "<dt>Seed</dt><dd>0, 3 (samples: 0)</dd>" in page
    (run,) = runs(changed_project)
    assert run.info.run_name == "moving digits, shufflenet_v2_x0_5, svm.pooling=concat, runtime.seed=3"
    told = {"corpus.name": "moving digits", "backbone.name": "shufflenet_v2_x0_5", "features.layer": "last_conv"}
    assert (told | {"features.frames": "6", "samples.seed": "0"}).items() <= run.data.tags.items()

    refused = changed_project.kedro_run("--only-missing-outputs", "--params", "corpus.path=stripes")
    assert refused.code == 1
    assert "corpus.path is given" in refused.err
    idle = changed_project.kedro_run("--only-missing-outputs")
    assert idle.code == 0, idle.err
    assert "Nothing is missing" in idle.out
    assert "accuracy" not in refused.out + idle.out
    assert len(runs(changed_project)) == 1


def test_samples_of_another_corpus_are_not_mixed_with_the_features_on_disk(changed_project):
    other = changed_project.kedro_run("--pipeline", "ingest")
    assert other.code == 0, other.err
    (run,) = runs(changed_project)
    assert run.info.run_name == "stripes"
    assert {"corpus.name": "stripes", "corpus.layout": "class_folders"}.items() <= run.data.tags.items()
    mixed = changed_project.kedro_run("--from-nodes", "svm.train")
    assert mixed.code == 1
    assert "dataset has name moving digits, " in mixed.err
    assert "samples has name stripes, " in mixed.err
    assert len(runs(changed_project)) == 1


def test_a_model_on_disk_is_asked_and_its_predictions_are_judged_anew(finished_project, copy_of_finished):
    project = copy_of_finished()
    done = project.kedro_run("--from-nodes", "lstm.predict", "--to-nodes", "lstm.draw")
    assert done.code == 0, done.err
    for file in ("predictions.parquet", "metrics.json", "figures/mistakes.png"):
        path = f"08_reporting/lstm/{file}"
        assert (project.data / path).read_bytes() == (finished_project.data / path).read_bytes()
    (run,) = runs(project)
    assert run.info.run_name == "moving digits, shufflenet_v2_x0_5"
