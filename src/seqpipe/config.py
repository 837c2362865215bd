"""The typed parameters: one frozen model a stage.

Values live in ``conf/*/parameters/<stage>.yml`` alone: no field has a default here, so a missing key
is an error as an unknown one is. Kedro checks them all before the first node runs.
"""

from __future__ import annotations

import itertools
import re
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, Self, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from seqpipe.core.errors import UserError

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Part = Annotated[float, Field(gt=0.0, lt=1.0)]
Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0.0)]


def _is_text(annotation: Any) -> bool:
    """Whether a type asks for a text or a path, or a list of them, and for nothing that YAML has a type for."""
    kinds = _plain_types(annotation) - {NoneType}
    return bool(kinds) and kinds <= {str, Path}


def _plain_types(annotation: Any) -> set[Any]:
    """The types that are left of unions, lists and annotations."""
    inner = get_args(annotation)
    if get_origin(annotation) is Literal or not inner:
        return {annotation}
    parts = inner[:1] if get_origin(annotation) is Annotated else inner
    return set().union(*map(_plain_types, parts))


def as_text(value: Any) -> Any:
    """A whole number as its digits; raises ValueError for what YAML makes of several texts: no, off; 3.10, 3.1."""
    if isinstance(value, bool | float | date):
        raise ValueError(f"got {value!r}, which YAML has made of a text without quotes: put it in quotes")
    return str(value) if isinstance(value, int) else value


class Stage(BaseModel):
    """A stage's parameters: frozen, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    @field_validator("*", mode="before")
    @classmethod
    def _texts_are_texts(cls, value: Any, info: ValidationInfo) -> Any:
        """A text that YAML has read as a number is taken for the text; where it cannot be told any more, refused."""
        field = cls.model_fields[str(info.field_name)]
        if not _is_text(field.annotation):
            return value
        return [as_text(item) for item in value] if isinstance(value, list) else as_text(value)


class RuntimeConfig(Stage):
    """Where and how everything computes."""

    seed: int = Field(ge=0, le=2**31 - 1, description="The one seed: splits, rendering, training, bootstrap.")
    device: str = Field(
        pattern=r"^(auto|cpu|cuda(:[0-9]+)?)$",
        description="`auto` (CUDA where there is one, else the CPU), `cpu`, `cuda` or `cuda:N`.",
    )
    threads: Count | None = Field(description="CPU threads; null takes every core this process may use.")
    deterministic: bool = Field(description="Same machine, versions and seed: same bits. Costs a little speed.")


class CorpusConfig(Stage):
    """Where the samples are and how they are split."""

    path: Path | None = Field(
        description="Folder of class folders, a `.csv` manifest, or a folder of split lists; null takes the "
        "embedded moving digits."
    )
    layout: Literal[
        "auto",
        "class_folders",
        "split_folders",
        "class_split_folders",
        "manifest",
        "ucf101_lists",
        "hmdb51_lists",
    ] = Field(description="How the corpus is laid out; `auto` recognises it and says so.")
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
    max_quarantine_share: Share = Field(description="The run stops when more than this share is quarantined.")
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


View = Literal["centre", "whole", "pad", "crops"]
"""What of a frame the backbone reads."""
ViewChoice = Literal["auto", View]


class WeightsConfig(Stage):
    """A CNN and its weights."""

    name: str = Field(description="Any torchvision classification model: `resnet18`, `squeezenet1_1`, ...")
    weights: str = Field(
        min_length=1,
        description="`source` (trained here on the built-in source domain), the name of torchvision weights "
        "(`DEFAULT`, `IMAGENET1K_V1`: downloaded), or a local `.pth` or `.safetensors` file.",
    )


class BackboneConfig(WeightsConfig):
    """The CNN, its weights, and what it reads of a frame."""

    view: ViewChoice = Field(
        description="What of a frame is read. `centre`: as the weights were tested, the shorter side resized and the "
        "centre cropped; `whole`: the whole frame, squeezed into the square; `pad`: the whole frame in its aspect, "
        "between bars; `crops`: several crops that cover the longer side, their features averaged (2 at 4 : 3, 3 at "
        "2 : 1, as many passes). `auto`: `centre` where frames are about square, `whole` where they are twice as wide "
        "as high or more, else what val says; the test has no say."
    )


class SourceConfig(Stage):
    """The built-in source task: which digit, where on the canvas, and how large."""

    size: int = Field(ge=32, le=256, description="Width and height of the canvas, pixels.")
    images: Count = Field(description="Training images rendered an epoch.")
    epochs: Count = Field(description="Passes over as many freshly rendered images.")
    batch_size: Count = Field(description="Images a step.")
    learning_rate: Positive = Field(description="Peak of the schedule: linear warm-up, then cosine to zero.")


class ClipConfig(Stage):
    """How T frames are sampled from a sample, by time."""

    sampling: Literal["uniform", "fps", "stride"] = Field(
        description="`uniform` over the whole sample; at a fixed `fps` from its start; or consecutive frames "
        "`stride` apart, from the middle."
    )
    frames: Count = Field(description="T, the frames a clip has at most; shorter clips are masked.")
    fps: Positive = Field(description="Frames a second, for `fps` sampling.")
    stride: Count = Field(description="Frames from one to the next, for `stride` sampling.")


class FeaturesConfig(Stage):
    """Where x' is read and how fast."""

    layer: str = Field(
        description="`last_conv`, `penultimate` (the input of the last dense layer), `head` (the source task's own "
        "answers before their softmax), or a node's name as torchvision's `get_graph_node_names` gives it."
    )
    pool: Literal["avg", "flatten"] = Field(
        description="What becomes of a convolutional layer's C x H x W: averaged over space to C, or flattened."
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        description="What the backbone computes in; `auto` takes bfloat16 where this machine is faster in it "
        "(measured once, recorded)."
    )
    dtype: Literal["float16", "float32"] = Field(description="What the features are stored in.")
    batch_size: Count | None = Field(
        description="Frames a batch; batches are filled across samples. null takes what suits the device: 8 on a "
        "CPU (what its cache holds), 256 on a GPU."
    )
    compile: Literal["auto", "never", "always"] = Field(
        description="torch.compile; `auto` only where the work left is long enough to repay it."
    )
    workers: Count | None = Field(description="Decoding threads; null takes one a core.")
    shard_samples: Count = Field(description="Samples a Parquet shard of the store; also what a kill loses at most.")


