"""What measuring finds out about a sample, held against what a modality promises."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from math import isfinite
from typing import Any

from seqpipe.config import CorpusConfig
from seqpipe.core.errors import UserError
from seqpipe.media.decoding.video import said
from seqpipe.media.frames import InvalidSample, MediaType
from seqpipe.media.medium import Facts, Medium


class Unforeseen(InvalidSample):
    """What broke in measuring a sample: nothing that is known of the sample, so that it is not remembered.

    Attributes:
        error: The type of what broke.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__("unreadable", f"Decoding it fails: {said(error)}.")
        self.error = type(error).__name__


def judged(medium: Medium, path: str, kind: MediaType, config: CorpusConfig) -> dict[str, Any]:
    """The facts by their columns, or why the sample cannot be used (reason, detail): what may be remembered of it.

    Raises:
        Unforeseen: Measuring broke.
        UserError: The facts are not what a modality gives.
    """
    try:
        return asdict(_measured(medium, path, kind, config))
    except Unforeseen:
        raise
    except InvalidSample as unusable:
        return {"reason": unusable.reason, "detail": unusable.detail}


def _measured(medium: Medium, path: str, kind: MediaType, config: CorpusConfig) -> Facts:
    """The facts; raises InvalidSample where there are none, UserError where they are not what a modality gives."""
    try:
        facts = medium.measure(path, kind, config)
    except InvalidSample:
        raise
    except MemoryError as error:
        raise InvalidSample("too_large", "Decoding it takes more memory than there is.") from error
    except OSError as error:
        raise InvalidSample("unreadable", f"It cannot be read: {error.strerror or error}.") from error
    except Exception as error:  # whatever a decoder makes of one broken file: the others are still good
        raise Unforeseen(error) from error
    _check_facts(facts, medium, path)
    return facts


def _check_facts(facts: Any, medium: Medium, path: str) -> None:
    """Raises a UserError where no clip could be taken of these facts, or the samples' table has no place for them."""
    expected = {field.name for field in fields(Facts)} | set(medium.columns)
    is_facts = isinstance(facts, Facts) and {field.name for field in fields(facts)} == expected
    positive = is_facts and all(isfinite(x) and x > 0 for x in (facts.length, facts.rate, facts.duration_s))
    if not positive or not _is_json(asdict(facts)):
        raise UserError(
            f"{type(medium).__name__} measured {path} as {facts}; expected Facts with the fields "
            f"{', '.join(sorted(expected))} (those of all, and its `columns`), of Python's own numbers and texts, of "
            "which length, rate and duration_s are above 0: mend its `measure`, which raises InvalidSample for a file "
            "that cannot be used."
        )


def _is_json(facts: dict[str, Any]) -> bool:
    try:
        json.dumps(facts)
    except (TypeError, ValueError):
        return False
    return True
