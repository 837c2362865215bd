"""The checks that lie beside the pipelines."""

from dataclasses import replace
from types import MappingProxyType, SimpleNamespace

import pytest
from kedro.pipeline.node import Node
from tests.modalities.tilt import TILT

from seqpipe.config import check_parameters
from seqpipe.core.errors import UserError
from seqpipe.media.decoding import flow
from seqpipe.modalities.registry import MODALITIES, ModalityEntry
from seqpipe.models.registry import MODELS
from seqpipe.pipeline_registry import register_pipelines
from seqpipe.pipelines.checks import CheckHook, check_added, checks_beside
from seqpipe.pipelines.inputs import with_parameters
from seqpipe.pipelines.model.nodes import train
from seqpipe.tasks.registry import TASKS

PIPELINES = register_pipelines()


def check(raw, pipeline="__default__", on_disk=MappingProxyType({}), **filters):
    stages = {f"params:{name}": value for name, value in check_parameters(raw).items()}
    chosen = PIPELINES[pipeline].filter(**filters) if filters else PIPELINES[pipeline]
    CheckHook().before_pipeline_run(
        {}, chosen, SimpleNamespace(load=lambda name: stages.get(name, {}), get=lambda name: on_disk.get(name))
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"corpus": {"path": "/no/such/videos"}}, "corpus.path /no/such/videos does not exist"),
        (
            {"corpus": {"path": "builtin:moving_digit"}},
            "Did you mean 'builtin:moving_digits'.*builtin:action_sequences",
        ),
        ({"backbone": {"name": "resnet19"}}, "Unknown backbone"),
        ({"backbone": {"weights": "IMAGENET1K_V9"}}, "IMAGENET1K_V9"),
        ({"backbone": {"weights": "/no/such/file.pth"}}, "there is no file /no/such/file.pth"),
        ({"backbone": {"name": "r3d_18"}}, "trains a backbone on single images, and r3d_18 reads snippets"),
        ({"backbone": {"name": "r3d_18", "weights": "random"}, "features": {"layer": "layer9"}}, "layer of r3d_18"),
        ({"features": {"layer": "layer9"}}, "layer9"),
        ({"runtime": {"device": "cuda:99"}}, "runtime.device: got cuda:99"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_parameters_name_is_looked_for_before_the_run(raw_parameters, change, said):
    for key, values in change.items():
        raw_parameters[key] |= values
    with pytest.raises(UserError, match=said):
        check(raw_parameters)


@pytest.mark.parametrize("pipeline", ["__default__", "finetune", "lrcn", "transfer", "frame_labels"])
def test_flow_is_checked_wherever_it_is_read(raw_parameters, pipeline, monkeypatch):
    raw_parameters["frame_labels" if pipeline == "frame_labels" else "clip"]["stream"] = "flow"
    check(raw_parameters, pipeline)
    monkeypatch.setattr(flow, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"which is not installed: `pip install 'seqpipe\[flow\]'`"):
        check(raw_parameters, pipeline)


@pytest.mark.parametrize("corpus", [{"modality": "motion", "path": "."}, {"modality": "text", "path": "."}])
def test_flow_of_what_is_no_picture_is_refused(raw_parameters, corpus):
    raw_parameters["corpus"] |= corpus
    check(raw_parameters)
    raw_parameters["clip"]["stream"] = "flow"
    with pytest.raises(UserError, match=f"is read of videos, and corpus.modality is {corpus['modality']}"):
        check(raw_parameters)


def test_flow_of_samples_on_disk_that_are_no_pictures_is_refused(raw_parameters):
    raw_parameters["clip"]["stream"] = "flow"
    samples = SimpleNamespace(lineage=lambda: {"corpus": {"name": "recordings", "modality": "motion"}})
    with pytest.raises(UserError, match=r"corpus\.modality is motion"):
        check(raw_parameters, on_disk={"samples": samples}, from_nodes=["extract_features"])


def test_lrcn_looks_for_its_layer_before_the_run(raw_parameters):
    raw_parameters["lrcn"]["layer"] = "layer9"
    with pytest.raises(UserError, match="layer9"):
        check(raw_parameters, "lrcn")
    raw_parameters["lrcn"]["layer"] = "head"
    raw_parameters["backbone"]["weights"] = "random"
    with pytest.raises(UserError, match="draws no head"):
        check(raw_parameters, "lrcn")


def test_lrcn_reads_whole_clips_in_both_of_its_phases(raw_parameters):
    raw_parameters["lrcn"] |= {"frames": 8, "stride": 4, "window": 8}
    check(raw_parameters, "lrcn")
    raw_parameters["lrcn"]["window"] = 7
    with pytest.raises(UserError, match=r"lrcn\.window: got 7, fewer than the 8 frames of a clip"):
        check(raw_parameters, "lrcn")


def test_pictures_that_are_made_of_sound_are_not_read_as_snippets(raw_parameters):
    raw_parameters["corpus"] |= {"modality": "audio", "path": "."}
    raw_parameters["backbone"] |= {"name": "r3d_18", "weights": "random"}
    check(raw_parameters)
    raw_parameters["audio"]["read_by"] = "backbone"
    with pytest.raises(UserError, match=r"A step of corpus\.modality=audio needs a backbone that reads single frames"):
        check(raw_parameters)
    raw_parameters["corpus"]["modality"] = "pictures"
    check(raw_parameters)


@pytest.mark.parametrize("pipeline", ["finetune", "lrcn", "transfer"])
def test_a_video_backbone_is_not_fine_tuned(raw_parameters, pipeline):
    raw_parameters["backbone"] |= {"name": "r3d_18", "weights": "random"}
    with pytest.raises(UserError, match="needs a backbone that reads single frames, and r3d_18 reads snippets"):
        check(raw_parameters, pipeline)
    raw_parameters["transfer"]["strategies"] = []
    if pipeline == "transfer":
        check(raw_parameters, pipeline)


def test_what_no_node_of_the_run_reads_is_not_checked(raw_parameters):
    raw_parameters["corpus"]["path"] = "/no/such/videos"
    raw_parameters["backbone"]["name"] = "resnet19"
    raw_parameters["features"]["layer"] = "layer9"
    check(raw_parameters, from_nodes=["svm.train"], to_nodes=["svm.evaluate"])
    check(raw_parameters, from_nodes=["extract_features"], to_nodes=["build_dataset"])


def test_a_backbone_is_not_checked_where_the_samples_are_no_pictures(raw_parameters, monkeypatch):
    raw_parameters["backbone"]["weights"] = "/no/such/file.pth"
    raw_parameters["features"]["layer"] = "layer9"
    lineage = {"corpus": {"name": "recordings", "modality": "tilt"}}
    listed = SimpleNamespace(lineage=lambda: lineage)
    check(raw_parameters, on_disk={"samples": listed}, from_nodes=["load_backbone"])
    lineage["corpus"]["modality"] = "pictures"
    with pytest.raises(UserError, match="there is no file"):
        check(raw_parameters, on_disk={"samples": listed}, from_nodes=["load_backbone"])
    monkeypatch.setitem(MODALITIES, "tilt", TILT)
    raw_parameters["corpus"] |= {"modality": "tilt", "path": "."}
    check(raw_parameters)


def test_fine_tuning_reads_no_layer_but_may_not_freeze_what_is_not_there(raw_parameters):
    raw_parameters["features"]["layer"] = "layer9"
    check(raw_parameters, "finetune")
    raw_parameters["finetune"] |= {"strategy": "freeze_first", "freeze": "layer9"}
    with pytest.raises(UserError, match="layer9"):
        check(raw_parameters, "finetune")


def test_a_task_and_a_model_of_another_package_are_looked_at_before_the_run(monkeypatch):
    node = Node(with_parameters(train, {}, model="toy", task="classification"), ["dataset", "params:runtime"], "fit")
    monkeypatch.setitem(MODELS, "toy", replace(MODELS["svm"], where="seqpipe.models.linear.vector:Swm"))
    with pytest.raises(UserError, match="Swm cannot be imported"):
        check_added([node])
    monkeypatch.setitem(TASKS, "toy", TASKS["classification"])
    node = Node(with_parameters(train, {}, model="svm", task="toy"), ["dataset", "params:runtime"], "fit")
    with pytest.raises(UserError, match=r"The task toy .*expected name to be 'toy'"):
        check_added([node])


@pytest.mark.parametrize("pipeline", ["finetune", "transfer"])
def test_a_cnn_is_not_trained_on_what_is_no_picture(raw_parameters, monkeypatch, pipeline):
    monkeypatch.setitem(MODALITIES, "tilt", ModalityEntry(None, "nowhere:Tilt"))
    raw_parameters["corpus"]["modality"] = "tilt"
    with pytest.raises(UserError, match=r"reads pictures, and corpus\.modality is tilt"):
        check(raw_parameters, pipeline)


def test_a_check_of_a_pipeline_from_outside_is_found(tmp_path, monkeypatch):
    package = tmp_path / "toy_stage"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "nodes.py").write_text("def work(): ...\n")
    (package / "checks.py").write_text("def check_toy(toy): ...\n\n\nCHECKS = (check_toy,)\n")
    monkeypatch.syspath_prepend(tmp_path)
    from toy_stage.nodes import work

    found = checks_beside([SimpleNamespace(func=work), SimpleNamespace(func=len), SimpleNamespace(func=work)])
    assert [check.__name__ for check in found] == ["check_toy"]
