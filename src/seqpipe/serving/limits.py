"""What one client may ask of the server: the bounds that keep it answering others."""

from __future__ import annotations

from dataclasses import asdict, dataclass

MIB = 2**20
MOST_FRAMES = 32
"""Pictures of a sample that an answer may carry."""


@dataclass(frozen=True)
class Limits:
    """The bounds of a server.

    Attributes:
        max_mib: Size of a file, MiB.
        max_megapixels: Size of a frame, million pixels; None: as the model's corpus was read.
        max_seconds: Length of a video, seconds; None: as the model's corpus was read.
        timeout_s: Seconds in which a file must be read and answered; its process is ended then.
        upload_s: Seconds in which a file must have arrived.
        stalled_s: Seconds without a byte after which an upload is given up.
        workers: Processes, each with a model of its own: so many files are answered at once.
        queue: Requests that may wait for a process.
    """

    max_mib: float
    max_megapixels: float | None
    max_seconds: float | None
    timeout_s: float
    upload_s: float
    stalled_s: float
    workers: int
    queue: int

    @property
    def max_bytes(self) -> int:
        """``max_mib`` in bytes."""
        return int(self.max_mib * MIB)

    def told(self) -> dict[str, float | int | None]:
        """All of them by name."""
        return asdict(self)
