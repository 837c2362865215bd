"""A mistake is answered with one sentence, before the first node runs."""

from types import SimpleNamespace

import pytest
from tests.projects import ended

from seqpipe.config import check_parameters
from seqpipe.errors import UserError
from seqpipe.tracking.run import RunHook


@pytest.mark.parametrize(
    ("mistakes", "said"),
    [
        (
            ["--params", "svm.kernal=rbf,lstm.hidden=many"],
            ["svm.kernal", "did you mean svm.kernel", "lstm.hidden", "'many'"],
        ),
        (["--pipelines", "classifiy"], ["classifiy", "Known: __default__, ann, backbone"]),
        (["--from-nodes", "svm.trian"], ["svm.trian", "Known: list_samples"]),
        (["--params", "corpus.path=/no/such/videos"], ["corpus.path /no/such/videos does not exist", "name a folder"]),
        (["--params", "backbone.name=resnet19"], ["Unknown backbone 'resnet19'", "'resnet18'"]),
        (["--env", "tset"], ["conf/tset"]),
    ],
    ids=lambda value: value[-1] if value[0].startswith("--") else "",
)
def test_a_mistake_is_one_sentence_on_standard_error(project, mistakes, said):
    done = project.kedro_run(*mistakes)
    assert done.code == 1
    assert done.out == ""
    assert done.err.startswith("Error: ")
    assert done.err.count("Error") == 1
    assert all(words in done.err for words in said)
    assert not (project.folder / "mlflow.db").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"corpus": {"path": "/no/such/videos"}}, "corpus.path /no/such/videos does not exist"),
        ({"backbone": {"name": "resnet19"}}, "Unknown backbone"),
        ({"backbone": {"weights": "IMAGENET1K_V9"}}, "IMAGENET1K_V9"),
        ({"backbone": {"weights": "/no/such/file.pth"}}, "there is no file /no/such/file.pth"),
        ({"features": {"layer": "layer9"}}, "layer9"),
        ({"runtime": {"device": "cuda:99"}}, "runtime.device: got cuda:99"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_parameters_name_is_looked_for_before_the_run(raw_parameters, tmp_path, monkeypatch, change, said):
    for key, values in change.items():
        raw_parameters[key] |= values
    hook = RunHook()
    hook._parameters, hook._project = check_parameters(raw_parameters), tmp_path
    monkeypatch.setattr("seqpipe.tracking.run.signal.signal", lambda *_: None)
    names = ("list_samples", "load_backbone", "extract_features")
    nodes = [SimpleNamespace(name=name, tags={"ingest"}) for name in names]
    pipeline = SimpleNamespace(nodes=nodes, inputs=set)
    asked = {"pipeline_names": None, "only_missing_outputs": False}
    with pytest.raises(UserError, match=said):
        hook.before_pipeline_run(asked, pipeline, None)
    assert not list(tmp_path.iterdir())


def test_an_unknown_option_shows_the_usage(project):
    done = ended(project.start("--no-such-option"))
    assert done.code == 2
    assert "Usage" in done.err
    assert "Traceback" not in done.err
