"""What shares a key is together, directly or by others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seqpipe.media.references.recurrence import components, form_of


@given(st.lists(st.sets(st.integers(0, 12), max_size=3).map(sorted), min_size=1, max_size=20))
def test_components_are_the_finest_division_that_keeps_keys_together(keys):
    found = components(keys).tolist()
    assert len(found) == len(keys)
    for one, number in zip(keys, found, strict=True):
        for other, its in zip(keys, found, strict=True):
            if set(one) & set(other):
                assert number == its
    # No component can be divided: one reaches all of it from any sample.
    for number in set(found):
        members = [set(one) for one, of in zip(keys, found, strict=True) if of == number]
        reached, left = members[0], members[1:]
        while any(reached & one for one in left):
            reached = reached.union(*(one for one in left if reached & one))
            left = [one for one in left if not one <= reached]
        assert not left


def test_a_form_is_without_case_and_blanks():
    assert form_of("  A  Dog ") == form_of("a dog") != form_of("a dog .")