class DPrimeConfig(Stage):
    """D', the dataset that classifiers are trained on."""

    in_memory_mb: Count = Field(
        description="A D' whose features take more than this many million bytes as float32 is left on disk, and "
        "trained on chunk by chunk. Training on one in memory takes up to eight times as much."
    )


def _check_value(model: type[BaseModel], name: str, value: Any) -> None:
    try:
        field = model.model_fields[name]
        checked: Any = Annotated[field.annotation, field]
        TypeAdapter(checked).validate_python(value)
    except ValidationError as error:
        raise ValueError(f"{name}: got {value!r}; it {_allowed(error.errors()[0])}") from error


class ClassifierConfig(Stage):
    """What every classifier C' on D' has."""

    standardize: bool = Field(
        description="Unit variance for each feature; false: one scale for all, so that strong ones stay strong. "
        "Centred either way, by train alone."
    )
    pca: Annotated[int, Field(ge=1)] | Annotated[float, Field(gt=0.0, lt=1.0)] | None = Field(
        description="Components a PCA keeps at most (or the share of the variance it keeps), fitted on train alone; "
        "null: no PCA."
    )
    refit: bool = Field(
        description="Once chosen on val, fit again on train and val together (scaling, PCA and calibration stay). "
        "`transfer` never does: a fine-tuned CNN has not seen val either."
    )
    grid: dict[str, list[Any]] = Field(
        description="Values to try for any of these parameters, instead of its own; every combination is fitted, "
        "the best on val stays. A parameter given with --params is not searched."
    )

    @model_validator(mode="after")
    def _combinations_fit(self) -> Self:
        for chosen in self.combinations():
            self.with_chosen(chosen)
        return self

    def combinations(self) -> list[dict[str, Any]]:
        """Every combination of the grid, in its order; one empty combination where the grid is empty."""
        return [dict(zip(self.grid, values, strict=True)) for values in itertools.product(*self.grid.values())]

    def with_chosen(self, chosen: dict[str, Any]) -> Self:
        """These parameters with one combination in place, and nothing left to search."""
        if not self.grid:
            return self
        return type(self).model_validate({**self.model_dump(), **chosen, "grid": {}})

    @field_validator("grid")
    @classmethod
    def _names_known(cls, grid: dict[str, list[Any]]) -> dict[str, list[Any]]:
        known = set(cls.model_fields) - {"grid", "refit"}
        for name, values in grid.items():
            if name not in known:
                raise ValueError(f"unknown parameter {name!r} in the grid; known: {', '.join(sorted(known))}")
            if not values:
                raise ValueError(f"the grid of {name!r} is empty: give at least one value or leave it out")
            for value in values:
                _check_value(cls, name, value)
        return grid


