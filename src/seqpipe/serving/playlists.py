"""Files that name other files: read on a server, they would show what lies beside the upload."""

from __future__ import annotations

import re
from pathlib import Path

HEAD_BYTES = 4096
LISTS = re.compile(rb"\xef?\xbb?\xbf?\s*(#EXTM3U|ffconcat|v=0\s|<\?xml|<MPD|<SmoothStreamingMedia|\[playlist\])", re.I)
"""How HLS, FFmpeg's concat, SDP, DASH and other playlists begin. No video and no image begins so."""


def names_other_files(path: Path) -> bool:
    """Whether it is a list of other files, dressed as what it may be."""
    with path.open("rb") as file:
        return bool(LISTS.match(file.read(HEAD_BYTES)))
