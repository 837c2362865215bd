"""What the parameters of every kind of model have in common."""

from __future__ import annotations

from typing import TypeAlias

from seqpipe.config.classifier_base import SearchedConfig
from seqpipe.config.finetune import FinetuneConfig

ModelConfig: TypeAlias = SearchedConfig | FinetuneConfig
"""Each says what is searched (``grid``, ``combinations``, ``with_chosen``), what of it decides the weights
(``deciding``), and whether the chosen model is fitted again on train and val (``refit``)."""
