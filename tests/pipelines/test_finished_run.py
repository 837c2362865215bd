"""What a complete run leaves on disk and says on the screen."""

import re

import pandas as pd
import pytest

from seqpipe.models.registry import default_kinds
from seqpipe.pipeline_registry import register_pipelines

RESULTS = ("metrics.json", "predictions.parquet", "figures")
COLUMNS = ["model", "n_test", "accuracy", "accuracy_low", "accuracy_high", "macro_f1", "fit_seconds"]
NOISE = re.compile(r"warning|\bINFO\b|\bDEBUG\b|deprecat|traceback|\x1b\[|site-packages", re.IGNORECASE)


@pytest.mark.parametrize(
    "path",
    [
        "02_intermediate/samples.parquet",
        "02_intermediate/quarantine.csv",
        "03_primary/backbone/backbone.safetensors",
        "04_feature/index.parquet",
        "05_model_input/dataset.parquet",
        "08_reporting/comparison.png",
        *(f"06_models/{kind}/model.json" for kind in default_kinds()),
        *(
            f"07_model_output/{kind}/{name}"
            for kind in default_kinds()
            for name in ("history.parquet", "trials.csv", "predictions.parquet")
        ),
        *(
            f"08_reporting/{kind}/{name}"
            for kind in default_kinds()
            for name in ("metrics.json", "predictions.parquet", "figures")
        ),
    ],
)
def test_every_output_is_where_the_catalog_says(finished_project, path):
    assert (finished_project.data / path).exists()


def test_the_leaderboard_has_a_row_a_model(finished_project):
    table = pd.read_csv(finished_project.data / "08_reporting/leaderboard.csv")
    assert list(table.columns[: len(COLUMNS)]) == COLUMNS
    assert set(table["model"]) == set(default_kinds())
    assert (table["accuracy_low"] <= table["accuracy"]).all()
    assert (table["accuracy"] <= table["accuracy_high"]).all()
    assert table["fit_seconds"].gt(0).all()


def test_the_report_needs_nothing_beside_it(finished_project):
    page = (finished_project.data / "08_reporting/report.html").read_text()
    links = re.findall(r"""(?:src|href|action)\s*=\s*["']?([^"'\s>]+)""", page) + re.findall(r"url\(([^)]*)\)", page)
    assert links
    assert all(link.startswith(("data:", "#")) for link in links)
    assert "@import" not in page
    for kind in default_kinds():
        assert kind in page


def test_what_of_a_frame_is_read_and_why_is_told_on_the_screen_and_in_the_report(finished_project):
    assert "View of a frame: centre, since the frames are about square." in finished_project.run.out
    page = (finished_project.data / "08_reporting/report.html").read_text()
    assert "View of a frame: centre, since the frames are about square." in page


def test_the_screen_tells_the_stages_and_nothing_else(finished_project):
    said = finished_project.run.out + finished_project.run.err
    assert not NOISE.search(said), said
    stages = len(register_pipelines()["__default__"].nodes)
    numbers = [int(n) for n in re.findall(rf"^\[ ?(\d+)/{stages}\] ", finished_project.run.out, re.MULTILINE)]
    assert numbers == list(range(1, stages + 1))
    assert str(finished_project.data / "08_reporting/report.html") in finished_project.run.out
    assert "seqpipe ui" in finished_project.run.out


def test_nothing_half_written_is_left(finished_project):
    assert not [p for p in finished_project.data.rglob("*") if p.name.endswith((".aside", ".tmp", ".old", ".partial"))]
