"""Sound from end to end: every kind of model, `memory`, and answers about files."""

import subprocess
import sys

import pandas as pd
import pytest
from tests.projects import environment, made_once

from seqpipe.commands.asked import Asked
from seqpipe.serving.answering import Answerer
from seqpipe.serving.limits import Limits
from seqpipe.use.bundle import bundle_of_run

pytestmark = pytest.mark.slow

CORPUS = "corpus.path=builtin:melodies"
LIMITS = Limits(200, None, None, timeout_s=60, upload_s=60, stalled_s=20, workers=1, queue=1)


@pytest.fixture(scope="module")
def heard_project(tmp_path_factory):
    """One run on the melodies. Only look."""
    return made_once(tmp_path_factory, "heard", lambda project: project.kedro_run("--params", CORPUS))


def test_every_kind_of_model_is_trained_and_judged_on_sound(heard_project):
    board = pd.read_csv(heard_project.data / "08_reporting/leaderboard.csv")
    assert set(board["model"]) == {"svm", "linear", "rnn", "gru", "lstm"}
    report = (heard_project.data / "08_reporting/report.html").read_text()
    assert "log-mel of 64 bands" in report
    assert "The most confident mistakes" in report


def test_memory_opens_models_of_sound(heard_project):
    done = heard_project.kedro_run("--pipeline", "memory")
    assert done.code == 0, done.out + done.err


def test_files_of_sound_are_answered_with_the_answers_of_the_evaluation(heard_project, tmp_path):
    judged = pd.read_parquet(heard_project.data / "07_model_output/gru/predictions.parquet").set_index("id")
    samples = pd.read_parquet(heard_project.data / "02_intermediate/samples.parquet").set_index("id").loc[judged.index]
    command = ["predict", *samples["path"], "--env", "test", "--model", "gru", "--out", str(tmp_path / "answers.csv")]
    done = subprocess.run(
        [sys.executable, "-m", "seqpipe", *command],
        cwd=heard_project.folder,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answers = pd.read_csv(tmp_path / "answers.csv")
    assert answers["label"].tolist() == judged["predicted"].tolist()


def test_the_server_answers_with_a_spectrogram(heard_project, raw_parameters, tmp_path):
    wav = next((heard_project.data / "01_raw/melodies").rglob("test_*.wav"))
    data = heard_project.data
    answerer = Answerer(
        Asked(bundle_of_run(data, "gru", raw_parameters), raw_parameters, data, "gru"), LIMITS, tmp_path
    )
    reply = answerer.reply(str(wav), wav.name, 4, attention=False)
    assert reply["status"] == 200
    (whole,) = reply["body"]["frames"]
    assert whole["image"].startswith("data:image/png;base64,")
    assert whole["time_s"] is None
    assert answerer.reply(str(wav), wav.name, 0, attention=False)["body"]["frames"] == []
