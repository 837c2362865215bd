"""What of a run is shown."""

from types import SimpleNamespace

import pandas as pd

from seqpipe.tracking.screen import ScreenHook, duration

METRICS = {"accuracy": 0.5, "accuracy_low": 0.25, "accuracy_high": 0.75, "n_test": 8.0, "macro_f1": 0.4}
TABLE = pd.DataFrame({"model": ["a", "b"], "accuracy": [0.1, 0.9], "other": [1, 2]})
ENTRIES = {
    "svm.results": ({"scores": True}, SimpleNamespace(metrics=METRICS)),
    "leaderboard": ({"table": ["model", "accuracy"]}, TABLE),
    "report": ({"label": "Report"}, ""),
    "plain": (None, ""),
}


class Catalog:
    def get(self, name):
        screen = ENTRIES[name][0]
        return SimpleNamespace(metadata={"screen": screen} if screen else None, path=f"/data/{name}")


def said(caplog, *nodes):
    """What is told of a run of these nodes, each its inputs and outputs."""
    hook = ScreenHook()
    run = [SimpleNamespace(name="svm.evaluate", inputs=inputs, outputs=outputs) for inputs, outputs in nodes]
    made = [output for node in run for output in node.outputs]
    hook.before_pipeline_run({}, SimpleNamespace(nodes=run, all_outputs=lambda: set(made)), Catalog())
    with caplog.at_level("INFO", "seqpipe"):
        for output in made:
            hook.after_dataset_saved(output, ENTRIES[output][1])
        hook.after_pipeline_run(Catalog())
    return "\n".join(record.getMessage() for record in caplog.records)


JUDGING, COMPARING = ([], ["svm.results"]), (["svm.results"], ["leaderboard"])


def test_a_table_has_its_columns_and_the_best_first_and_a_file_its_place(caplog):
    text = said(caplog, JUDGING, COMPARING, (["svm.results"], ["report"]), ([], ["plain"]))
    rows = [line.split() for line in text.splitlines() if line.strip()]
    assert rows[:3] == [["model", "accuracy"], ["b", "0.900"], ["a", "0.100"]]
    assert rows[3][0] == "Done", "what came out is told before the run is over"
    assert "Report:     /data/report" in text
    assert "Right on" not in text
    assert "plain" not in text


def test_scores_are_told_where_no_table_tells_them_also_where_they_are_drawn(caplog):
    text = said(caplog, JUDGING, (["svm.results"], ["plain"]))
    assert "Right on 50.0 % of 8 test samples (25.0 to 75.0), macro F1 0.400." in text
    assert "Results:    /data/svm.results" in text


def test_durations_are_said_as_a_person_does():
    assert [duration(seconds) for seconds in (3.4, 60, 3725.2)] == ["3 s", "1 min 0 s", "62 min 5 s"]
