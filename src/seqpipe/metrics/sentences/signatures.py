"""What a score was computed by, in sacreBLEU's form (Post, A Call for Clarity in Reporting BLEU Scores, WMT 2018)."""

from __future__ import annotations

from collections.abc import Sequence

from sacrebleu.metrics import BLEU, CHRF

from seqpipe import __version__
from seqpipe.metrics.sentences import cider, rouge
from seqpipe.metrics.sentences.bleu import Smoothing


def bleu_signature(references: Sequence[Sequence[str]], words: str, case: str, smoothing: Smoothing) -> str:
    """sacreBLEU's signature of BLEU; of captions with the tokenisation and the case that they were given in."""
    return _of(BLEU(tokenize="none", smooth_method=smoothing), references, tok=words, case=case)


def chrf_signature(references: Sequence[Sequence[str]], words: str | None, case: str) -> str:
    """sacreBLEU's signature of chrF2, with the tokenisation where texts were made of words again."""
    known = {"case": case} if words is None else {"case": case, "tok": words}
    return _of(CHRF(), references, **known)


def rouge_signature(references: Sequence[Sequence[str]], words: str, case: str) -> str:
    """Ours of ROUGE-L."""
    return f"nrefs:{_count(references)}|case:{case}|tok:{words}|beta:{rouge.BETA}|max:precision,recall|{_ours()}"


def cider_signature(references: Sequence[Sequence[str]], words: str, case: str) -> str:
    """Ours of CIDEr-D."""
    told = f"n:{cider.ORDER}|sigma:{cider.SIGMA}|stem:no|df:references-judged"
    return f"nrefs:{_count(references)}|case:{case}|tok:{words}|{told}|{_ours()}"


def wer_signature(references: Sequence[Sequence[str]], words: str, case: str) -> str:
    """Ours of the word error rate."""
    return f"nrefs:{_count(references)}|case:{case}|tok:{words}|ref:closest|{_ours()}"


def _ours() -> str:
    return f"version:seqpipe-{__version__}"


def _count(references: Sequence[Sequence[str]]) -> str:
    counts = {len(others) for others in references}
    return "var" if len(counts) > 1 else str(*counts)


def _of(metric: BLEU | CHRF, references: Sequence[Sequence[str]], **known: str) -> str:
    """The metric's signature; it learns the number of references by scoring, so it scores nothing against as many."""
    counts = sorted({len(others) for others in references})
    streams = [["" if place < count else None for count in counts] for place in range(counts[-1])]
    metric.corpus_score([""] * len(counts), streams)  # type: ignore[arg-type]
    signature = metric.get_signature()
    for key, value in known.items():
        signature.update(key, value)
    return str(signature)
