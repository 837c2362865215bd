"""What a run says on the screen: its stages as they begin, what came out as it does, and where it lies at the end.

A catalog entry says in its metadata what is shown of it:

    metadata:
      screen: {table: [model, accuracy, macro_f1]}      these columns of a table, by its accuracy
      screen: {scores: true}                            a model's scores in a line, where no table of the run tells them
      screen: {label: Report}                           where it lies, after this word
"""

from __future__ import annotations

import logging
import time
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.pipeline import Pipeline

from seqpipe.tracking.planned import planned

logger = logging.getLogger(__name__)

# Stages quicker than this are not worth a line on how long they took.
WORTH_TELLING_S = 1.0


class ScreenHook:
    """Tells the stages and the results."""

    def __init__(self) -> None:
        self._planned = Pipeline([])
        self._catalog: Any = None
        self._count = self._total = 0
        self._run_started_s = self._node_started_s = 0.0

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Any, catalog: Any) -> None:
        """Counts the stages."""
        self._planned, self._catalog = planned(pipeline, catalog, run_params), catalog
        self._count, self._total = 0, len(self._planned.nodes)
        self._run_started_s = time.perf_counter()

    @hook_impl
    def before_node_run(self, node: Any) -> None:
        """Says which stage begins."""
        self._count += 1
        self._node_started_s = time.perf_counter()
        logger.info("[%2d/%d] %s", self._count, self._total, node.name.replace("_", " ").replace(".", ": "))

    @hook_impl
    def after_node_run(self) -> None:
        """Says how long a long stage took."""
        seconds = time.perf_counter() - self._node_started_s
        if seconds >= WORTH_TELLING_S:
            logger.info("        %.1f s", seconds)

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Says what came out, as soon as it is kept: what is still to be drawn and written need not be waited for."""
        how = _metadata(self._catalog, dataset_name)
        if "table" in how:
            logger.info("\n%s\n", table_text(data, how["table"]))
        if "scores" in how and not self._in_a_table(dataset_name):
            logger.info("\n%s\n", scores_text(data.metrics))

    def _in_a_table(self, name: str) -> bool:
        """Whether the run makes a table of it that is shown."""
        made = {output for node in self._planned.nodes if name in node.inputs for output in node.outputs}
        return any("table" in _metadata(self._catalog, output) for output in made)

    @hook_impl
    def after_pipeline_run(self, catalog: Any) -> None:
        """Says where what came out lies."""
        pipeline = self._planned
        if not pipeline.nodes:
            logger.info("Nothing is missing: no node was run.")
            return
        logger.info("Done in %s.", duration(time.perf_counter() - self._run_started_s))
        shown = [(name, _metadata(catalog, name)) for name in sorted(pipeline.all_outputs())]
        for name, how in shown:
            if "scores" in how and not self._in_a_table(name):
                logger.info("Results:    %s", catalog.get(name).path)
        for name, how in shown:
            if "label" in how:
                logger.info("%-11s %s", f"{how['label']}:", catalog.get(name).path)


def _metadata(catalog: Any, name: str) -> dict[str, Any]:
    screen: dict[str, Any] = (getattr(catalog.get(name), "metadata", None) or {}).get("screen", {})
    return screen


LEADERBOARD = "leaderboard"
"""In the place of columns: the table is a leaderboard, in order already, and what comes first in it is shown."""


def table_text(table: Any, columns: list[str] | str) -> str:
    """The columns of a table, the most accurate first where it tells; of a leaderboard, up to the fits' seconds."""
    if columns == LEADERBOARD:
        rows = table.loc[:, :"fit_seconds"]
    else:
        ordered = table.sort_values("accuracy", ascending=False, kind="stable") if "accuracy" in table else table
        rows = ordered[columns]
    return str(rows.to_string(index=False, float_format=lambda v: f"{v:.3f}", na_rep=""))


def scores_text(metrics: dict[str, float]) -> str:
    """A model's results in a line."""
    right, low, high = (100 * metrics[name] for name in ("accuracy", "accuracy_low", "accuracy_high"))
    samples = f"{metrics['n_test']:.0f} test samples ({low:.1f} to {high:.1f})"
    return f"Right on {right:.1f} % of {samples}, macro F1 {metrics['macro_f1']:.3f}."


def duration(seconds: float) -> str:
    """Seconds as a person says them: ``3 min 20 s``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
