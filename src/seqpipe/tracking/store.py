"""Where runs are remembered: what ``mlflow.yml`` says, else MLflow's own variables, else a database in the project."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field, ValidationError

from seqpipe.config import Stage
from seqpipe.core.errors import UserError

DATABASE = "mlflow.db"
ARTIFACTS = "mlartifacts"
EXPERIMENT = "seqpipe"
TRACKING_URI = "MLFLOW_TRACKING_URI"
SQLITE = "sqlite"
# How long a writer waits for another one: sqlite lets in one at a time.
BUSY_TIMEOUT_S = 120
# Names the driver as well: MLflow makes the folders of what follows ``sqlite:///`` as they are spelt, quotes and all.
SQLITE_QUOTED = "sqlite+pysqlite"


class MlflowConfig(Stage):
    """``conf/*/mlflow.yml``."""

    tracking_uri: str | None = Field(
        description="An MLflow server or database; null: MLFLOW_TRACKING_URI, else an sqlite file in the project."
    )
    experiment: str | None = Field(
        min_length=1,
        description="The MLflow experiment that takes the runs; null: MLFLOW_EXPERIMENT_NAME, else seqpipe.",
    )


def mlflow_config(raw: dict[str, Any]) -> MlflowConfig:
    """What ``conf/*/mlflow.yml`` says.

    Raises:
        UserError: names what is wrong in it.
    """
    try:
        return MlflowConfig.model_validate(raw)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise UserError(f"conf/*/mlflow.yml is not right: {'; '.join(problems)}.") from None


@dataclass(frozen=True)
class Store:
    """Where runs are remembered.

    Attributes:
        uri: MLflow's tracking URI; of an sqlite file absolute, whatever folder the command was typed in.
        experiment: The experiment's name.
        named_by: The variables that gave the one or the other, as ``NAME=value``.
        database: The sqlite file; None: a server.
        project: The folder of the project that runs.
    """

    uri: str
    experiment: str
    named_by: tuple[str, ...]
    database: Path | None
    project: Path

    @property
    def artifacts(self) -> str | None:
        """The URI of the folder of artifacts, beside the database; None: a server knows its own."""
        return None if self.database is None else (self.database.parent / ARTIFACTS).as_uri()

    @property
    def in_project(self) -> bool:
        """Whether the database is the project's own, so that what is in it goes where the project goes."""
        return self.database is not None and self.database.parent == self.project

    @property
    def seen_by(self) -> str:
        """The command that opens the UI on the runs, or the address where a server has its own."""
        return str(self) if self.uri.startswith("http") else "make ui" if _has_make_ui(self.project) else "seqpipe ui"

    def __str__(self) -> str:
        """Its address without passwords."""
        return str(self.database) if self.database else without_password(self.uri)


def _has_make_ui(project: Path) -> bool:
    """Whether the project is a checkout of the repository, whose commands lie in a folder of their own."""
    makefile = project / "Makefile"
    return makefile.is_file() and "\nui:" in makefile.read_text(encoding="utf-8", errors="replace")


def store_of(config: MlflowConfig, project: Path, variables: Mapping[str, str] = os.environ) -> Store:
    """Where the runs of the project are remembered.

    Raises:
        UserError: runs cannot be remembered there.
    """
    named_by = []
    uri, folder, names_it = config.tracking_uri, project, "tracking_uri in mlflow.yml"
    if uri is None and variables.get(TRACKING_URI):
        uri, folder, names_it = variables[TRACKING_URI], Path.cwd(), f"the variable {TRACKING_URI}"
        named_by.append(f"{TRACKING_URI}={without_password(uri)}")
    experiment = config.experiment
    if experiment is None and variables.get("MLFLOW_EXPERIMENT_NAME"):
        experiment = variables["MLFLOW_EXPERIMENT_NAME"]
        named_by.append(f"MLFLOW_EXPERIMENT_NAME={experiment}")
    place = _place(project / DATABASE) if uri is None else _resolved(uri, folder, names_it)
    return Store(place[0], experiment or EXPERIMENT, tuple(named_by), place[1], project)


def _resolved(uri: str, folder: Path, names_it: str) -> tuple[str, Path | None]:
    """The URI made absolute below ``folder``, and the sqlite file that it names; ``names_it`` says where it stands."""
    scheme = urlsplit(uri).scheme
    if scheme in ("", "file"):
        raise UserError(
            f"MLflow keeps runs in a database or on a server and no longer in a folder: got {uri!r} from "
            f"{names_it}; give sqlite:////folder/{DATABASE} or http://server:5000."
        )
    if not scheme.startswith(SQLITE):
        return uri, None
    from sqlalchemy import make_url

    url = make_url(uri)
    if not url.database or url.database == ":memory:":
        raise UserError(
            f"A database in memory is gone when the run ends: got {uri!r} from {names_it}; give "
            f"sqlite:////folder/{DATABASE}."
        )
    return _place(folder / url.database, dict(url.query))


def _place(database: Path, query: Mapping[str, str | tuple[str, ...]] | None = None) -> tuple[str, Path]:
    """The URI of an sqlite file, quoted where its path needs it, and the file."""
    options = {"timeout": str(BUSY_TIMEOUT_S), **(query or {})}
    quoted = quote(str(database))
    scheme = SQLITE if quoted == str(database) else SQLITE_QUOTED
    uri = f"{scheme}:///{quoted}?{'&'.join(f'{name}={value}' for name, value in options.items())}"
    if scheme == SQLITE_QUOTED:
        _check_quotes(uri, database)
    return uri, database


def _check_quotes(uri: str, database: Path) -> None:
    from sqlalchemy import make_url

    if make_url(uri).database != str(database):
        raise UserError(
            f"The installed SQLAlchemy cannot open a database below {str(database.parent)!r}, which has signs "
            "in its name: rename the folder, or `pip install 'sqlalchemy>=2.1'`."
        )


def without_password(uri: str) -> str:
    """The URI as it may be shown."""
    parts = urlsplit(uri)
    _, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"***@{host}")) if at else uri
