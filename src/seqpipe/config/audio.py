"""Parameters of the modality `audio`, and of its embedded corpus."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from seqpipe.config.base import Count, Positive, Stage

ReadBy = Literal["bands", "backbone"]
"""What makes vectors of sound."""


class AudioConfig(Stage):
    """How sound is read: all channels mixed to one, resampled, as levels of bands of the mel scale over time."""

    read_by: ReadBy = Field(
        description="`bands`: a step is one frame of the log-mel spectrogram, x' its levels. `backbone`: a step is a "
        "picture of `picture_s` seconds of the spectrogram, x' what the CNN of `backbone` makes of it."
    )
    sample_rate: int = Field(ge=2000, le=192000, description="What all files are resampled to, values a second.")
    hop_s: Positive = Field(description="Seconds from one frame of the spectrogram to the next.")
    window_s: Positive = Field(description="Seconds that a frame of the spectrogram looks at; no fewer than `hop_s`.")
    bands: int = Field(ge=2, le=512, description="Bands of the mel scale (Slaney's), the numbers of a frame.")
    f_min: float = Field(ge=0.0, description="Where the lowest band begins, Hz.")
    f_max: Positive | None = Field(description="Where the highest band ends, Hz; null: half of `sample_rate`.")
    level: Literal["peak", "absolute"] = Field(
        description="What 0 dB is. `peak`: the loudest of a recording, so that gain and distance say nothing; "
        "`absolute`: the same for all recordings, so that how loud one is can be learned."
    )
    range_db: Positive = Field(description="Levels that are further below 0 dB than this count as this far below.")
    silence_db: float = Field(
        le=0.0,
        description="A recording of which no stretch of `window_s` is louder than this, dB to full scale, is silence, "
        "and goes to the quarantine.",
    )
    picture_s: Positive = Field(description="Seconds that a picture shows, for `read_by: backbone`.")
    picture_hop_s: Positive = Field(description="Seconds from one picture to the next, for `read_by: backbone`.")

    @model_validator(mode="after")
    def _fits(self) -> AudioConfig:
        if self.hop_s * self.sample_rate < 1.0:
            raise ValueError(f"hop_s: {self.hop_s:g} is less than one of {self.sample_rate} values a second")
        if self.window_s < self.hop_s:
            raise ValueError(f"window_s: {self.window_s:g} leaves gaps between frames that are {self.hop_s:g} s apart")
        if self.highest_hz > self.sample_rate / 2 or self.f_min >= self.highest_hz:
            raise ValueError(
                f"f_max: bands should lie between 0 and {self.sample_rate / 2:g} Hz, half of sample_rate, and f_min "
                f"below f_max; got {self.f_min:g} to {self.highest_hz:g}"
            )
        return self

    @property
    def highest_hz(self) -> float:
        """Where the highest band ends."""
        return self.sample_rate / 2 if self.f_max is None else self.f_max

    @property
    def hop(self) -> int:
        """Values from one frame to the next."""
        return round(self.hop_s * self.sample_rate)

    @property
    def window(self) -> int:
        """Values that a frame looks at."""
        return round(self.window_s * self.sample_rate)

    @property
    def frame_rate(self) -> float:
        """Frames a second, as whole values allow."""
        return self.sample_rate / self.hop

    @property
    def picture_hop(self) -> int:
        """Frames from one picture to the next."""
        return max(1, round(self.picture_hop_s * self.frame_rate))

    @property
    def picture(self) -> int:
        """Frames that a picture shows."""
        return max(1, round(self.picture_s * self.frame_rate))


class MelodiesConfig(Stage):
    """The embedded corpus of `audio`: melodies of the same tones, told apart by the order of these alone."""

    sample_rate: int = Field(ge=2000, le=48000, description="Values a second.")
    tones: int = Field(ge=2, le=5, description="Tones of a melody; each order of them that there is, is a class.")
    tone_s: Positive = Field(description="Seconds that a tone lasts, on average.")
    noise_db: float = Field(le=0.0, description="The noise beneath, dB to the tones.")
    train_per_melody: Count = Field(description="Training recordings of each melody.")
    val_per_melody: Count = Field(description="Validation recordings of each melody.")
    test_per_melody: Count = Field(description="Test recordings of each melody.")
