"""Parameters of the corpus, and of the embedded ones."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    Field,
    field_validator,
)

from seqpipe.config.base import Count, Part, Positive, Share, Stage

LayoutName = Literal[
    "class_folders", "split_folders", "class_split_folders", "manifest", "ucf101_lists", "hmdb51_lists", "files"
]
"""How a corpus can be laid out: the names of what ``media/corpora/reading.py`` reads."""
ReferenceLayoutName = Literal["captions", "coco", "msrvtt", "flickr8k", "msvd", "pairs"]
"""How one of sentences can be: the names of what ``media/references/reading.py`` reads."""


class CorpusConfig(Stage):
    """Where the samples are and how they are split."""

    path: Path | None = Field(
        description="Folder of class folders, a `.csv` manifest, or a folder of split lists; `builtin:<name>` "
        "takes an embedded corpus (`moving_digits` or `digits_and_shapes`); null takes the pipeline's default: the "
        "digits and shapes in `transfer`, else the moving digits."
    )
    modality: str = Field(
        description="What the samples are: `pictures` (videos, folders of frames, images), `audio` (sound, also that "
        "of videos), `text`, or what a package adds. `auto`: what an embedded corpus is of, or what lies at "
        "`corpus.path` tells."
    )
    layout: Literal["auto", LayoutName, ReferenceLayoutName] = Field(
        description="How the corpus is laid out; `auto` recognises it and says so."
    )
    group_pattern: str | None = Field(
        description="Regular expression on a sample's relative path; its first group (or the whole match) names "
        "the scene, subject or source video that must stay on one side of the split. null recognises the source in "
        "names such as UCF101's and `lecture3_clip_01`, and says so; `(.*)` makes each sample a group of its own."
    )
    val_share: Part = Field(description="Share of the (training) samples kept for validation.")
    test_share: Part = Field(description="Share kept for the test, where the corpus has no official one.")
    min_decoded_share: Share = Field(description="Fewer frames decoded than this share of those declared: truncated.")
    max_megapixels: Positive = Field(description="A frame larger than this many million pixels is too large.")
    max_seconds: Positive = Field(description="A video longer than this many seconds is too large.")
    max_quarantine_share: Share = Field(
        description="The run stops when more than this share is quarantined; what is used under another name "
        "(`other_form`, `repeated`) does not count."
    )
    columns: list[str] = Field(
        description="Further columns of the manifest that are kept with the samples, by their names there: what scores "
        "may be broken down by, such as the number of distractors in a sentence. Not where labels lie within samples."
    )
    workers: Count | None = Field(description="Files probed at once; null takes one a core.")

    @field_validator("group_pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return pattern


class MovingDigitsConfig(Stage):
    """The embedded default: H.264 clips of moving handwritten digits, 8 actions in 4 order-only pairs."""

    size: int = Field(ge=32, le=256, multiple_of=2, description="Width and height of a frame, pixels.")
    frames: Count = Field(description="Frames a clip.")
    fps: Count = Field(description="Frames a second.")
    train_per_action: Count = Field(description="Training clips for each of the 8 actions.")
    val_per_action: Count = Field(description="Validation clips for each action.")
    test_per_action: Count = Field(description="Test clips for each action.")


class ActionSequencesConfig(Stage):
    """The embedded corpus of labels by frame: H.264 clips in which a digit does one action after another."""

    size: int = Field(ge=32, le=256, multiple_of=2, description="Width and height of a frame, pixels.")
    frames: Count = Field(description="Frames a clip.")
    fps: Count = Field(description="Frames a second.")
    train_clips: Count = Field(description="Training clips.")
    val_clips: Count = Field(description="Validation clips.")
    test_clips: Count = Field(description="Test clips.")


class CaptionedDigitsConfig(Stage):
    """The embedded pictures with captions: one or two digits, large or small, and where they are."""

    size: int = Field(ge=32, le=256, multiple_of=2, description="Width and height of a picture, pixels.")
    train_pictures: Count = Field(description="Training pictures.")
    val_pictures: Count = Field(description="Validation pictures.")
    test_pictures: Count = Field(
        description="Test pictures; every second one shows two digits in sizes and at places of which train has no "
        "such scene."
    )


class CaptionedActionsConfig(Stage):
    """The embedded clips with captions: a digit does one thing, then another."""

    size: int = Field(ge=32, le=256, multiple_of=2, description="Width and height of a frame, pixels.")
    frames: Annotated[int, Field(ge=4)] = Field(description="Frames a clip, about half of them for either action.")
    fps: Count = Field(description="Frames a second.")
    train_clips: Count = Field(description="Training clips.")
    val_clips: Count = Field(description="Validation clips.")
    test_clips: Count = Field(
        description="Test clips; in every second one a digit does two things in an order of which train has it never."
    )


class DigitsAndShapesConfig(Stage):
    """The embedded still images of the pipeline `transfer`: digits of other writers than the source's, and shapes."""

    size: int = Field(ge=32, le=256, multiple_of=2, description="Width and height of an image, pixels.")
    train_per_class: Count = Field(description="Training images for each class.")
    val_per_class: Count = Field(description="Validation images for each class.")
    test_per_class: Count = Field(description="Test images for each class.")
