"""Files that name other files: read on a server, they would show what lies beside the upload."""

from __future__ import annotations

import re
from pathlib import Path

HEAD_BYTES = 4096
START = rb"(\xef\xbb\xbf)?\s*"
LISTS = re.compile(START + rb"(#EXTM3U|ffconcat)", re.IGNORECASE)
"""How HLS and FFmpeg's concat begin. No sample of any kind begins so."""
DESCRIPTIONS = re.compile(START + rb"(v=0\s|<\?xml|<MPD|<SmoothStreamingMedia|\[playlist\])", re.IGNORECASE)
"""How SDP, DASH and other playlists begin: no video and no image begins so, but a text may."""


def names_other_files(path: Path, pictures: bool) -> bool:
    """Whether it is a list of other files, dressed as what it may be; ``pictures``: that is a video or an image."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return bool(LISTS.match(head) or (pictures and DESCRIPTIONS.match(head)))
