"""Parameters of the backbone, and of how features are read and gathered."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    Field,
)

from seqpipe.config.base import Count, Positive, Stage
from seqpipe.config.training import TrainingConfig

View = Literal["centre", "whole", "pad", "crops"]
"""What of a frame the backbone reads."""
ViewChoice = Literal["auto", View]
Pool = Literal["avg", "grid", "flatten"]
"""What becomes of a map."""


class WeightsConfig(Stage):
    """A CNN and its weights."""

    name: str = Field(
        description="Any torchvision classification model, of images (`resnet18`, `squeezenet1_1`, ...) or of video "
        "(`r3d_18`, `mc3_18`, `r2plus1d_18`, `s3d`, `swin3d_t`, `mvit_v2_s`, ...)."
    )
    weights: str = Field(
        min_length=1,
        description="`source` (trained here on the built-in source domain, of images), the name of torchvision weights "
        "(`DEFAULT`, `IMAGENET1K_V1`, `KINETICS400_V1`: downloaded), a local file that `torch.save` or safetensors "
        "wrote (`.pth`, `.ckpt`, `.safetensors`, ...), or `random` (drawn by `runtime.seed`: nothing was learned).",
    )


class SnippetConfig(Stage):
    """What a video backbone reads at once: a few frames around each step of a clip. One of images reads the step's own.

    Beyond the ends of a sample its first and last frames are repeated.
    """

    frames: Count = Field(
        description="Frames of a snippet. 16 is what torchvision's weights for video read; `mvit_v2_s` reads no other "
        "number, and `s3d` none below 13."
    )
    stride: Count = Field(description="Frames of the sample from one of a snippet to the next.")


class BackboneConfig(WeightsConfig):
    """The CNN, its weights, and what it reads of a frame."""

    view: ViewChoice = Field(
        description="What of a frame is read. `centre`: as the weights were tested, the shorter side resized and the "
        "centre cropped; `whole`: the whole frame, squeezed into the square; `pad`: the whole frame in its aspect, "
        "between bars; `crops`: several crops that cover the longer side, their features averaged (2 at 4 : 3, 3 at "
        "2 : 1, as many passes). `auto`: `centre` where frames are about square, `whole` where they are twice as wide "
        "as high or more, else what val says, also wherever the weights were tested on frames resized to one height "
        "and width (`r3d_18`); the test has no say."
    )
    snippet: SnippetConfig = Field(description="What a video backbone reads at once.")


class SourceConfig(Stage):
    """The built-in source task: which digit, where on the canvas, and how large."""

    size: int = Field(ge=32, le=256, description="Width and height of the canvas, pixels.")
    images: Count = Field(description="Training images rendered an epoch.")
    training: TrainingConfig = Field(description="How the backbone is trained; every epoch renders images of its own.")


class StreamConfig(Stage):
    """What is read of a video at each of the times that are sampled of it."""

    stream: Literal["rgb", "flow"] = Field(
        description="`rgb`: the frame shown at the time; `flow`: how what it shows moves on to the next frame, the "
        "optical flow as a picture (needs `pip install 'seqpipe[flow]'`; single images have none)."
    )
    flow_side: Annotated[int, Field(ge=32)] = Field(
        description="The shorter side in pixels of the pictures between which flow is computed, at most: it tells of "
        "motion up to 8 pixels of that size from frame to frame."
    )


class ClipConfig(StreamConfig):
    """How the T steps of a clip are sampled from a sample, by time: a frame each, of a video backbone a snippet."""

    sampling: Literal["auto", "uniform", "fps", "stride", "all"] = Field(
        description="`uniform` over the whole sample; at a fixed `fps` from its start; consecutive frames `stride` "
        "apart, from the middle; or `all` of its steps. `auto`: `uniform` of pictures, of other modalities `all`. Of a "
        "video backbone these are the middles of snippets: with `uniform` and `stride` as many as fit whole, with "
        "`uniform` side by side."
    )
    frames: Count = Field(
        description="T, the steps a clip has at most; shorter clips are masked. Where `all` steps are taken it says "
        "nothing."
    )
    fps: Positive = Field(description="Steps a second, for `fps` sampling.")
    stride: Count = Field(description="Frames from one step to the next, for `stride` sampling.")


class FeaturesConfig(Stage):
    """Where x' is read and how fast."""

    layer: str = Field(
        description="`last_conv`, `penultimate` (the input of the last dense layer), `head` (the source task's own "
        "answers before their softmax), or a node's name as torchvision's `get_graph_node_names` gives it."
    )
    pool: Pool = Field(
        description="What becomes of a convolutional layer's C x H x W: averaged over space (of a snippet over "
        "time, too) to C (`avg`), or over each of 7 x 7 parts of it (`grid`); or flattened (`flatten`)."
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        description="What the backbone computes in; `auto` takes bfloat16 where this machine is faster in it "
        "(measured once, recorded)."
    )
    dtype: Literal["float16", "float32"] = Field(description="What the features are stored in.")
    batch_size: Count | None = Field(
        description="Frames a batch; batches are filled across samples. null takes what suits the device: 8 on a "
        "CPU (what its cache holds), 256 on a GPU. Of snippets there are as many as have so many frames, at least one."
    )
    compile: Literal["auto", "never", "always"] = Field(
        description="torch.compile; `auto` only where the work left is long enough to repay it."
    )
    workers: Count | None = Field(description="Decoding threads; null takes one a core.")
    shard_samples: Count = Field(description="Samples a Parquet shard of the store; also what a kill loses at most.")


class DatasetConfig(Stage):
    """D', the dataset that classifiers are trained on."""

    in_memory_mb: Count = Field(
        description="A D' whose features take more than this many million bytes as float32 is left on disk, and "
        "trained on chunk by chunk. Training on one in memory takes up to eight times as much."
    )


class LayerOfItsOwn(Stage):
    """Where a task reads the backbone, whatever `features` says."""

    layer: str = Field(
        description="Where the backbone is read, as `features.layer`. `auto`: `last_conv`; of the built-in source "
        "backbone, a ShuffleNet whose last layers tell places and sizes rather than which digit it is, `stage2`."
    )
    pool: Literal["auto", Pool] = Field(
        description="What becomes of its map, as `features.pool`. Of single pictures with a `grid` the attention looks "
        "at places, and the other decoders read the average; of clips the places of a frame are one vector. `auto`: "
        "`avg`; of the built-in source backbone `grid`, for where a digit is tells what it does."
    )

    def read_as(self, features: FeaturesConfig, name: str, weights: str) -> FeaturesConfig:
        """The parameters of `features` with this layer of the backbone of that ``name`` with these ``weights``."""
        built_in = weights == "source" and name.startswith("shufflenet")
        layer, pool = ("stage2", "grid") if built_in else ("last_conv", "avg")
        chosen = {
            "layer": layer if self.layer == "auto" else self.layer,
            "pool": pool if self.pool == "auto" else self.pool,
        }
        return features.model_copy(update=chosen)
