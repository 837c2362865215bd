"""The report of `transfer` is made of the same sections; one that there is nothing for is left out."""

from __future__ import annotations

import pandas as pd
import pytest
from tests.evaluation.report.pages import Page

from seqpipe.evaluation.figures.style import new_figure, png_bytes
from seqpipe.evaluation.report.transfer import FIGURES, TransferInputs, render_transfer_report

ROW = {
    "solution": "svm",
    "kind": "features",
    "backbone": "resnet18",
    "layer": "last_conv",
    "pool": "avg",
    "accuracy": 0.75,
    "accuracy_low": 0.5,
    "accuracy_high": 1.0,
    "macro_f1": 0.7,
    "val_accuracy": 0.8,
    "val_macro_f1": 0.8,
    "val_log_loss": 0.5,
    "gain": 0.0,
    "gain_low": 0.0,
    "gain_high": 0.0,
    "trainable_parameters": 1234,
    "fit_seconds": 1.0,
    "search_seconds": 3.0,
    "peak_memory_mb": 5.0,
    "train_gflops": 7.0,
}
TUNED = ROW | {"solution": "all", "kind": "fine-tuning", "layer": "", "pool": "", "accuracy": 0.875, "gain": 0.125}


def page_of(grid: list[dict], figures: tuple[str, ...] = (), scored: bool = True) -> Page:
    transferability = pd.DataFrame({"backbone": ["resnet18"], "layer": ["last_conv"], "pool": ["avg"], "logme": [0.1]})
    transferability = transferability.assign(leep=-1.0, mmd2=float("nan"), accuracy=0.75)
    inputs = TransferInputs(
        title="Boats",
        summary={"corpus": "boats", "source_domain": "ImageNet", "view": "whole", "command": "kedro run"}
        | {"git_commit": "0123abc", "seed": 0, "device": "cpu", "versions": {"torch": "2", "Numpy": "1"}},
        grid=pd.DataFrame(grid),
        transferability=transferability if scored else transferability.iloc[:0],
        figures=dict.fromkeys(figures, png_bytes(new_figure(1.0))),
        samples=pd.DataFrame({"label": ["a", "b"] * 5, "split": ["train"] * 6 + ["val"] * 2 + ["test"] * 2}),
    )
    return Page(render_transfer_report(inputs))


def anchors(page: Page) -> list[str | None]:
    return [attrs["id"] for attrs in page.attributes("h2")]


def test_all_figures_are_shown_each_in_its_section():
    page = page_of([ROW, TUNED], tuple(FIGURES))
    assert anchors(page) == ["table", "costs", "samples", "compatible", "look", "reproduce"]
    assert [attrs["alt"] for attrs in page.attributes("img")] == [heading for heading, _ in FIGURES.values()]


def test_a_section_that_there_is_nothing_for_is_left_out():
    assert anchors(page_of([ROW], scored=False)) == ["table", "reproduce"]
    assert anchors(page_of([ROW], ("gradcam",))) == ["table", "compatible", "look", "reproduce"]


def test_the_best_solution_is_first_and_fine_tuning_reads_no_layer():
    text = page_of([ROW, TUNED]).text
    assert "all–0.8750.500 – 1.000+12.50.7000.8001 234" in text
    assert "svmlast_conv (avg)0.7500.500 – 1.000+0.0" in text
    assert text.index("all–0.875") < text.index("svmlast_conv")
    assert "Numpy 1, torch 2" in text


@pytest.mark.parametrize(("backbones", "shown"), [(("resnet18", "resnet18"), 1), (("resnet18", "resnet50"), 2)])
def test_the_backbone_has_a_column_where_there_are_several(backbones, shown):
    page = page_of([ROW | {"backbone": backbone} for backbone in backbones])
    assert page.text.count("backbonex' at") == shown, "in the table of scores, and in that of solutions"
