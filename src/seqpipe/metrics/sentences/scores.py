"""All scores of a split's sentences by name, with their intervals and what one model is ahead of another by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from seqpipe.metrics.intervals import Difference, Floats
from seqpipe.metrics.sentences import signatures
from seqpipe.metrics.sentences.bleu import ORDER, bleu, bleu_statistics
from seqpipe.metrics.sentences.chrf import chrf
from seqpipe.metrics.sentences.cider import cider_d
from seqpipe.metrics.sentences.errors import word_error_rate
from seqpipe.metrics.sentences.exact import exact_matches
from seqpipe.metrics.sentences.flavours import FLAVOURS, Flavour, Kind
from seqpipe.metrics.sentences.rouge import rouge_l
from seqpipe.metrics.sentences.summed import SummedScore, mean_of


@dataclass(frozen=True)
class SentenceScores:
    """The scores of a model's answers against their references. Each is computed when first asked for, and kept.

    Attributes:
        answers: N texts, one a sample; an empty one is an answer, too.
        references: of each sample one or more texts.
        groups: (N,) what each sample belongs to (a scene, a source text); intervals draw whole groups.
        kind: ``captions``: lower case, no punctuation, BLEU unsmoothed as COCO's evaluation has it; ``translation``:
            as the text stands, BLEU by sacreBLEU's standard (13a, mixed case).

    Raises:
        ValueError: without samples, where the lengths differ, or where a sample has no reference.
    """

    answers: Sequence[str]
    references: Sequence[Sequence[str]]
    groups: Sequence[str] | Sequence[int]
    kind: Kind

    def __post_init__(self) -> None:
        counts = (len(self.answers), len(self.references), len(self.groups))
        if len(set(counts)) > 1 or not counts[0]:
            raise ValueError(f"As many answers, lists of references and groups, at least one; got {counts}.")
        without = [place for place, others in enumerate(self.references) if not len(others)]
        if without:
            raise ValueError(f"Every sample needs a reference; {len(without)} have none, the first at {without[0]}.")

    @property
    def names(self) -> tuple[str, ...]:
        """The scores that there are. All are in 0..1, except ``cider`` (0..10) and ``wer`` (0 and more)."""
        return self._flavour.names

    def value(self, name: str) -> float:
        """The score of the whole split; of ``wer`` the smallest is the best, of all others the largest."""
        return self._score(name).value

    def values(self) -> dict[str, float]:
        """`value` of all `names`."""
        return {name: self.value(name) for name in self.names}

    def per_sample(self, name: str) -> Floats:
        """(N,) the score of each sample: of ``cider`` with the document frequencies of the whole split."""
        return self._score(name).per_sample()

    def interval(self, name: str, resamples: int, confidence: float, seed: int) -> tuple[float, float]:
        """The score's percentile bootstrap interval over groups; the arguments are those of `mean_interval`."""
        return self._score(name).interval(self.groups, resamples, confidence, seed)

    def paired_difference(
        self, name: str, other: SentenceScores, resamples: int, confidence: float, seed: int
    ) -> Difference:
        """What this score is ahead of another model's by, of the same samples, on the same resamples for both.

        Raises:
            ValueError: where ``other`` is of other references, groups or another kind.
        """
        if _asked(self) != _asked(other):
            raise ValueError("Scores can be paired only of the same kind, references and groups, in the same order.")
        return self._score(name).ahead_of(other._score(name), self.groups, resamples, confidence, seed)

    def signatures(self) -> dict[str, str]:
        """What ``bleu``, ``chrf``, ``wer``, and of captions ``rouge_l`` and ``cider``, were computed by."""
        of, case, words = self.references, self._flavour.case, self._flavour.tokenisation
        told = {
            "bleu": signatures.bleu_signature(of, words, case, self._flavour.smoothing),
            "rouge_l": signatures.rouge_signature(of, words, case),
            "cider": signatures.cider_signature(of, words, case),
            "chrf": signatures.chrf_signature(of, self._flavour.texts_of_words, case),
            "wer": signatures.wer_signature(of, words, case),
        }
        return {name: signature for name, signature in told.items() if name in {"bleu", *self.names}}

    @cached_property
    def answer_words(self) -> list[list[str]]:
        """The words of each answer, as they are compared."""
        return [self._flavour.words_of(answer) for answer in self.answers]

    @cached_property
    def reference_words(self) -> list[list[list[str]]]:
        """The words of the references of each sample, as they are compared."""
        return [[self._flavour.words_of(other) for other in others] for others in self.references]

    @property
    def compared_answers(self) -> list[str]:
        """The answers as ``exact`` compares them: for shares of distinct and of copied answers, too."""
        return [" ".join(words) for words in self.answer_words]

    @property
    def compared_references(self) -> list[list[str]]:
        """The references as ``exact`` compares them."""
        return [[" ".join(words) for words in others] for others in self.reference_words]

    @cached_property
    def answer_texts(self) -> list[str]:
        """The answers as ``exact`` and ``chrf`` compare them: for shares of distinct and of copied answers, too."""
        return [self._flavour.text_of(answer) for answer in self.answers]

    @cached_property
    def reference_texts(self) -> list[list[str]]:
        """The references as ``exact`` and ``chrf`` compare them."""
        return [[self._flavour.text_of(other) for other in others] for others in self.references]

    @property
    def _flavour(self) -> Flavour:
        return FLAVOURS[self.kind]

    def _score(self, name: str) -> SummedScore:
        if name not in self.names:
            raise KeyError(f"{name!r} is no score of {self.kind}; there are {', '.join(self.names)}.")
        if name not in self._scores:
            self._scores[name] = _MAKERS[name](self)
        return self._scores[name]

    @cached_property
    def _scores(self) -> dict[str, SummedScore]:
        return {}

    @cached_property
    def _bleu_statistics(self) -> Floats:
        return bleu_statistics(self.answer_words, self.reference_words)


def _asked(scores: SentenceScores) -> tuple[Kind, list[list[str]], list[str | int]]:
    """What a model was asked: two are held against each other only where it is the same."""
    return scores.kind, [list(others) for others in scores.references], list(scores.groups)


def _bleu(scores: SentenceScores, order: int) -> SummedScore:
    return bleu(scores._bleu_statistics, order, scores._flavour.smoothing)


_MAKERS: dict[str, Callable[[SentenceScores], SummedScore]] = {
    **{f"bleu_{order}": partial(_bleu, order=order) for order in range(1, ORDER + 1)},
    "rouge_l": lambda of: mean_of(rouge_l(of.answer_words, of.reference_words)),
    "cider": lambda of: mean_of(cider_d(of.answer_words, of.reference_words)),
    "chrf": lambda of: chrf(of.answer_texts, of.reference_texts),
    "wer": lambda of: word_error_rate(of.answer_words, of.reference_words),
    "exact": lambda of: mean_of(exact_matches(of.compared_answers, of.compared_references)),
}
