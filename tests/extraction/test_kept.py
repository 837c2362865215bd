"""What is kept from one call to the next, and where."""

import gc
import weakref

from seqpipe.extraction.kept import extractors_kept, made_once


class Made:
    def __init__(self, *of):
        self.of = of


def test_it_is_made_once_within_the_block():
    key = object()
    with extractors_kept():
        first = made_once(Made, key, 1)
        assert made_once(Made, key, 1) is first
        assert first.of == (key, 1)
        assert made_once(Made, key, 2) is not first
        assert made_once(Made, object(), 1) is not first, "another backbone is another object"


def test_elsewhere_it_goes_with_the_call():
    assert made_once(Made, 1) is not made_once(Made, 1)
    with extractors_kept():
        gone = weakref.ref(made_once(Made, 1))
        assert gone() is not None
    gc.collect()
    assert gone() is None
