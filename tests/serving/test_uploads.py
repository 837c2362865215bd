"""Forms are read the same however they are cut, and names of clients are harmless."""

import io
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.serving.multipart import OneFile
from seqpipe.serving.playlists import names_other_files
from seqpipe.serving.refused import Refused
from seqpipe.serving.uploads import ending_of, printable

CONTENT = b"\r\n--b\r\n--bound\0\xff" + bytes(range(256))
FORM = (
    b'--bound-ary\r\nContent-Disposition: form-data; name="file"; filename="a b.mp4"\r\n'
    b"Content-Type: video/mp4\r\n\r\n" + CONTENT + b"\r\n--bound-ary--\r\n"
)


@given(st.lists(st.integers(0, len(FORM)), max_size=12))
def test_a_form_is_the_same_however_it_is_cut(cuts):
    into, edges = io.BytesIO(), [0, *sorted(cuts), len(FORM)]
    form = OneFile(b"bound-ary", into)
    for start, end in pairwise(edges):
        form.write(FORM[start:end])
    assert form.end() == "a b.mp4"
    assert into.getvalue() == CONTENT


@given(st.binary(max_size=400), st.integers(0, len(FORM) - 5))
def test_whatever_is_no_whole_form_is_refused(junk, kept):
    def read():
        form = OneFile(b"bound-ary", io.BytesIO())
        form.write(FORM[:kept])
        form.write(junk)
        form.end()

    with pytest.raises(Refused):
        read()


def test_a_header_without_end_is_refused():
    form = OneFile(b"b", io.BytesIO())
    with pytest.raises(Refused):
        form.write(b"--b\r\nX: " + b"y" * 10_000)


@given(st.text(max_size=300))
def test_names_of_clients_lead_nowhere(name):
    ending, shown = ending_of(name), printable(name)
    assert not set("/\\\0") & set(ending)
    assert len(ending) <= 13
    assert not set("/\\\n\0") & set(shown)
    assert len(shown) <= 200


@pytest.mark.parametrize(("name", "ending"), [("a.MP4", ".mp4"), ("a.tar.gz", ".gz"), ("a", ""), (".mp4", ""),
                                              ("../../a.mp4", ".mp4"), ("a.m p4", ""), ("a.mp4/../x", "")])  # fmt: skip
def test_endings(name, ending):
    assert ending_of(name) == ending


@pytest.mark.parametrize(
    ("head", "of_pictures", "of_others"),
    [
        (b"#EXTM3U\n", True, True),
        (b"\xef\xbb\xbf #extm3u", True, True),
        (b"ffconcat version 1.0", True, True),
        (b"<?xml version='1.0'?><MPD>", True, False),
        (b"v=0\no=-", True, False),
        (b"\0\0\0\x20ftypisom", False, False),
        (b"a text of #EXTM3U", False, False),
        (b"", False, False),
    ],
)
def test_lists_of_other_files_are_known_by_their_head(head, of_pictures, of_others, tmp_path):
    (tmp_path / "file").write_bytes(head)
    assert names_other_files(tmp_path / "file", pictures=True) == of_pictures
    assert names_other_files(tmp_path / "file", pictures=False) == of_others
