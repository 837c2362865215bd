"""A package of its own adds a classifier and a section of the report, with nothing in the project changed."""

import pandas as pd
from tests.plugins import write_package

TOY = """
import numpy as np
import pandas as pd

from seqpipe.config import ClassifierConfig
from seqpipe.evaluation.report.section import Section, Text
from seqpipe.models.registry import Kind


class ToyConfig(ClassifierConfig):
    \"\"\"Nothing to choose.\"\"\"


class Toy:
    kind = "toy"
    device = "cpu"
    threads = 1
    reads_order = False
    description = "always the commonest class"
    parameters = 1

    def __init__(self, config, runtime, task):
        self.config, self.task = config, task
        self.class_names, self.history = (), pd.DataFrame()

    def fit(self, train, val, checkpoint=None):
        self.class_names = train.class_names
        self.counts = np.bincount(train.t, minlength=len(train.class_names)) + 1.0

    def refit(self, both):
        self.fit(both, None)

    def predict_proba(self, data):
        return np.tile(self.counts / self.counts.sum(), (len(data), 1))

    def write(self, folder):
        return {"counts": self.counts.tolist()}

    def read(self, folder, kept):
        self.counts = np.array(kept["counts"])


def section(inputs):
    return Section("Toys", "toys", (Text(f"{len(inputs.leaderboard)} models were compared."),))


TOY = Kind(ToyConfig, "toy_package:Toy", default=True, phrase="a toy")
"""


def test_a_run_takes_what_another_package_adds(copy_of_finished, tmp_path, monkeypatch):
    points = {"seqpipe.models": {"toy": "toy_package:TOY"}, "seqpipe.sections": {"toys": "toy_package:section"}}
    write_package(tmp_path / "site", "toy_package", TOY, points)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    project = copy_of_finished()
    values = "toy: {standardize: true, pca: null, refit: false, grid: {}}\n"
    (project.folder / "conf/base/parameters/toy.yml").write_text(values)
    done = project.kedro_run("--from-nodes", "toy.train")
    assert done.code == 0, done.err
    board = pd.read_csv(project.data / "08_reporting/leaderboard.csv")
    assert "toy" in set(board["model"])
    assert len(board) == 4
    page = (project.data / "08_reporting/report.html").read_text()
    assert "4 models were compared." in page
    assert "Always the commonest class" in page
