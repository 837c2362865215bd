"""What a request is answered where it gets no answer of the model: a status, and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Refused(Exception):
    """A request that is not answered by the model.

    Attributes:
        status: Of HTTP.
        reason: What is counted, and a program can compare: ``too_large``, ``queue_full``, ...
        sentence: What a person reads.
        headers: Further headers of the answer.
    """

    def __init__(self, status: int, reason: str, sentence: str, headers: Mapping[str, str] = NO_HEADERS) -> None:
        super().__init__(sentence)
        self.status, self.reason, self.sentence, self.headers = status, reason, sentence, headers

    @property
    def body(self) -> dict[str, str]:
        """As it is sent."""
        return {"error": self.sentence, "reason": self.reason}
