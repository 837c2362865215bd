"""From the tokens that a search finds to sentences, and what a net holds of the true ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from seqpipe.generation.base import GenerationRules, Sentence
from seqpipe.metrics.segments import UNLABELLED
from seqpipe.targets.sentences import SentenceTargets
from seqpipe.targets.vocabulary import UNKNOWN, Vocabulary
from seqpipe.tasks.sentences import Beam, Said


def spoken(beams: Sequence[Sentence], vocabulary: Vocabulary, rules: GenerationRules) -> Said:
    """The sentences that were found of a sample, as they are written."""
    return Said(tuple(_written(one, vocabulary, rules) for one in beams))


def _written(one: Sentence, vocabulary: Vocabulary, rules: GenerationRules) -> Beam:
    tokens = tuple(vocabulary.tokens[token] for token in one.tokens)
    length = max(1, len(tokens) + one.ended)
    return Beam(
        vocabulary.decode(one.tokens),
        tokens,
        one.log_p,
        one.log_p / length**rules.length_normalisation,
        one.attention,
        one.ended,
    )


def log_p_of(net: nn.Module, batches: Iterable[tuple[Tensor, ...]], targets: SentenceTargets) -> np.ndarray:
    """(N, 2): log p of all references of each sample, and their tokens, from ``batches`` of them in their order."""
    rows, _ = targets.pairs()
    told = np.zeros((len(rows), 2))
    start = 0
    for x, mask, said in batches:
        true = said[:, 1:]
        log_p = net(x, mask, said[:, :-1].clamp(min=UNKNOWN)).log_softmax(-1)
        each = log_p.gather(-1, true.clamp(min=UNKNOWN)[..., None])[..., 0].double()
        counted = true != UNLABELLED
        some = slice(start, start + len(said))
        told[some, 0], told[some, 1] = torch.where(counted, each, 0.0).sum(1).numpy(), counted.sum(1).numpy()
        start += len(said)
    summed = np.zeros((len(targets), 2))
    np.add.at(summed, rows, told)
    return summed
