"""A mistake is answered with one sentence, before the first node runs."""

import errno

import pytest
from kedro.framework.cli.project import run as kedro_run
from kedro.io import DatasetError
from tests.projects import ended

from seqpipe.cli import cli


@pytest.mark.parametrize(
    ("mistakes", "said"),
    [
        (
            ["--params", "svm.kernal=rbf,lstm.hidden=many"],
            ["svm.kernal", "did you mean svm.kernel", "lstm.hidden", "'many'"],
        ),
        (["--pipelines", "classifiy"], ["classifiy", "Known: __default__, ann, backbone"]),
        (["--from-nodes", "svm.trian"], ["svm.trian", "id you mean 'svm.train'", "Known: list_samples"]),
        (["--pipeline", "memory", "--from-nodes", "svm.train"], ["svm.train", "Known: memory."]),
        (["--from-nodes", "svm.train"], ["dataset.parquet is not there yet", "`kedro run` does them all"]),
        (["--params", "corpus.path=/no/such/videos"], ["corpus.path /no/such/videos does not exist", "name a folder"]),
        (["--params", "backbone.name=resnet19"], ["Unknown backbone 'resnet19'", "'resnet18'"]),
        (["--env", "tset"], ["conf/tset"]),
        (["--runner", "ThreadRunner"], ["got the runner ThreadRunner", "SequentialRunner"]),
        (["--runner", "FooRunner"], ["got the runner FooRunner"]),
        (["--runner-params", "max_workers=2"], ["max_workers", "is_async"]),
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
    assert project.mlflow_is_untouched


def test_an_unknown_option_shows_the_usage(project):
    done = ended(project.start("--no-such-option"))
    assert done.code == 2
    assert "Usage" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOSPC, errno.EROFS])
@pytest.mark.parametrize("wrapped", [False, True])
def test_what_the_system_refuses_is_a_sentence(monkeypatch, capsys, number, wrapped):
    def refused(**options):
        try:
            raise OSError(number, "No", "/data/file")
        except OSError as error:
            if wrapped:
                raise DatasetError("Failed while saving") from error
            raise

    monkeypatch.setattr(kedro_run, "callback", refused)
    with pytest.raises(SystemExit) as left:
        cli.main(["run"])
    assert left.value.code == 1
    assert capsys.readouterr().err.startswith("Error: The system refuses what the run needs: No: /data/file.")
