from __future__ import annotations

import itertools

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpipe.media.corpora.group_names import named_groups


def samples(*ids: str) -> pd.DataFrame:
    """Samples in class folders, or in none: of a class of the first word of their names then."""
    labels = [sample.split("/")[0] if "/" in sample else sample.split("_")[0] for sample in ids]
    return pd.DataFrame({"id": ids, "label": labels})  # of pandas' own strings, as tables on disk give them


def numbered(*names: str, count: int = 4) -> list[str]:
    """``name`` with ``{}`` replaced by a counter."""
    return [name.format(n) for name in names for n in range(1, count + 1)]


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        # UCF101's: whatever class folders they lie in, and however few they are
        (["Archery/v_Archery_g01_c0{}.avi", "Archery/v_Archery_g02_c0{}.avi"], {"Archery_g01", "Archery_g02"}),
        (["a/v_Tai_Chi_g25_c1{}", "b/x{}.mp4"], {"Tai_Chi_g25"}),
        # HMDB51's: a film is one source, whatever it shows
        (
            ["wave/Up_wave_f_cm_np1_fr_med_{}.avi", "brush hair/Up_brush_hair_u_nm_np2_ba_goo_{}.avi"],
            {"Up"},
        ),
        # Kinetics'
        (["a/-3B32lodo2M_00000{}_000015.mp4", "b/0bSaJ_3B-32_00000{}_000015.mp4"], {"-3B32lodo2M", "0bSaJ_3B-32"}),
        # A stem before a counter
        (["a/lecture1_clip_0{}.mp4", "a/lecture2_clip_0{}.mp4", "a/lecture3_clip_0{}.mp4"], 3),
        (["a/videoA-00{}.mp4", "a/videoB-00{}.mp4", "a/videoC-00{}.mp4"], 3),
        (["a/film1 ({}).mp4", "a/film2 ({}).mp4", "a/film3 ({}).mp4"], 3),
        (["a/s1.{}.jpg", "a/s2.{}.jpg", "a/s3.{}.jpg"], 3),
        (["a/20200626_154313_0{}.mp4", "a/20200627_190147_0{}.mp4", "a/20200627_212458_0{}.mp4"], 3),
        # One source cut into clips of several classes is one group
        (["up/w1_up{}.mp4", "down/w1_down{}.mp4", "up/w2_up{}.mp4", "up/w3_up{}.mp4"], {"w1", "w2", "w3"}),
        (["up/w1_{}.mp4", "down/w1_{}.mp4", "up/w2_{}.mp4", "up/w3_{}.mp4"], {"w1", "w2", "w3"}),
        # A class that is merely numbered does not hide the sources of another
        (["a/w1_{}.mp4", "a/w2_{}.mp4", "a/w3_{}.mp4", "b/other_{}.mp4"], {"w1", "w2", "w3"}),
    ],
)
def test_sources_in_names(names, groups):
    table = samples(*numbered(*names))
    found = named_groups(table).dropna()
    assert found.nunique() == groups if isinstance(groups, int) else set(found) == groups
    assert (found.value_counts() > 1).all()


@pytest.mark.parametrize(
    "names",
    [
        ["a/img_000{}.jpg", "b/img_000{}.jpg"],
        ["a/000{}.jpg", "b/000{}.jpg"],
        ["cat/cat.{}.jpg", "dog/dog.{}.jpg"],
        ["cat_{}.jpg", "dog_{}.jpg"],
        ["a/train_000{}.mp4", "a/test_000{}.mp4", "a/val_000{}.mp4", "b/train_000{}.mp4"],
        ["cat/train_cat_{}.jpg", "cat/test_cat_{}.jpg", "cat/img_{}.jpg", "cat/{}.jpg"],
        ["a/a0{}.mp4", "b/b0{}.mp4"],
        ["up/left_to_up{}.mp4", "down/right{}.mp4"],
        ["A/jack_00{}", "A/tom_00{}", "B/jack_00{}", "B/tom_00{}"],
        ["a/2020-01-0{}.mp4", "a/2020-02-0{}.mp4", "a/2020-03-0{}.mp4", "a/2020-04-0{}.mp4"],
        ["a/VID_20200101_12000{}.mp4", "a/VID_20200102_12000{}.mp4", "a/VID_20200103_12000{}.mp4"],
        ["a/0123456789abcde{}f.mp4", "b/123456{}789abcdef.mp4"],
        ["a/n01440764_{}.JPEG", "b/n01443537_{}.JPEG"],
        ["a/ILSVRC2012_val_0000000{}.JPEG", "b/ILSVRC2012_val_0000001{}.JPEG"],
    ],
)
def test_names_that_merely_number_a_class(names):
    assert named_groups(samples(*numbered(*names))).isna().all()


def test_a_stem_of_nearly_a_whole_class_numbers_it():
    few = [f"a/odd{letter}.jpg" for letter in "xyz"]
    assert named_groups(samples(*numbered("a/foo_{}.jpg", count=40), *few)).isna().all()


def test_every_form_of_sample_is_told_by_its_name():
    table = samples("a/x1_1.mp4", "a/x1_2", "a/x2_1.jpg", "a/x2_2.png", "a/v.2_1", "a/v.2_2")
    assert named_groups(table).tolist() == ["x1", "x1", "x2", "x2", "v.2", "v.2"]


SOURCES = st.dictionaries(
    st.from_regex(r"[a-z]{1,6}[0-9][a-z]?", fullmatch=True), st.integers(2, 9), min_size=4, max_size=12
)


@settings(deadline=None, max_examples=60)
@given(sources=SOURCES, separator=st.sampled_from(["_", "-", " ", ".", "_clip_", " ("]), width=st.integers(1, 4))
def test_any_sources_of_a_class_are_recognised(sources, separator, width):
    ids = [f"a/{name}{separator}{n:0{width}d}.mp4" for name, count in sources.items() for n in range(count)]
    found = named_groups(samples(*ids))
    by_source = [name for name, count in sources.items() for _ in range(count)]
    if max(sources.values()) > 0.75 * len(ids):
        return
    for (one, first), (other, second) in itertools.combinations(zip(by_source, found, strict=True), 2):
        assert (one == other) == (first == second)


@settings(deadline=None, max_examples=60)
@given(ids=st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=20, unique=True))
def test_any_names_are_answered(ids):
    found = named_groups(samples(*ids))
    assert len(found) == len(ids)
    assert (found.value_counts() > 1).all()
