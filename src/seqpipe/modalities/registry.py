"""Every modality by name: what ``corpus.modality`` asks for.

A new one is one entry here, its parameters (where it has any) in ``seqpipe.config`` and one file
``conf/base/parameters/<name>.yml``. Another package adds one by an entry point, with nothing here changed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from seqpipe.config import AudioConfig, MotionConfig, Stage, TextConfig, add_group
from seqpipe.core.errors import UserError, unknown_name
from seqpipe.core.fingerprint import fingerprint
from seqpipe.core.plugins import Registry

if TYPE_CHECKING:
    from seqpipe.modalities.base import Modality

logger = logging.getLogger(__name__)

PICTURES = "pictures"
READ_BY, BACKBONE = "read_by", "backbone"
"""Where a modality has this parameter of this value, a backbone reads the pictures that it makes of its samples."""
PARTS = ("files", "columns", "version", "measure", "encoder")
"""What `seqpipe.modalities.base.Modality` asks for."""


@dataclass(frozen=True)
class ModalityEntry:
    """A modality: its parameters' model, and where its class is (imported when it is needed).

    Attributes:
        config: The parameters under its name, with which its class is called; None: it has none, and is called without.
        where: ``module:Class``.
    """

    config: type[Stage] | None
    where: str

    def build(self, config: Stage | None) -> Modality:
        """The modality with these parameters.

        Raises:
            UserError: It cannot be imported or made, or lacks something that a modality has.
        """
        try:
            module, _, name = self.where.partition(":")
            of = getattr(import_module(module), name)
            modality: Modality = of() if self.config is None else of(config)
        except UserError:
            raise
        except Exception as error:  # whatever another package's code does
            raise UserError(
                f"The modality {self.where} cannot be made of its parameters ({config}): {type(error).__name__}: "
                f"{error}. Give others, or mend the package."
            ) from error
        if missing := [name for name in PARTS if not hasattr(modality, name)]:
            raise UserError(f"The modality {self.where} has no {', '.join(missing)}: mend the package.")
        return modality


PLUGINS = "seqpipe.modalities"
"""The group of entry points: a `ModalityEntry` each, under its name; its parameters lie in the project's ``conf``."""


MODALITIES = Registry(
    PLUGINS,
    ModalityEntry,
    {
        PICTURES: ModalityEntry(None, "seqpipe.modalities.pictures:Pictures"),
        "audio": ModalityEntry(AudioConfig, "seqpipe.modalities.audio.modality:Audio"),
        "motion": ModalityEntry(MotionConfig, "seqpipe.modalities.motion.modality:Motion"),
        "text": ModalityEntry(TextConfig, "seqpipe.modalities.text.modality:Text"),
    },
    lambda name, entry: add_group(name, entry.config),
)


def modality_parameters() -> dict[str, type[Stage]]:
    """The groups of parameters of all modalities, each with its model."""
    return {name: entry.config for name, entry in MODALITIES.items() if entry.config is not None}


def modality(name: str, parameters: Mapping[str, Any]) -> Modality:
    """The modality of that name.

    Args:
        name: ``corpus.modality``.
        parameters: By name, those of the modalities that have any; others are not looked at.

    Raises:
        UserError: there is none, the known ones are named; or its encoder goes by another name.
    """
    check_modality(name)
    made = MODALITIES[name].build(parameters.get(name))
    if made.encoder is not None and made.encoder.modality != name:
        raise UserError(
            f"The modality {name}: expected its encoder to be of the modality {name!r}, the name of its entry, got "
            f"{made.encoder.modality!r}; give both the same name."
        )
    return made


def measuring_of(name: str, parameters: Mapping[str, Any]) -> str:
    """Digest of all that decides what a modality measures of a file's bytes: its name, version and parameters.

    Arguments and errors as of ``modality``.
    """
    made = modality(name, parameters)
    config = parameters.get(name) if MODALITIES[name].config is not None else None
    return fingerprint([name, made.version, None if config is None else config.model_dump(mode="json")])


def read_by_backbone(name: str, parameters: Mapping[str, Any]) -> bool:
    """Whether a backbone reads the samples of a modality: pictures, or pictures that it makes of them.

    Args:
        name: The modality.
        parameters: All parameters, nested, as far as they are known.
    """
    return name == PICTURES or (parameters.get(name) or {}).get(READ_BY) == BACKBONE


def check_modality(name: str) -> None:
    """Raises a UserError where there is no such modality; the known ones are named."""
    if name not in MODALITIES:
        raise unknown_name("corpus.modality", name, sorted(MODALITIES))
