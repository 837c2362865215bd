"""Worker processes that end with the run they work for, even where it is killed: joblib's would wait on for work."""

from __future__ import annotations

import os
import threading
import time
from functools import cache

SECONDS_BETWEEN_LOOKS = 1.0


@cache
def end_with(parent: int) -> None:
    """From now on this process ends soon after its parent of that id; in the parent itself nothing happens.

    Where an orphan is given no other parent (Windows), it works on as before.
    """
    if os.getpid() != parent:
        threading.Thread(target=_end_without, args=(parent,), daemon=True).start()


def _end_without(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    os._exit(1)  # nobody is left to be told anything