class VectorClassifierConfig(ClassifierConfig):
    """A classifier on one vector a clip."""

    pooling: Literal["mean", "concat"] = Field(
        description="One vector a clip: the mean of its frames (blind to their order), or all of them in a row."
    )
    C: Positive = Field(description="Inverse strength of the L2 regularisation.")
    solver: Literal["auto", "sklearn", "torch"] = Field(
        description="`auto`: torch for the linear SVM, for the rest torch on CUDA and scikit-learn on the CPU. Both "
        "minimise the same objective."
    )
    max_iter: Count = Field(description="Iterations of the solver at most.")


class SvmConfig(VectorClassifierConfig):
    """Support vector machine, one against the rest (linear) or one against one (RBF)."""

    kernel: Literal["linear", "rbf"] = Field(description="`linear` (squared hinge loss) or `rbf`.")
    gamma: Literal["scale"] | Positive = Field(description="Width of the RBF kernel.")

    @model_validator(mode="after")
    def _solver_fits(self) -> SvmConfig:
        if self.kernel == "rbf" and self.solver == "torch":
            raise ValueError("solver torch has only the linear kernel; take solver auto with kernel rbf")
        return self


class RbfSvmConfig(SvmConfig):
    """Support vector machine with the RBF kernel, beside the linear one."""

    kernel: Literal["rbf"] = Field(description="`rbf`; the linear one is `svm`.")


class LinearConfig(VectorClassifierConfig):
    """Multinomial logistic regression."""


class EvaluationConfig(Stage):
    """How the test split is judged."""

    bootstrap: Count = Field(description="Resamples of the groups for the interval of the accuracy.")
    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = Field(description="Coverage of that interval.")
    calibration_bins: Count = Field(description="Bins of equal width for the expected calibration error.")
    mistakes: Annotated[int, Field(ge=0)] = Field(description="The most confident mistakes shown as strips of frames.")


class LstmConfig(ClassifierConfig):
    """Long short-term memory over the frames of a clip."""

    hidden: Count = Field(description="Units of a layer and direction.")
    layers: Count = Field(description="Layers, one on top of the other.")
    bidirectional: bool = Field(description="Read the clip in both directions.")
    readout: Literal["last", "mean", "attention"] = Field(
        description="What is classified: the `last` state of each direction, the `mean` over the real frames, or their "
        "mean weighted by a learned `attention`."
    )
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(description="Between layers and before the classifier.")
    noise: Annotated[float, Field(ge=0.0)] = Field(
        description="Deviation of the noise added to the features in training, where 1 is that of the strongest one. "
        "Without it many components of a PCA overfit small corpora."
    )
    warp: Annotated[float, Field(ge=0.0)] = Field(
        description="How much time is warped in training: the deviation of the log of the pace between frames."
    )
    learning_rate: Positive = Field(description="Peak of the schedule: linear warm-up, then cosine to zero.")
    weight_decay: Annotated[float, Field(ge=0.0)] = Field(description="AdamW's, on the matrices alone.")
    batch_size: Count = Field(description="Clips a step.")
    epochs: Count = Field(description="Passes over the training clips, at most.")
    clip_norm: Positive | None = Field(description="The norm of the gradient is clipped to this; null: never.")
    patience: Count | None = Field(description="Epochs without a lower val loss that end training; null: none do.")
    keep: Literal["best", "last"] = Field(
        description="The weights kept: those of the `best` val loss, or the `last`, which the schedule has brought to "
        "rest. On a small val split the best epoch is mostly luck."
    )
    members: Count = Field(description="Networks trained from different seeds, whose probabilities are averaged.")


class AnnConfig(ClassifierConfig):
    """Multi-layer perceptron on one vector a clip."""

    pooling: Literal["mean", "concat"] = Field(
        description="One vector a clip: the mean of its frames (blind to their order), or all of them in a row."
    )
    hidden: list[Count] = Field(
        description="Units of each hidden layer (ReLU); empty: none, which is the head of a CNN, trained alone."
    )
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(description="Behind each hidden layer.")
    learning_rate: Positive = Field(description="Peak of the schedule: linear warm-up, then cosine to zero.")
    weight_decay: Annotated[float, Field(ge=0.0)] = Field(description="AdamW's, on the matrices alone.")
    batch_size: Count = Field(description="Clips a step.")
    epochs: Count = Field(description="Passes over the training clips, at most.")
    clip_norm: Positive | None = Field(description="The norm of the gradient is clipped to this; null: never.")
    patience: Count | None = Field(description="Epochs without a lower val loss that end training; null: none do.")
    keep: Literal["best", "last"] = Field(description="The weights kept: those of the `best` val loss, or the `last`.")


