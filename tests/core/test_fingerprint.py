"""One recipe by which everything that is kept is known."""

import numpy as np
import pandas as pd
import pytest

from seqpipe.core.fingerprint import LENGTH, Digest, fingerprint, table_digest


def test_equal_facts_have_equal_fingerprints_whatever_their_order():
    assert fingerprint({"a": 1, "b": [2, None]}) == fingerprint({"b": [2, None], "a": 1})
    assert len(fingerprint({})) == LENGTH
    assert (
        len({fingerprint(facts) for facts in ({"a": 1}, {"a": 1.5}, {"a": "1"}, {"a": True}, [], [[]], ["a", "b"])})
        == 7
    )


def test_what_would_be_told_differently_by_the_next_run_is_no_fact():
    with pytest.raises(TypeError, match="not JSON serializable"):
        fingerprint({"a": object()})


def digest_of(array, pieces=None, name="x"):
    digest = Digest([])
    digest.add_array(name, array.dtype, array.shape, [array] if pieces is None else pieces)
    return digest.hexdigest()


def test_an_array_is_the_same_in_pieces_and_in_any_layout():
    x = np.arange(24, dtype=np.float32).reshape(4, 6)
    assert digest_of(x) == digest_of(x, [x[:1], x[1:]]) == digest_of(np.asfortranarray(x)) == digest_of(x[::-1][::-1])
    others = [digest_of(x + 1), digest_of(x.reshape(6, 4)), digest_of(x.astype(np.int32)), digest_of(x, name="y")]
    assert len({digest_of(x), *others}) == 5
    assert digest_of(np.empty((0, 3))) != digest_of(np.empty((0, 4)))


def test_where_one_part_ends_and_the_next_begins_is_told():
    one, other = Digest("ab"), Digest("a")
    one.add("c")
    other.add("bc")
    assert one.hexdigest() != other.hexdigest()


def test_a_table_is_known_by_the_columns_named_and_the_order_of_its_rows():
    table = pd.DataFrame({"id": ["a", "b"], "t": [1, 2], "path": ["x", "y"]})
    known = table_digest(table, ["id", "t"])
    assert known == table_digest(table.assign(path="elsewhere"), ["id", "t"])
    assert known != table_digest(table[::-1], ["id", "t"])
    assert known != table_digest(table.assign(t=[1, 3]), ["id", "t"])
    assert known != table_digest(table.rename(columns={"t": "u"}), ["id", "u"])
