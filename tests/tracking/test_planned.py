"""What a run will do is known before its first node: its nodes, the parameters they read, the data it begins with."""

import pytest
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from tests.modalities.tilt import TILT
from tests.projects import REPOSITORY

from seqpipe.core.errors import UserError
from seqpipe.media.embedded.registry import EMBEDDED, parameter_models
from seqpipe.modalities.registry import MODALITIES
from seqpipe.pipeline_registry import register_pipelines
from seqpipe.pipelines.ingest import pipeline as ingest_pipeline
from seqpipe.tasks.registry import DEFAULT_TASK, TASKS
from seqpipe.tracking.planned import (
    READERS,
    check_given,
    default_corpus,
    groups_read,
    lineages_on_disk,
    planned,
    run_title,
    short_name,
    with_modality_on_disk,
)

PIPELINES = register_pipelines()
DEFAULT = PIPELINES["__default__"]
EVERYTHING = sum(PIPELINES.values(), Pipeline([]))


def asked(pipeline=None, only_missing=False):
    return {"pipeline_names": pipeline and [pipeline], "only_missing_outputs": only_missing}


def check(run, pipeline=None, only_missing=False, **given):
    parameters = {"corpus": {"path": None, **given.get("corpus", {})}}
    check_given(given, run, asked(pipeline, only_missing), PIPELINES, parameters)


@pytest.mark.parametrize(
    ("run", "given", "says"),
    [
        (DEFAULT.from_nodes("svm.train"), {"clip": {"frames": 2}}, "kedro run --from-nodes choose_view`"),
        (DEFAULT.from_nodes("svm.train"), {"features": {"layer": "x"}}, "kedro run --from-nodes extract_features`"),
        (DEFAULT.from_nodes("svm.train"), {"backbone": {"name": "x"}}, "kedro run --from-nodes load_backbone`"),
        (DEFAULT.from_nodes("svm.train"), {"lstm": {"hidden": 8}}, "kedro run --from-nodes lstm.train`"),
        (
            DEFAULT.from_nodes("svm.train"),
            {"recurrent": {"hidden": 8}},
            "kedro run --from-nodes gru.train,lstm.train,rnn.train`",
        ),
        (DEFAULT.from_nodes("probe_samples"), {"corpus": {"path": "x"}}, "kedro run --from-nodes list_samples`"),
        (
            DEFAULT.from_nodes("compare_models"),
            {"evaluation": {"confidence": 0.9}},
            r"--from-nodes (\w+\.evaluate,)+\w+\.evaluate`",
        ),
        (
            DEFAULT,
            {"finetune": {"training": {"epochs": 1}}},
            "kedro run --pipeline finetune --from-nodes finetune.train`",
        ),
        (Pipeline([]), {"corpus": {"path": "x"}}, "kedro run --from-nodes list_samples`"),
    ],
)
def test_a_parameter_that_no_node_reads_is_refused_with_the_command_that_reads_it(run, given, says):
    with pytest.raises(UserError, match=says):
        check(run, **given)


def test_in_transfer_it_is_the_places_that_name_layers():
    with pytest.raises(UserError, match=r"features\.layer is given.*kedro run --from-nodes extract_features"):
        check(PIPELINES["transfer"], "transfer", features={"layer": "penultimate"})
    check(PIPELINES["transfer"], "transfer", features={"precision": "float32"}, svm={"C": 1.0})


def test_all_of_them_are_named_and_only_missing_outputs_is_told():
    with pytest.raises(UserError, match=r"corpus\.path is given.*only-missing-outputs.*clip\.frames is given"):
        check(Pipeline([]), only_missing=True, corpus={"path": "x"}, clip={"frames": 2})


def test_what_is_read_is_no_matter_and_neither_is_the_runtime():
    check(DEFAULT, corpus={"path": "x"}, clip={"frames": 2}, svm={"C": 1.0})
    check(DEFAULT.from_nodes("svm.train"), svm={"C": 1.0}, evaluation={"bootstrap": 9}, runtime={"seed": 1})
    check(Pipeline([]), runtime={"device": "cpu"})