class DigitsAndShapesConfig(Stage):
    """The embedded still images of the pipeline `transfer`: digits of other writers than the source's, and shapes."""

    size: int = Field(ge=32, le=256, multiple_of=2, description="Width and height of an image, pixels.")
    train_per_class: Count = Field(description="Training images for each class.")
    val_per_class: Count = Field(description="Validation images for each class.")
    test_per_class: Count = Field(description="Test images for each class.")


Strategy = Literal["all", "freeze_first", "head", "scratch"]
"""How the CNN itself is trained."""


class FinetuneConfig(Stage):
    """The first solution of transfer learning: the CNN itself is trained on the target domain."""

    strategy: Strategy = Field(
        description="What is trained: `all` parameters, all but the first layers (`freeze_first`), the new `head` "
        "alone; or `scratch`: everything from random weights, the control."
    )
    freeze: Annotated[int, Field(ge=0)] | str = Field(
        description="For `freeze_first`: how many of the first stages stay as they are, or the name of the last layer "
        "that does. Frozen batch-norms keep their statistics."
    )
    frames: Count | None = Field(
        description="Frames drawn anew from each clip every epoch; null: all of them. A clip's prediction is the mean "
        "over all its frames."
    )
    learning_rate: Positive = Field(description="Peak for the last stage: warm-up, then cosine to zero.")
    head_rate: Positive = Field(
        description="The new head's rate as a multiple of `learning_rate`: it begins from random weights, the rest "
        "does not. `scratch` has no use for it."
    )
    layer_decay: Annotated[float, Field(gt=0.0, le=1.0)] = Field(
        description="Each earlier stage learns at this share of the rate of the next one; 1: all alike. `scratch` "
        "has no use for it."
    )
    warm_up: Share = Field(description="Share of the steps in which the learning rate rises linearly.")
    weight_decay: Annotated[float, Field(ge=0.0)] = Field(description="AdamW's, on the matrices alone.")
    batch_size: Count = Field(description="Frames a step on the device.")
    accumulate: Count = Field(description="Steps whose gradients are summed up before the weights move.")
    epochs: Count = Field(description="Passes over the training samples, at most.")
    clip_norm: Positive | None = Field(description="The norm of the gradient is clipped to this; null: never.")
    patience: Count | None = Field(description="Epochs without a lower val loss that end training; null: none do.")
    keep: Literal["best", "last"] = Field(description="The weights kept: those of the `best` val loss, or the `last`.")
    class_weights: Literal["none", "balanced"] = Field(
        description="`balanced`: a class counts in the loss by the inverse of its share of the training frames."
    )
    label_smoothing: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(
        description="Share of each target that is spread over all classes (Szegedy et al. 2016)."
    )
    mixup: Annotated[float, Field(ge=0.0)] = Field(
        description="Parameter of the Beta distribution by which two frames and their labels are mixed (Zhang et al. "
        "2018); 0: never."
    )
    crop_scale: Annotated[float, Field(gt=0.0, le=1.0)] = Field(
        description="Smallest share of a frame's area that a random crop keeps, before it is resized to what the "
        "weights read; 1: no random crops, frames as `backbone.view` says."
    )
    flip: bool = Field(description="Mirror half of the frames; not where left and right differ by class.")
    colour: Annotated[float, Field(ge=0.0, le=1.0)] = Field(
        description="How much brightness, contrast and saturation are jittered; 0: not at all."
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        description="What the network computes in (weights stay float32); `auto` takes bfloat16 where this machine is "
        "faster in it."
    )

    def deciding(self) -> dict[str, Any]:
        """What of it decides the weights: not what this strategy has no use for."""
        idle = {"freeze"} if self.strategy != "freeze_first" else set()
        if self.strategy == "scratch":
            idle |= {"head_rate", "layer_decay"}
        return self.model_dump(exclude=idle)


class LayerConfig(Stage):
    """A place where x' is read."""

    layer: str = Field(description="As `features.layer`.")
    pool: Literal["avg", "flatten"] = Field(description="As `features.pool`.")


