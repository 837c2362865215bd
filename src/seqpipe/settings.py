"""Kedro's settings of the project."""

from seqpipe.tracking.hook import TrackingHook
from seqpipe.tracking.planned import PlannedHook
from seqpipe.tracking.run import RunHook

# Kedro calls the last one first.
HOOKS = (RunHook(), TrackingHook(), PlannedHook())
# Hooks of plugins that happen to be installed do not run: what a run does is what this project says.
DISABLE_HOOKS_FOR_PLUGINS = ("kedro-mlflow", "kedro-telemetry")
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    # An environment gives only what differs: one leaf of a stage's parameters, not the whole stage again.
    "merge_strategy": {"parameters": "soft"},
    "config_patterns": {"mlflow": ["mlflow*", "mlflow*/**"]},
}
