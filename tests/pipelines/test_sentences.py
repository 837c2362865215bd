"""Captions and translations, end to end on the embedded corpora."""

import pandas as pd
import pytest

from seqpipe.use.bundle import bundle_of_run

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