class TransferConfig(Stage):
    """The pipeline `transfer`: both solutions on a grid, side by side."""

    backbones: list[WeightsConfig] = Field(
        description="Backbones compared, `name` and `weights` of each; empty: the one of `backbone`."
    )
    layers: list[LayerConfig] = Field(
        min_length=1,
        description="Places where x' is read, in one pass over the frames: [{layer: last_conv, pool: avg}, ...].",
    )
    classifiers: list[str] = Field(description="Kinds of classifier C' trained on the D' of each layer.")
    strategies: list[Strategy] = Field(description="Strategies of fine-tuning, each once a backbone.")
    samples_per_class: list[Count] = Field(description="Sizes of the training set in the second figure; all is added.")
    few: list[str] = Field(description="Solutions drawn in the second figure: of the classifiers and strategies above.")
    draws: Count = Field(description="Training sets drawn for each size, for a classifier on D'.")
    draws_finetuned: Count = Field(description="The same for a strategy of fine-tuning, which costs more.")

    def compared(self, backbone: BackboneConfig) -> list[BackboneConfig]:
        """The backbones compared, all with the view of ``backbone``; it alone where none are named."""
        return [backbone.model_copy(update=dict(one)) for one in self.backbones] or [backbone]


PARAMETERS: dict[str, type[Stage]] = {
    "runtime": RuntimeConfig,
    "corpus": CorpusConfig,
    "moving_digits": MovingDigitsConfig,
    "backbone": BackboneConfig,
    "source": SourceConfig,
    "clip": ClipConfig,
    "features": FeaturesConfig,
    "dprime": DPrimeConfig,
    "svm": SvmConfig,
    "linear": LinearConfig,
    "ann": AnnConfig,
    "svm_rbf": RbfSvmConfig,
    "lstm": LstmConfig,
    "finetune": FinetuneConfig,
    "digits_and_shapes": DigitsAndShapesConfig,
    "transfer": TransferConfig,
    "evaluation": EvaluationConfig,
}
"""Every top-level key of the parameters and the model that checks it."""


def check_parameters(raw: dict[str, Any]) -> dict[str, Stage]:
    """Checks all parameters at once.

    Raises:
        UserError: names every key that is wrong, what was got and what is allowed.
    """
    problems = [_unknown(key, list(PARAMETERS)) for key in raw if key not in PARAMETERS]
    checked = {}
    for key, model in PARAMETERS.items():
        try:
            checked[key] = model.model_validate(raw.get(key, {}))
        except ValidationError as error:
            problems += [_sentence(key, model, detail) for detail in error.errors()]
    if problems:
        raise UserError("The parameters are not right:\n" + "\n".join(f"  - {p}" for p in problems))
    return checked


def takes_text(name: str) -> bool:
    """Whether the parameter of this dotted name is a text or a path."""
    stage, _, field = name.partition(".")
    known = PARAMETERS[stage].model_fields if stage in PARAMETERS else {}
    return field in known and get_origin(known[field].annotation) is not list and _is_text(known[field].annotation)


def _unknown(name: str, known: list[str], under: str = "") -> str:
    spelt = {own.lower(): own for own in reversed(known)}
    near = get_close_matches(name.lower(), spelt, n=1)
    hint = f"did you mean {under}{spelt[near[0]]}?" if near else f"known: {', '.join(known)}."
    return f"{under}{name}: there is no such parameter; {hint}"


# What it is for says more than a regular expression, or the name of a class of ours.
TOLD_BY_PURPOSE = {"string_pattern_mismatch", "model_type", "list_type"}


def _sentence(key: str, model: type[Stage], detail: Any) -> str:
    path = [str(part) for part in detail["loc"] if str(part) in model.model_fields] or [""]
    name = f"{key}.{path[0]}".rstrip(".")
    if detail["type"] == "extra_forbidden":
        return _unknown(str(detail["loc"][-1]), list(model.model_fields), f"{key}.")
    if detail["type"] == "missing":
        return f"{name}: is missing; give it under `{key}` in conf/base/parameters/ (see docs/configuration.md)."
    message = _allowed(detail)
    if path[0] and detail["type"] in TOLD_BY_PURPOSE:
        message = f"should be: {model.model_fields[path[0]].description}".rstrip(".")
    return f"{name}: got {detail['input']!r}; it {message}." if message.startswith("should") else f"{name}: {message}."


def _allowed(detail: Any) -> str:
    """Pydantic's message without its subject: ``should be ...``, or what one of our own checks said."""
    message = str(detail["msg"]).removesuffix(", unable to parse string as a number")
    for subject in ("Value error, ", "Input ", "String "):
        message = message.removeprefix(subject)
    return message


def flat(parameters: dict[str, Any], under: str = "") -> dict[str, Any]:
    """Nested parameters as one dictionary of dotted names to leaves."""
    leaves: dict[str, Any] = {}
    for key, value in parameters.items():
        if isinstance(value, dict) and value:
            leaves |= flat(value, f"{under}{key}.")
        else:
            leaves[f"{under}{key}"] = value
    return leaves
