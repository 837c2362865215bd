"""What cannot be fine-tuned is said in a sentence, before training starts; what can be left out is left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from tests.projects import Project

from seqpipe.encoders.architectures import build_module

CLASSES = ("barge", "canoe", "ferry")


def pictures(folder: Path, of_each: int = 6) -> Path:
    """A corpus of noise, a folder a class."""
    rng = np.random.default_rng(0)
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
        for i in range(of_each):
            Image.fromarray(rng.integers(0, 255, (40, 40, 3), dtype=np.uint8)).save(folder / name / f"{i}.png")
    return folder


def refused(project: Project, **parameters: object) -> str:
    """What is said to ``finetune`` with these parameters, which are a mistake."""
    told = ",".join(f"{key.replace('__', '.')}={value}" for key, value in parameters.items())
    done = project.kedro_run("--pipeline", "finetune", "--params", told)
    assert done.code == 1
    assert done.err.startswith("Error: ")
    assert done.err.count("Error") == 1
    assert "Traceback" not in done.out + done.err
    assert "finetune: train" not in done.out, "it was known before training"
    return done.err


@pytest.mark.parametrize(
    ("freeze", "said"),
    [(99, "99"), ("stage9", "Did you mean 'stage")],
)
def test_a_freeze_depth_that_does_not_exist(project, freeze, said):
    assert said in refused(project, finetune__strategy="freeze_first", finetune__freeze=freeze)
    assert project.mlflow_is_untouched


def test_weights_of_another_architecture(project, tmp_path):
    file = tmp_path / "other.pth"
    torch.save(build_module("shufflenet_v2_x0_5", 10, 32).state_dict(), file)
    assert "does not fit resnet18" in refused(project, backbone__name="resnet18", backbone__weights=file)


@pytest.mark.slow
def test_what_cannot_be_read_is_left_out_and_what_cannot_be_tested_is_told(project, tmp_path):
    corpus = pictures(tmp_path / "boats")
    (corpus / "barge" / "9.png").write_bytes(b"no picture")
    for file in list((corpus / "canoe").iterdir())[1:]:
        file.unlink()
    done = project.kedro_run("--pipeline", "finetune", "--params", f"corpus.path={corpus}")
    assert done.code == 0, done.err
    assert pd.read_csv(project.data / "02_intermediate/finetune/quarantine.csv")["reason"].tolist() == ["unreadable"]
    assert (project.data / "06_models/finetune").is_dir()
    # The last `kedro run` may have been on another corpus: its samples and backbone are not touched.
    assert not (project.data / "02_intermediate/samples.parquet").exists()
    assert not (project.data / "03_primary/backbone").exists()
    before = done.out.partition("finetune: train")[0]
    assert "No test sample of 'canoe' (1 in all)" in before
    assert "No val sample of 'canoe' (1 in all)" in before
