"""The parameters are checked as a whole, before Kedro looks at them."""

from __future__ import annotations

import copy
import logging
from typing import Any

from kedro.framework.hooks import hook_impl

from seqpipe.config import check_parameters
from seqpipe.models import registry  # noqa: F401  what other packages add has parameters, too
from seqpipe.tracking.compat import given_parameters

logger = logging.getLogger(__name__)


class ParametersHook:
    """Answers every wrong parameter in one go."""

    @hook_impl
    def after_context_created(self, context: Any) -> None:
        """Checks the parameters, and takes out of a grid what the command line has given."""
        raw = context.config_loader["parameters"]
        check_parameters(raw)
        context.config_loader["parameters"] = without_given(raw, given_parameters(context))


def without_given(raw: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The parameters with nothing left to search where the command line has given the value itself."""
    fixed = copy.deepcopy(raw)
    for stage, values in given.items():
        grid = fixed[stage].get("grid", {})
        for name in set(values) & set(grid) - set(values.get("grid", {})):
            del grid[name]
            logger.info("%s.%s is given, so it is not searched.", stage, name)
    return fixed
