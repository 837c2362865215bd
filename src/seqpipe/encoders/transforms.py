"""From decoded frames to what a backbone reads: one frame, or a snippet of them, resized, cropped, normalised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from seqpipe.config import View
from seqpipe.encoders.architectures import Size, SnippetSize

if TYPE_CHECKING:
    from torchvision.models import WeightsEnum

AS_BEFORE: Mapping[str, Any] = {"view": "centre", "antialias": True, "snippet": None}
"""What all transforms were before each of these could be said: saying nothing of it keeps fingerprints as they were."""


@dataclass(frozen=True)
class Snippet:
    """The frames that a video backbone reads at once: so many, each ``stride`` frames behind the one before."""

    frames: int
    stride: int

    @property
    def span(self) -> int:
        """From the first to the last, both counted, in frames of the sample."""
        return (self.frames - 1) * self.stride + 1


@dataclass(frozen=True)
class Transforms:
    """From RGB frames to what the backbone reads: resize, crop, scale to [0, 1], normalise."""

    resize: int | tuple[int, int]
    """Length of the frame's shorter side after resizing, pixels, or height and width whatever its aspect was, as some
    weights for video have it; only the views ``centre`` and ``crops`` read it."""
    crop: int
    """Side of the square that the backbone reads, pixels."""
    mean: tuple[float, float, float]
    """Of R, G, B in [0, 1]."""
    std: tuple[float, float, float]
    interpolation: str = "bilinear"
    """A value of torchvision's ``InterpolationMode``."""
    view: View = "centre"
    """What of a frame is read: see ``seqpipe.extraction.input``."""
    antialias: bool = True
    """Whether resizing averages over what it leaves out; torchvision's weights for video were tested without."""
    snippet: Snippet | None = None
    """What a video backbone reads at once; None: single frames."""

    @property
    def size(self) -> Size:
        """What the backbone reads: the side of a frame, or of a snippet its frames and their side."""
        return self.crop if self.snippet is None else SnippetSize(self.snippet.frames, self.crop)

    @property
    def keeps_aspect(self) -> bool:
        """Whether frames are resized as they are for the view ``centre``, and not to one height and width."""
        return isinstance(self.resize, int)

    @property
    def span(self) -> int:
        """How many frames of a sample lie between the first and the last that are read at once, both counted."""
        return 1 if self.snippet is None else self.snippet.span

    def facts(self) -> dict[str, Any]:
        """What tells them from others, as JSON holds it; ``again`` makes them of it."""
        return {key: value for key, value in asdict(self).items() if AS_BEFORE.get(key, ...) != value}

    @classmethod
    def again(cls, facts: Mapping[str, Any]) -> Transforms:
        """Those that gave these facts."""
        snippet = facts.get("snippet")
        given: dict[str, Any] = {key: tuple(fact) if isinstance(fact, list) else fact for key, fact in facts.items()}
        return cls(**given | {"snippet": None if snippet is None else Snippet(**snippet)})


def transforms_of(record: WeightsEnum, snippet: Snippet | None) -> Transforms:
    """Those that published weights were tested with, of frames, or for video of such snippets."""
    preset: Any = record.transforms()
    return Transforms(
        resize=preset.resize_size[0] if len(preset.resize_size) == 1 else tuple(preset.resize_size),
        crop=preset.crop_size[0],
        mean=tuple(preset.mean),
        std=tuple(preset.std),
        interpolation=preset.interpolation.value,
        antialias=snippet is None,
        snippet=snippet,
    )
