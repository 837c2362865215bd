"""Every task's entry is whole: its metrics hold what its columns of the leaderboard ask for."""

from __future__ import annotations

from seqpipe.evaluation.by_task import evaluation_of
from seqpipe.evaluation.leaderboard import leaderboard
from seqpipe.evaluation.report.section import Section


def test_a_classifiers_metrics_and_sections_come_from_its_task(random_predictions, judged, config):
    entry, predictions = evaluation_of("classification"), random_predictions()
    results = judged(predictions)
    assert entry.metrics(predictions, config, 0) == results.metrics
    board = leaderboard({"svm": results})
    for column in (entry.primary, *entry.scores):
        assert column.cell(board.iloc[0].to_dict()) not in ("–", "")
    sections = entry.sections("svm", results)
    assert sections
    assert all(isinstance(section, Section) and section.title == "svm" for section in sections)
