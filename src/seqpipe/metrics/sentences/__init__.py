"""How good sentences are against several references each: BLEU, ROUGE-L, CIDEr-D, chrF, word errors, exact match.

Every score is a function of sums over samples (`summed.py`), so that its interval and the difference between two models
come from the same resamples of groups. `scores.py` has all of them by name.

METEOR and SPICE are left out: their only reference implementations need Java (METEOR 1.5 and SPICE, with 100 MB of
archives, known to hang), and what calls itself METEOR elsewhere is another measure: NLTK's gives 0.462 on the
captions to which METEOR 1.5 gives 0.247. A number that nobody else's can be held against is worse than none.
"""
