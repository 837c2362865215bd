"""The parameters are checked as a whole, before Kedro looks at them."""

from __future__ import annotations

import copy
import logging
import threading
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines

from seqpipe.config import check_parameters
from seqpipe.tracking.planned import check_given, given_parameters, lineages_on_disk, planned

logger = logging.getLogger(__name__)


class ParametersHook:
    """Answers every wrong parameter in one go, and refuses one that the run does not read."""

    def __init__(self) -> None:
        self._read = threading.local()

    @hook_impl
    def after_context_created(self, context: Any) -> None:
        """Checks the parameters, and takes out of a grid what the command line has given."""
        raw = context.config_loader["parameters"]
        check_parameters(raw)
        self._read.given = given_parameters(context)
        context.config_loader["parameters"] = without_given(raw, self._read.given)

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Any, catalog: Any) -> None:
        """Looks at what the command gave, and at what lies on disk, before anything runs."""
        run = planned(pipeline, catalog, run_params)
        check_given(self._read.given, run, run_params, pipelines)
        lineages_on_disk(run, catalog)


def without_given(raw: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The parameters with nothing left to search where the command line has given the value itself."""
    fixed = copy.deepcopy(raw)
    for stage, values in given.items():
        grid = fixed[stage].get("grid", {})
        for name in set(values) & set(grid) - set(values.get("grid", {})):
            del grid[name]
            logger.info("%s.%s is given, so it is not searched.", stage, name)
    return fixed
