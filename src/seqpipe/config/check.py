"""Checking all parameters at once, with a sentence for each that is wrong."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, get_origin

from pydantic import (
    ValidationError,
)

from seqpipe.config.audio import AudioConfig, MelodiesConfig
from seqpipe.config.base import Stage, block_of, is_text, leaves, what_is_allowed
from seqpipe.config.classifiers import FrameLinearConfig, LinearConfig, RbfSvmConfig, RocketConfig, SvmConfig
from seqpipe.config.data import (
    ActionSequencesConfig,
    CaptionedActionsConfig,
    CaptionedDigitsConfig,
    CorpusConfig,
    DigitsAndShapesConfig,
    MovingDigitsConfig,
)
from seqpipe.config.evaluation import EvaluationConfig
from seqpipe.config.features import (
    BackboneConfig,
    ClipConfig,
    DatasetConfig,
    FeaturesConfig,
    SourceConfig,
)
from seqpipe.config.finetune import FinetuneConfig
from seqpipe.config.frame_labels import FrameLabelsConfig
from seqpipe.config.fuse import FuseConfig
from seqpipe.config.inherited import INHERITED, with_inherited
from seqpipe.config.lrcn import LrcnConfig
from seqpipe.config.memory import MemoryConfig
from seqpipe.config.motion import MotionConfig, PenTrajectoriesConfig
from seqpipe.config.networks import AnnConfig, RecurrentConfig
from seqpipe.config.next_token import NextTokenConfig
from seqpipe.config.runtime import RuntimeConfig
from seqpipe.config.sentences import ImageCaptioningConfig, TranslationConfig, VideoCaptioningConfig
from seqpipe.config.study import TransferConfig
from seqpipe.config.text import DistantWordsConfig, SpokenNumbersConfig, TextConfig
from seqpipe.core.errors import UserError

PARAMETERS: dict[str, type[Stage]] = {
    "runtime": RuntimeConfig,
    "corpus": CorpusConfig,
    "moving_digits": MovingDigitsConfig,
    "audio": AudioConfig,
    "melodies": MelodiesConfig,
    "backbone": BackboneConfig,
    "source": SourceConfig,
    "clip": ClipConfig,
    "features": FeaturesConfig,
    "dataset": DatasetConfig,
    "svm": SvmConfig,
    "linear": LinearConfig,
    "single_frame": FrameLinearConfig,
    "ann": AnnConfig,
    "svm_rbf": RbfSvmConfig,
    "rocket": RocketConfig,
    "recurrent": RecurrentConfig,
    "rnn": RecurrentConfig,
    "gru": RecurrentConfig,
    "lstm": RecurrentConfig,
    "finetune": FinetuneConfig,
    "lrcn": LrcnConfig,
    "digits_and_shapes": DigitsAndShapesConfig,
    "transfer": TransferConfig,
    "evaluation": EvaluationConfig,
    "action_sequences": ActionSequencesConfig,
    "frame_labels": FrameLabelsConfig,
    "memory": MemoryConfig,
    "motion": MotionConfig,
    "pen_trajectories": PenTrajectoriesConfig,
    "text": TextConfig,
    "whole_sentences": DistantWordsConfig,
    "next_token": NextTokenConfig,
    "distant_words": DistantWordsConfig,
    "captioned_digits": CaptionedDigitsConfig,
    "captioned_actions": CaptionedActionsConfig,
    "spoken_numbers": SpokenNumbersConfig,
    "fuse": FuseConfig,
    "image_captioning": ImageCaptioningConfig,
    "video_captioning": VideoCaptioningConfig,
    "translation": TranslationConfig,
}
"""Every top-level key of the parameters and the model that checks it."""


RESERVED = {"classification", "compare", "ingest"}
"""Names of tasks and pipelines that have no parameters of their own."""


def add_group(name: str, model: type[Stage] | None) -> str | None:
    """Adds the group of parameters of something that another package adds; says why where the name is not free."""
    if name in PARAMETERS or name in RESERVED:
        return f"the project has something called {name} already"
    if model is not None:
        PARAMETERS[name] = model
    return None


def check_parameters(raw: dict[str, Any]) -> dict[str, Stage]:
    """Checks all parameters at once.

    Raises:
        UserError: names every key that is wrong, what was got and what is allowed.
    """
    problems = [_unknown(key, list(PARAMETERS)) for key in raw if key not in PARAMETERS]
    checked, whole = {}, with_inherited(raw)
    for key, model in PARAMETERS.items():
        try:
            checked[key] = model.model_validate(whole.get(key, {}))
        except ValidationError as error:
            problems += [_sentence(key, model, detail) for detail in error.errors()]
    problems = [problem for problem in problems if not _told_of_its_source(problem, problems)]
    if problems:
        raise UserError("The parameters are not right:\n" + "\n".join(f"  - {p}" for p in problems))
    return checked


def _told_of_its_source(problem: str, problems: list[str]) -> bool:
    """Whether the block that a block takes its parameters from has the same problem: it is told once."""
    inherited = next((name for name in INHERITED if problem.startswith((f"{name}.", f"{name}:"))), None)
    return inherited is not None and problem.replace(inherited, INHERITED[inherited]) in problems


def takes_text(name: str) -> bool:
    """Whether the parameter of this dotted name is a text or a path."""
    stage, _, rest = name.partition(".")
    field = leaves(PARAMETERS[stage]).get(rest) if stage in PARAMETERS else None
    return field is not None and get_origin(field.annotation) is not list and is_text(field.annotation)


def _unknown(name: str, known: list[str], under: str = "") -> str:
    """The sentence for an unknown name; a known one may lie in a block, and is found by its last part."""
    spelt = {dotted.rpartition(".")[2].lower(): dotted for dotted in reversed(known)}
    near = get_close_matches(name.lower(), spelt, n=1)
    here = dict.fromkeys(dotted.partition(".")[0] for dotted in known)
    hint = f"did you mean {under}{spelt[near[0]]}?" if near else f"known: {', '.join(here)}."
    return f"{under}{name}: there is no such parameter; {hint}"


# What it is for says more than a regular expression, or the name of a class of ours.
TOLD_BY_PURPOSE = {"string_pattern_mismatch", "model_type", "list_type"}


def _sentence(key: str, model: type[Stage], detail: Any) -> str:
    key, model, loc = _innermost(key, model, list(detail["loc"]))
    path = [str(part) for part in loc if str(part) in model.model_fields] or [""]
    name = f"{key}.{path[0]}".rstrip(".")
    if detail["type"] == "extra_forbidden":
        return _unknown(str(detail["loc"][-1]), list(leaves(model)), f"{key}.")
    if detail["type"] == "missing":
        return f"{name}: is missing; give it under `{key}` in conf/base/parameters/ (see docs/configuration.md)."
    message = what_is_allowed(detail)
    if path[0] and detail["type"] in TOLD_BY_PURPOSE:
        message = f"should be: {model.model_fields[path[0]].description}".rstrip(".")
    return f"{name}: got {detail['input']!r}; it {message}." if message.startswith("should") else f"{name}: {message}."


def _innermost(key: str, model: type[Stage], loc: list[Any]) -> tuple[str, type[Stage], list[Any]]:
    """The model within a model that a place in the parameters is of, its dotted name, and the rest of the place."""
    while len(loc) > 1 and (block := block_of(model.model_fields.get(str(loc[0])))):
        key, model, loc = f"{key}.{loc[0]}", block, loc[1:]
    return key, model, loc
