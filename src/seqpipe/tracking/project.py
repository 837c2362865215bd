"""Whether the folder that a project lies in can hold one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kedro.framework.hooks import hook_impl

from seqpipe.core.errors import UserError

# Kedro reads braces in the catalog's paths as the names of patterns, and looks for its configuration by patterns of
# the shell's; a break in a line ends a path wherever paths are listed.
REFUSED = "{}[]*\n\r"


class ProjectHook:
    """Refuses a project in a folder whose path Kedro would misread."""

    @hook_impl
    def after_context_created(self, context: Any) -> None:
        """Looks at the path before the configuration is read."""
        check_path(context.project_path)


def check_path(project: Path) -> None:
    """Raises a UserError where the path of the project has a sign that Kedro takes for a pattern."""
    signs = sorted(set(REFUSED) & set(str(project)))
    if signs:
        raise UserError(
            f"The project lies in {str(project)!r}, and Kedro cannot read paths with {' or '.join(map(repr, signs))}: "
            "rename that folder, or move the project to another."
        )
