"""Every corpus that needs no download, by name: ``corpus.path: builtin:<name>`` asks for one.

A new one is one entry here and its parameters, which are a group of its name: their model in ``seqpipe.config``, their
values in ``conf/base/parameters/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Literal

from seqpipe.config import (
    ActionSequencesConfig,
    CaptionedActionsConfig,
    CaptionedDigitsConfig,
    DigitsAndShapesConfig,
    DistantWordsConfig,
    MelodiesConfig,
    MovingDigitsConfig,
    PenTrajectoriesConfig,
    SpokenNumbersConfig,
    Stage,
)
from seqpipe.core.errors import UserError, unknown_name
from seqpipe.core.lineage import corpus_name

AUTO = "auto"
"""As ``corpus.modality``: what the corpus is of."""
PREFIX = "builtin:"
"""Before the name of an embedded corpus in ``corpus.path``; a folder of such a name is given as an absolute path."""


Gives = Literal["labels", "annotations", "references"]
"""What a corpus says of its samples."""


@dataclass(frozen=True)
class EmbeddedCorpus:
    """A corpus that is written on demand.

    Attributes:
        config: The model of its parameters.
        where: The module and function that write it, imported when it is written: from a folder, parameters and a seed
            to its manifest's path.
        gives: ``labels``, one a sample, ``annotations`` within them, or ``references``, sentences of each.
        modality: What its samples are.
        columns: Further columns of its manifest that are kept with the samples, whatever ``corpus.columns`` says.
    """

    config: type[Stage]
    where: str
    gives: Gives
    modality: str = "pictures"
    columns: tuple[str, ...] = ()


EMBEDDED: dict[str, EmbeddedCorpus] = {
    "moving_digits": EmbeddedCorpus(
        MovingDigitsConfig, "seqpipe.media.embedded.moving_digits:write_moving_digits", "labels"
    ),
    "digits_and_shapes": EmbeddedCorpus(
        DigitsAndShapesConfig, "seqpipe.media.embedded.digits_and_shapes:write_digits_and_shapes", "labels"
    ),
    "action_sequences": EmbeddedCorpus(
        ActionSequencesConfig, "seqpipe.media.embedded.action_sequences:write_action_sequences", "annotations"
    ),
    "melodies": EmbeddedCorpus(
        MelodiesConfig, "seqpipe.media.embedded.melodies:write_melodies", "labels", modality="audio"
    ),
    "distant_words": EmbeddedCorpus(
        DistantWordsConfig,
        "seqpipe.media.embedded.distant_words:write_distant_words",
        "labels",
        modality="text",
        columns=("gap",),
    ),
    "pen_trajectories": EmbeddedCorpus(
        PenTrajectoriesConfig,
        "seqpipe.media.embedded.pen_trajectories:write_pen_trajectories",
        "labels",
        modality="motion",
        columns=("digit",),
    ),
    "whole_sentences": EmbeddedCorpus(
        DistantWordsConfig,
        "seqpipe.media.embedded.distant_words:write_whole_sentences",
        "labels",
        modality="text",
        columns=("gap",),
    ),
    "captioned_digits": EmbeddedCorpus(
        CaptionedDigitsConfig,
        "seqpipe.media.embedded.captioned_digits:write_captioned_digits",
        "references",
        columns=("combination",),
    ),
    "captioned_actions": EmbeddedCorpus(
        CaptionedActionsConfig,
        "seqpipe.media.embedded.captioned_actions:write_captioned_actions",
        "references",
        columns=("combination",),
    ),
    "spoken_numbers": EmbeddedCorpus(
        SpokenNumbersConfig,
        "seqpipe.media.embedded.spoken_numbers:write_spoken_numbers",
        "references",
        modality="text",
        columns=("order",),
    ),
}


def parameter_models(gives: Gives) -> dict[str, type[Stage]]:
    """The groups of parameters of the embedded corpora that give this, each with its model."""
    return {name: embedded.config for name, embedded in EMBEDDED.items() if embedded.gives == gives}


def modality_of_default(modality: str, default: str) -> str:
    """``corpus.modality`` where no corpus is named: of ``auto`` that of the embedded one that is taken then."""
    return EMBEDDED[default].modality if modality == AUTO and default in EMBEDDED else modality


def columns_of(name: str | None) -> tuple[str, ...]:
    """Further columns of an embedded corpus that are kept with its samples; none of a corpus on disk."""
    return EMBEDDED[name].columns if name in EMBEDDED else ()


def in_words(name: str) -> str:
    """The corpus as it is called on the screen, in reports and in MLflow."""
    return name.replace("_", " ")


def embedded_name(path: Path | str | None, default: str | None) -> str | None:
    """The embedded corpus that ``corpus.path`` asks for, known or not; None where it names one on disk.

    Args:
        path: ``corpus.path``.
        default: The embedded corpus that is taken where the path is None.
    """
    if path is None:
        return default
    return str(path).removeprefix(PREFIX) if str(path).startswith(PREFIX) else None


def corpus_words(path: Path | str | None, default: str) -> str:
    """What to call the corpus that ``corpus.path`` asks for; arguments as in ``embedded_name``."""
    name = embedded_name(path, default)
    return corpus_name(Path(str(path)).expanduser()) if name is None else in_words(name)


def check_known(name: str) -> None:
    """Raises a UserError where no embedded corpus has that name; the known ones are named."""
    if name not in EMBEDDED:
        raise unknown_name("embedded corpus", PREFIX + name, [PREFIX + known for known in EMBEDDED])


def write(name: str, folder: Path, configs: Mapping[str, Stage], seed: int) -> Path:
    """Writes an embedded corpus to ``folder / name`` unless it lies there already; returns its manifest's path.

    Args:
        name: The corpus.
        folder: Where the embedded corpora lie, each in a folder of its name.
        configs: By name, the parameters of those that may be asked for.
        seed: Whatever is drawn follows from it.

    Raises:
        UserError: There is no such corpus, it is none of ``configs``, or its folder holds something else.
    """
    check_known(name)
    if name not in configs:
        raise UserError(
            f"corpus.path {PREFIX}{name} gives {EMBEDDED[name].gives}, which this pipeline does not read; it takes "
            f"{' or '.join(PREFIX + one for one in configs)}."
        )
    module, function = EMBEDDED[name].where.split(":")
    manifest: Path = getattr(import_module(module), function)(folder / name, configs[name], seed)
    return manifest
