"""Which model a command asks, and where it computes: options that several commands have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from seqpipe.core.errors import UserError

if TYPE_CHECKING:
    from seqpipe.config import RuntimeConfig
    from seqpipe.tracking.remembered import Remembered
    from seqpipe.use.bundle import Bundle

F = TypeVar("F", bound=Callable[..., Any])

MODEL = (
    "A model of this project by its name (svm), one of MLflow's registry (boats@champion, boats@3), a run of MLflow by "
    "its id, or a folder of `seqpipe bundle`. [the champion where there is one, else the best on val]"
)
OF_NO_PROJECT = {"seed": 0, "device": "auto", "threads": None, "deterministic": True}
"""Where a model is asked outside a project."""


ENV = click.option("--env", default="local", show_default=True, help="The environment of the project's configuration.")
TASK = click.option("--task", help="The task whose model it is, where that is not the classification of clips.")


def which_model(command: F) -> F:
    """The options ``--model``, ``--task`` and ``--env`` of a command."""
    for option in (ENV, TASK, click.option("--model", help=MODEL)):
        command = option(command)
    return command


class Asked(NamedTuple):
    """A model that is asked.

    Attributes:
        bundle: The model with all that it needs.
        parameters: The project's, nested; none outside a project.
        data: The project's data folder; None outside a project.
        named: What it is called where it comes from: ``boats version 3``, ``svm``, a folder.
    """

    bundle: Bundle
    parameters: Mapping[str, Any]
    data: Path | None
    named: str

    @property
    def runtime(self) -> RuntimeConfig:
        """Where it computes."""
        from seqpipe.config import RuntimeConfig

        return RuntimeConfig.model_validate(self.parameters.get("runtime", OF_NO_PROJECT))


def asked(model: str | None, task: str | None, env: str) -> Asked:
    """The model that the options name.

    Raises:
        UserError: There is none of that name.
    """
    from seqpipe.use.bundle import RECORD, bundle_of_run, read_bundle

    project = Path.cwd()
    parameters = project_parameters(project, env) if (project / "conf").is_dir() else {}
    data = project / "data" if parameters else None
    if model is not None and (Path(model) / RECORD).exists():
        return Asked(read_bundle(Path(model)), parameters, data, model)
    if data is None:
        what = f"{model} is no folder of `seqpipe bundle`, and " if model else ""
        raise UserError(f"{what}{project} is no project (it has no conf/): name a --model, or go to a project.")
    if (known := _remembered(model, task, project, env)) is not None:
        return Asked(known.bundle, parameters, data, known.named)
    bundle = bundle_of_run(data, model, parameters, task)
    return Asked(bundle, parameters, data, bundle.model.name)


def _remembered(model: str | None, task: str | None, project: Path, env: str) -> Remembered | None:
    """What MLflow has of that name; None where the name is one of the project's own models."""
    from seqpipe.tracking.remembered import champion_here, remembered, remembered_name

    if model is None:
        return champion_here(project, env, task)
    name = remembered_name(model)
    return None if name is None else remembered(name, project, env)


def project_parameters(project: Path, env: str) -> dict[str, Any]:
    """The parameters of a project, nested, every block whole.

    Raises:
        UserError: Its configuration cannot be read.
    """
    from kedro.config import MissingConfigException, OmegaConfigLoader
    from yaml import YAMLError

    from seqpipe.config import with_inherited
    from seqpipe.settings import CONFIG_LOADER_ARGS

    arguments: dict[str, Any] = dict(CONFIG_LOADER_ARGS)
    try:
        loader = OmegaConfigLoader(str(project / "conf"), env=env, **arguments)
        return dict(with_inherited(loader["parameters"]))
    except (MissingConfigException, YAMLError) as error:
        raise UserError(str(error)) from None
