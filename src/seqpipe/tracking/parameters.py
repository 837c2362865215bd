"""The parameters are checked as a whole, before Kedro looks at them."""

from __future__ import annotations

import logging
from typing import Any

from kedro.framework.hooks import hook_impl

from seqpipe.config import check_parameters, flat, with_inherited
from seqpipe.registries import all_parameters
from seqpipe.tracking.compat import given_parameters

logger = logging.getLogger(__name__)


class ParametersHook:
    """Answers every wrong parameter in one go."""

    @hook_impl
    def after_context_created(self, context: Any) -> None:
        """Checks the parameters, takes out of a grid what the command line has given, and names the modality."""
        # It reads tables, which a command that runs nothing need not wait for.
        from seqpipe.modalities.recognised import modality_named

        given = given_parameters(context)
        raw = with_inherited(context.config_loader["parameters"], given)
        all_parameters()
        check_parameters(raw)
        raw["corpus"] = {**raw["corpus"], "modality": modality_named(raw["corpus"])}
        context.config_loader["parameters"] = without_given(raw, with_inherited(given))


def without_given(raw: dict[str, Any], given: dict[str, Any], under: str = "") -> dict[str, Any]:
    """The parameters, nested, with nothing left to search where the command line has given the value itself."""
    fixed = {
        key: without_given(value, given.get(key, {}), f"{under}{key}.") if isinstance(value, dict) else value
        for key, value in raw.items()
    }
    if isinstance(fixed.get("grid"), dict):
        fixed["grid"] = _searched(flat(fixed["grid"]), given, under)
    return fixed


def _searched(grid: dict[str, Any], given: dict[str, Any], under: str) -> dict[str, Any]:
    """What is left of a model's grid: what the command line gives for the grid itself is searched all the same."""
    fixed = set(flat(given)) & set(grid) - set(flat(given.get("grid", {})))
    for name in sorted(fixed):
        logger.info("%s%s is given, so it is not searched.", under, name)
    return {name: values for name, values in grid.items() if name not in fixed}
