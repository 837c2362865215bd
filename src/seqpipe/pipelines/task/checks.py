"""What is checked before ``task``."""

from __future__ import annotations

from seqpipe.pipelines.backbone.checks import check_backbone
from seqpipe.pipelines.ingest.checks import check_corpus

CHECKS = (check_corpus, check_backbone)
