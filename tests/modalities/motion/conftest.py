from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.media.conftest import corpus_config

from seqpipe.config import MotionConfig

__all__ = ["corpus_config"]


@pytest.fixture
def motion_config() -> Callable[..., MotionConfig]:
    """Makes a MotionConfig, sensible but for what is given."""

    def make(**changed: Any) -> MotionConfig:
        values: dict[str, Any] = {
            "rate": 10.0,
            "recorded_rate": None,
            "columns": [],
            "time_column": None,
            "time_unit": "s",
            "max_gap_s": 0.5,
            "gap_flag": False,
            "max_missing_share": 0.5,
            "max_mb": 1.0,
        }
        return MotionConfig(**(values | changed))

    return make
