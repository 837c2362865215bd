"""Captions and translations, end to end on the embedded corpora."""

from pathlib import Path

import pandas as pd
import pytest

from seqpipe.config import RuntimeConfig
from seqpipe.use.bundle import bundle_of_run
from seqpipe.use.predictor import Predictor
from seqpipe.use.sources import listing_of_files

TASKS = {
    "image_captioning": ("cider", ["decoder_par", "decoder_merge", "decoder_attention", "consensus", "human"]),
    "video_captioning": ("cider", ["decoder_par", "decoder_merge", "decoder_attention", "nearest_neighbour", "human"]),
    "translation": ("bleu_4", ["decoder_init", "decoder_attention", "copy_source", "dictionary"]),
}


@pytest.mark.parametrize("task", sorted(TASKS))
def test_a_task_of_sentences_runs_from_its_embedded_corpus_to_a_report(task, project, raw_parameters):
    done = project.kedro_run("--pipeline", task)
    assert done.code == 0, done.out + done.err
    score, models = TASKS[task]
    board = pd.read_csv(project.data / f"08_reporting/{task}/leaderboard.csv").set_index("model")
    assert {*models, "fixed_sentence"} <= set(board.index)
    assert board[score].notna().all()
    assert board["perplexity"].notna().equals(board.index.to_series().str.startswith("decoder_"))
    page = (project.data / f"08_reporting/{task}/report.html").read_text()
    assert all(name in page for name in board.index)
    best = project.data / f"07_model_output/{task}/decoder_attention"
    predictions = pd.read_parquet(best / "predictions.parquet")
    assert (predictions["references"].map(len) >= 1).all()
    history = pd.read_parquet(best / "history.parquet")
    assert history[f"val_{score}"].notna().all()
    assert bundle_of_run(project.data, "decoder_attention", raw_parameters, task=task).model.exists()


@pytest.mark.parametrize("task", ["image_captioning", "video_captioning"])
def test_a_captioner_that_trains_its_cnn_is_compared_with_those_on_the_same_features(
    task, project, raw_parameters, tmp_path
):
    done = project.kedro_run("--pipeline", f"finetune_{task}")
    assert done.code == 0, done.out + done.err
    board = pd.read_csv(project.data / f"08_reporting/finetune_{task}/leaderboard.csv").set_index("model")
    assert {"captioner", "decoder_attention", "human"} <= set(board.index)
    assert board.loc["captioner", ["cider", "perplexity", "val_cider"]].notna().all()
    assert "captioner" in (project.data / f"08_reporting/finetune_{task}/report.html").read_text()
    bundle = bundle_of_run(project.data, "captioner", raw_parameters, task=task)
    runtime = RuntimeConfig.model_validate(raw_parameters["runtime"])
    predictor = Predictor(bundle, runtime, tmp_path / "store" / "features", tmp_path / "probes")
    test = pd.read_parquet(project.data / f"07_model_output/{task}/captioner/predictions.parquet")
    samples = pd.read_parquet(project.data / f"02_intermediate/{task}/samples.parquet").set_index("id")
    listing = listing_of_files([Path(path) for path in samples.loc[test["id"], "path"]], predictor.files)
    assert predictor.predict(listing).answers == test["predicted"].tolist()
    assert predictor.tells_of_time == (task == "video_captioning")
    elsewhere = ("--from-nodes", f"{task}.extract_features", "--to-nodes", f"{task}.cache_frames")
    moved = project.kedro_run("--pipeline", f"finetune_{task}", *elsewhere, "--params", f"{task}.layer=stage3")
    assert moved.code == 0, moved.out + moved.err
    asked = project.kedro_run("--pipeline", f"finetune_{task}", "--nodes", f"{task}.captioner.predict")
    assert asked.code == 1
    assert "was trained on another frame dataset" in asked.err


@pytest.mark.parametrize(
    ("pipeline", "given", "told"),
    [
        ("image_captioning", "image_captioning.captioner.where=init", "--pipeline finetune_image_captioning"),
        (
            "finetune_video_captioning",
            "backbone.name=r3d_18,backbone.weights=random",
            "The captioner needs a backbone that reads single frames",
        ),
        (
            "finetune_video_captioning",
            "corpus.modality=audio,corpus.path=builtin:melodies",
            "The captioner trains a CNN, which reads pictures",
        ),
        (
            "finetune_video_captioning",
            "video_captioning.captioner.cnn.strategy=freeze_first,video_captioning.captioner.cnn.freeze=99",
            "video_captioning.captioner.cnn.freeze",
        ),
    ],
)
def test_what_a_captioner_cannot_do_is_said_before_anything_is_read(pipeline, given, told, project):
    done = project.kedro_run("--pipeline", pipeline, "--params", given)
    assert done.code == 1
    assert told in done.out + done.err
    assert "list samples" not in done.out
