"""What probing has found before, by content: a second run decodes nothing."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from seqpipe.config import CorpusConfig
from seqpipe.core.files import written_aside
from seqpipe.core.fingerprint import fingerprint
from seqpipe.media.corpora.files import content_of, stamp_of
from seqpipe.media.decoding.video import said
from seqpipe.media.frames import InvalidSample, MediaType
from seqpipe.media.measured import judged
from seqpipe.media.medium import Medium, Probe

SETTLED_S = 2.0
"""A file changed less than this before it was read may change again under the same timestamp."""


class ProbeCache:
    """Results of probing in a folder: verdicts by content, and digests by the files' stamps.

    Verdicts hold for one measuring (digest of the modality, its version and its parameters) and for one set of limits;
    others lie beside them in files of their own. ``probe`` may be called from many threads; ``save`` from one.
    """

    def __init__(self, folder: Path, config: CorpusConfig, medium: Medium, measuring: str) -> None:
        limits = [config.min_decoded_share, config.max_megapixels, config.max_seconds]
        self._config, self._medium = config, medium
        self._verdict_file = folder / f"verdicts-{fingerprint([measuring, limits])}.json"
        self._digest_file = folder / "digests.json"
        self._verdicts = _load(self._verdict_file)
        self._digests = _load(self._digest_file)
        self._changed = False
        self._saved_at = time.monotonic()

    def probe(self, path: str, kind: MediaType) -> Probe:
        """Facts of a sample decoded from end to end, from memory where its bytes were before; raises InvalidSample."""
        try:
            digest, size = self._content(path, kind)
        except (OSError, ValueError) as error:  # ValueError: no file can have that name
            raise InvalidSample("unreadable", f"It cannot be read: {said(error)}.") from error
        key = f"{kind}:{digest}"
        verdict = self._verdicts.get(key)
        if verdict is None:
            verdict = self._verdicts[key] = judged(self._medium, path, kind, self._config)
            self._changed = True
        if "reason" in verdict:
            raise InvalidSample(verdict["reason"], verdict["detail"])
        return Probe(verdict, digest, size)

    def save(self, every_s: float = 0.0) -> None:
        """Writes what is new, aside and then renamed, unless it did less than ``every_s`` seconds ago."""
        if self._changed and time.monotonic() - self._saved_at >= every_s:
            self._changed = False  # first: what a thread adds from here on is saved next time
            _store(self._verdict_file, self._verdicts)
            _store(self._digest_file, self._digests)
            self._saved_at = time.monotonic()

    def _content(self, path: str, kind: MediaType) -> tuple[str, int]:
        stamp = stamp_of(path, kind)
        known = self._digests.get(f"{kind}:{path}")
        if known and known["stamp"] == stamp:
            return known["sha256"], known["bytes"]
        settled = max(stamp[1::4] + stamp[2::4], default=0) / 1e9 + SETTLED_S < time.time()
        digest, size = content_of(path, kind)
        if settled:
            self._digests[f"{kind}:{path}"] = {"stamp": stamp, "sha256": digest, "bytes": size}
            self._changed = True
        return digest, size


def _load(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # a cache that is missing or damaged is an empty one
        return {}
    return content if isinstance(content, dict) else {}


def _store(file: Path, content: dict[str, Any]) -> None:
    """Merges with what another run may have written meanwhile, so that neither loses the other's results."""
    with written_aside(file) as aside:
        aside.write_text(json.dumps(_load(file) | content), encoding="utf-8")
