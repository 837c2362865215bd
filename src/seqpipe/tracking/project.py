"""The folder that a project lies in: whether it can hold one, and where its runs are remembered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kedro.framework.hooks import hook_impl

from seqpipe.core.errors import UserError
from seqpipe.tracking.store import Store, mlflow_config, store_of

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


def project_store(project: Path, env: str = "local") -> Store:
    """Where the runs of a project are remembered; nothing is made.

    Args:
        project: Its folder.
        env: The environment of its configuration.

    Raises:
        UserError: It is no project, or runs cannot be remembered there.
    """
    from kedro.config import MissingConfigException, OmegaConfigLoader
    from yaml import YAMLError

    loader = OmegaConfigLoader(str(project / "conf"), env=env, base_env="base", default_run_env="local")
    loader.config_patterns["mlflow"] = ["mlflow*", "mlflow*/**"]
    try:
        return store_of(mlflow_config(loader["mlflow"]), project)
    except MissingConfigException:
        raise UserError(
            f"{project} is no project (it has no conf/base/mlflow.yml): go to one, or make one by `seqpipe new`."
        ) from None
    except YAMLError as error:
        raise UserError(str(error)) from None
