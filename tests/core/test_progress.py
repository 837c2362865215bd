"""Progress in a log: whole lines, none over the other."""

import sys

from seqpipe.core.progress import progress


def test_a_log_gets_whole_lines_and_no_carriage_returns(capsys, monkeypatch):
    monkeypatch.setattr("seqpipe.core.progress.SECONDS_BETWEEN_LINES", 0.0)
    assert not sys.stderr.isatty()
    with progress(2, "extract", "clip") as bar:
        bar.delay = bar.start_t = 0
        bar.update()
        bar.update()
    said = capsys.readouterr().err
    assert "\r" not in said
    assert [line.split("|")[0].strip() for line in said.splitlines()] == ["extract:  50%", "extract: 100%"]


def test_the_end_is_told_of_what_was_spoken_of(capsys, monkeypatch):
    monkeypatch.setattr("seqpipe.core.progress.SECONDS_BETWEEN_LINES", 3600.0)
    with progress(2, "extract", "clip") as bar:
        bar.delay = bar.start_t = 0
        bar.update()
        bar.refresh()  # a line falls due
        bar.last_print_t = bar._time()
        bar.update()
    said = capsys.readouterr().err
    assert [line.split("|")[0].strip() for line in said.splitlines()] == ["extract:  50%", "extract: 100%"]


def test_short_work_shows_nothing(capsys):
    with progress(1, "extract", "clip") as bar:
        bar.update()
    assert capsys.readouterr().err == ""
