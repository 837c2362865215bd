"""What a run asks of the process that it runs in: signals, warnings, the collector of garbage. A hook each."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import warnings
from typing import Any

from kedro.framework.hooks import hook_impl

from seqpipe.runtime.compat import resume_collector

QUIET = ("lightning_fabric", "torch", "torchvision", "mlflow", "kedro", "pydantic")


class QuietHook:
    """Hides notices that are neither wrong nor the user's to mend."""

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Filters warnings, and what Kedro says where nothing has run."""
        for module in QUIET:
            warnings.filterwarnings("ignore", module=rf"{module}(\..*)?")
        # To repeat a command that a mistake ended would be of no use.
        runner = logging.getLogger("kedro.runner.sequential_runner")
        runner.addFilter(_something_ran)


def _something_ran(record: logging.LogRecord) -> bool:
    return "No nodes ran" not in record.getMessage()


class SignalHook:
    """Has a killed run end as an interrupted one does: MLflow hears of it."""

    def __init__(self) -> None:
        self._before: Any = None

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Takes SIGTERM for the time of the run, where Python allows it: in the main thread."""
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Gives SIGTERM back to the program around the run."""
        self._give_back()

    @hook_impl(trylast=True)
    def on_pipeline_error(self) -> None:
        """Gives SIGTERM back to the program around the run."""
        self._give_back()

    def _give_back(self) -> None:
        if self._before is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._before)
            self._before = None


class CollectorHook:
    """Turns the collector on again, which the command line turns off for the start."""

    @hook_impl
    def before_pipeline_run(self) -> None:
        """What start-up has made stays to the end: the collector need not walk through it again and again."""
        resume_collector()
