"""ELAN's files, written and read."""

import pytest

from seqpipe.core.errors import UserError
from seqpipe.media.annotations import Mark, Marks
from seqpipe.media.corpora.elan import read_eaf, write_eaf

WALK, RUN = Mark(0.0, 1.25, "walk"), Mark(1.25, 3.0, "run")


def test_what_is_written_is_read(tmp_path):
    video = tmp_path / "my clips" / "a b.mp4"
    write_eaf(tmp_path / "a.eaf", video, {"truth": [WALK, RUN], "predicted": [WALK]})
    name, marks = read_eaf(tmp_path / "a.eaf", "truth")
    assert name == str(video)
    assert marks == Marks((WALK, RUN), "seconds")
    assert read_eaf(tmp_path / "a.eaf", "predicted")[1].marks == (WALK,)


def test_of_several_tiers_one_must_be_named(tmp_path):
    write_eaf(tmp_path / "a.eaf", tmp_path / "a.mp4", {"one": [WALK], "two": [RUN], "none": []})
    with pytest.raises(UserError, match=r"tiers one, two: name one by frame_labels\.tier"):
        read_eaf(tmp_path / "a.eaf")
    with pytest.raises(UserError, match=r"no tier 'three'; its tiers: one, two, none"):
        read_eaf(tmp_path / "a.eaf", "three")
    write_eaf(tmp_path / "b.eaf", tmp_path / "b.mp4", {"one": [WALK], "none": []})
    assert read_eaf(tmp_path / "b.eaf")[1].marks == (WALK,)


def test_a_broken_file_is_a_sentence(tmp_path):
    (tmp_path / "a.eaf").write_text("<ANNOTATION_DOCUMENT")
    with pytest.raises(UserError, match=r"a\.eaf cannot be read as an ELAN file"):
        read_eaf(tmp_path / "a.eaf")
