"""Parameters of motion: what sensors, skeletons and trajectories have recorded."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from seqpipe.config.base import Count, Positive, Share, Stage

TimeUnit = Literal["s", "ms", "us", "ns"]


class MotionConfig(Stage):
    """How recordings of motion are read, and at what rate they become steps."""

    rate: Positive = Field(description="Steps a second that a recording becomes, whatever it was recorded at.")
    recorded_rate: Positive | None = Field(
        description="Rows a second of a recording that holds neither times nor a rate; null: those are taken for "
        "recorded at `motion.rate`, a row a step."
    )
    columns: list[str] = Field(
        description="Columns of a table that are read, in this order; empty: all columns of numbers, but for times, "
        "counters, and what is called like a label, a split or a group."
    )
    time_column: str | None = Field(
        description="The column of times; null: the one called `time`, `timestamp`, `t` or the like, where there is "
        "one; of several the first that says its unit."
    )
    time_unit: TimeUnit = Field(
        description="What times are counted in, where their column's name says no unit (`time_ms`, `Time [ms]`). `s` "
        "since 1970 that would be later than the year 5000 is taken for `ms`, `us` or `ns`, which is told."
    )
    max_gap_s: Positive = Field(
        description="Values missing for no more seconds are interpolated; a longer gap is filled with the channel's "
        "median, and told."
    )
    gap_flag: bool = Field(
        description="Whether one more number tells of each step whether it lies in a longer gap (1) or not (0)."
    )
    max_missing_share: Share = Field(
        description="A recording is set aside where more than this share of the values of a channel is missing."
    )
    max_mb: Positive = Field(
        description="A recording whose file, or whose numbers, take more than this many million bytes is too large."
    )


class PenTrajectoriesConfig(Stage):
    """The embedded trajectories of a pen: digits as they are written, and the same from end to beginning."""

    train_per_class: Count = Field(description="Training trajectories for each of the 10 classes.")
    val_per_class: Count = Field(description="Validation trajectories for each class.")
    test_per_class: Count = Field(description="Test trajectories for each class.")
    per_writer: Count = Field(description="Trajectories of a class by one writer; no writer is on two sides.")
    jitter: float = Field(ge=0.0, le=0.2, description="Deviation of a stroke's points; a digit is 1 high.")
