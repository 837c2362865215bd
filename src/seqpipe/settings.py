"""Kedro's settings of the project."""

from seqpipe.pipelines.checks import CheckHook
from seqpipe.tracking.hook import TrackingHook
from seqpipe.tracking.lock import LockHook
from seqpipe.tracking.parameters import ParametersHook
from seqpipe.tracking.planned import PlannedHook, ThereHook
from seqpipe.tracking.process import CollectorHook, QuietHook, SignalHook
from seqpipe.tracking.project import ProjectHook
from seqpipe.tracking.runner import RunnerHook
from seqpipe.tracking.screen import ScreenHook

IN_ORDER = (
    QuietHook(),
    # Refused before anything is read, run or written.
    ProjectHook(),
    RunnerHook(),
    ParametersHook(),
    PlannedHook(),
    CheckHook(),
    # From here on the run has its turn; the first two are given back after all others.
    LockHook(),
    ThereHook(),
    SignalHook(),
    ScreenHook(),
    TrackingHook(),
    CollectorHook(),
)
"""The hooks in the order in which they are called."""

# Kedro calls the last one first.
HOOKS = IN_ORDER[::-1]
# Hooks of plugins that happen to be installed do not run: what a run does is what this project says.
DISABLE_HOOKS_FOR_PLUGINS = ("kedro-mlflow", "kedro-telemetry")
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    # An environment gives only what differs: one leaf of a stage's parameters, not the whole stage again.
    "merge_strategy": {"parameters": "soft"},
    "config_patterns": {"mlflow": ["mlflow*", "mlflow*/**"]},
}