def test_the_nodes_named_for_a_parameter_exist_and_are_given_its_group():
    for name, nodes in READERS.items():
        readers = {short_name(n) for n in EVERYTHING.nodes if f"params:{name.split('.')[0]}" in n.inputs}
        assert nodes < readers, f"{name}: where all that are given it read it, there is nothing to say"


@pytest.mark.parametrize(
    ("pipeline", "path", "read"),
    [
        ("__default__", None, {"moving_digits"}),
        ("__default__", "builtin:digits_and_shapes", {"digits_and_shapes"}),
        ("__default__", "clips", set()),
        ("finetune", None, {"moving_digits"}),
        ("transfer", None, {"digits_and_shapes"}),
        ("transfer", "builtin:moving_digits", {"moving_digits"}),
    ],
)
def test_of_the_embedded_corpora_only_the_one_that_is_listed_reads_its_parameters(pipeline, path, read):
    groups = set().union(*(groups_read(node, {"corpus": {"path": path}}) for node in PIPELINES[pipeline].nodes))
    assert groups & set(EMBEDDED) == read


def test_a_parameter_of_an_embedded_corpus_that_is_not_listed_is_refused():
    given = {"digits_and_shapes": {"size": 32}}
    with pytest.raises(UserError, match=r"--pipeline transfer --from-nodes transfer\.list_samples`"):
        check(DEFAULT, **given)
    check(DEFAULT, corpus={"path": "builtin:digits_and_shapes"}, **given)
    with pytest.raises(UserError, match="no node of any pipeline reads it"):
        check(DEFAULT, corpus={"path": "clips"}, **given)


def test_every_pipeline_that_lists_samples_is_given_the_corpora_and_says_which_is_its_default():
    for node in EVERYTHING.nodes:
        given = {group for group in EMBEDDED if f"params:{group}" in node.inputs}
        if short_name(node) == "list_samples":
            assert default_corpus(node) in given
            task = node.namespace if node.namespace in TASKS else DEFAULT_TASK
            reads = TASKS[task].reads
            assert given == set(parameter_models(reads if reads in ("annotations", "references") else "labels"))
        else:
            assert not given


@pytest.fixture
def catalog(finished_project, monkeypatch):
    """The finished project's."""
    from kedro.config import OmegaConfigLoader

    from seqpipe.settings import CONFIG_LOADER_ARGS

    monkeypatch.chdir(finished_project.folder)
    return DataCatalog.from_config(OmegaConfigLoader(str(REPOSITORY / "conf"), **CONFIG_LOADER_ARGS)["catalog"])


def test_only_missing_outputs_are_planned_as_the_runner_will_leave_them(catalog):
    assert planned(DEFAULT, catalog, asked()) is DEFAULT
    assert not planned(DEFAULT, catalog, asked(only_missing=True)).nodes
    finetune = PIPELINES["finetune"]
    assert planned(finetune, catalog, asked("finetune", only_missing=True)).nodes == finetune.nodes


def test_a_run_from_the_middle_is_called_by_what_lies_on_disk(catalog):
    run = DEFAULT.from_nodes("svm.train")
    (on_disk,) = lineages_on_disk(run, catalog)
    assert set(on_disk) == {"corpus", "samples", "backbone", "features"}
    given_but_unread = {"corpus": {"path": "others"}, "backbone": {"name": "vgg11"}}
    assert run_title(run, given_but_unread, [on_disk]) == ["moving digits", "shufflenet_v2_x0_5"]


def test_a_run_that_reads_a_corpus_is_called_by_it():
    parameters = {
        "corpus": {"path": "a/clips/manifest.csv"},
        "backbone": {"name": "vgg11"},
        "transfer": {"backbones": []},
    }
    assert run_title(DEFAULT, parameters, []) == ["clips", "vgg11"]
    parameters["corpus"]["path"] = None
    assert run_title(DEFAULT, parameters, []) == ["moving digits", "vgg11"]
    parameters["corpus"]["path"] = "builtin:digits_and_shapes"
    assert run_title(DEFAULT, parameters, []) == ["digits and shapes", "vgg11"]
    parameters["corpus"]["path"] = None
    parameters["transfer"]["backbones"] = [{"name": "resnet18"}, {"name": "alexnet"}]
    assert run_title(PIPELINES["transfer"], parameters, []) == ["digits and shapes", "resnet18, alexnet"]


@pytest.fixture
def with_tilt(monkeypatch):
    """All pipelines where another package adds the modality `tilt`, which has parameters."""
    monkeypatch.setitem(MODALITIES, "tilt", TILT)
    monkeypatch.setitem(ingest_pipeline.MODALITIES, "tilt", TILT.config)
    return register_pipelines()


ON_DISK = [{"corpus": {"name": "recordings", "modality": "tilt"}}]


def check_tilt(pipelines, run, on_disk=(), modality="pictures", **given):
    parameters = {"corpus": {"path": None, "modality": modality}}
    check_given(given, run, asked(), pipelines, with_modality_on_disk(parameters, run, on_disk))


def test_the_modality_is_that_of_the_samples_a_run_begins_with(with_tilt):
    run = with_tilt["__default__"].from_nodes("load_backbone")
    with pytest.raises(
        UserError, match=r"backbone\.name is given, but it says how samples of corpus\.modality=pictures"
    ):
        check_tilt(with_tilt, run, ON_DISK, backbone={"name": "resnet18"})
    check_tilt(with_tilt, run, ON_DISK, tilt={"rate": 5.0})
    check_tilt(with_tilt, run, [], backbone={"name": "resnet18"})


def test_a_run_that_lists_samples_takes_the_modality_of_the_command(with_tilt):
    run = with_tilt["__default__"]
    check_tilt(with_tilt, run, ON_DISK, backbone={"name": "resnet18"})
    check_tilt(with_tilt, run, modality="tilt", tilt={"rate": 5.0})
    with pytest.raises(UserError, match=r"tilt\.rate is given, but it says how samples of corpus\.modality=tilt are"):
        check_tilt(with_tilt, run, tilt={"rate": 5.0})
    with pytest.raises(
        UserError, match=r"features\.layer is given, but it says how samples of corpus\.modality=pictures"
    ):
        check_tilt(with_tilt, run, modality="tilt", features={"layer": "layer4"})


def test_a_parameter_of_the_modality_on_disk_is_answered_with_the_run_that_reads_it(with_tilt):
    run = with_tilt["__default__"].from_nodes("svm.train")
    says = r"`kedro run --from-nodes list_samples` with corpus\.modality=tilt and its corpus\.path\."
    with pytest.raises(UserError, match=says):
        check_tilt(with_tilt, run, ON_DISK, tilt={"rate": 5.0})


def test_a_run_on_another_modality_is_not_called_by_a_backbone(with_tilt):
    run = with_tilt["__default__"].from_nodes("load_backbone")
    parameters = with_modality_on_disk({"corpus": {"path": None, "modality": "pictures"}}, run, ON_DISK)
    assert run_title(run, parameters, ON_DISK) == ["recordings", "tilt"]


def check_sound(run, read_by, **given):
    parameters = {"corpus": {"path": ".", "modality": "audio"}, "audio": {"read_by": read_by}}
    check_given(given, run, asked(), register_pipelines(), parameters)


def test_of_sound_a_backbone_is_read_where_it_reads_pictures_of_it():
    run = register_pipelines()["__default__"]
    check_sound(run, "backbone", backbone={"name": "resnet18"}, features={"layer": "layer3", "batch_size": 4})
    with pytest.raises(UserError, match=r"features\.compile is given"):
        check_sound(run, "backbone", features={"compile": "never"})
    with pytest.raises(UserError, match=r"these are audio: leave it out, or give audio\.read_by=backbone\."):
        check_sound(run, "bands", backbone={"name": "resnet18"})
    check_sound(run, "bands", audio={"bands": 40})
