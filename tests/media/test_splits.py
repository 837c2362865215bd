from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from seqpipe.config import CorpusConfig
from seqpipe.core.errors import UserError
from seqpipe.media.group_choice import choose_groups
from seqpipe.media.splits import assign_splits


def table(rows: list[tuple]) -> pd.DataFrame:
    """Rows of (label, group[, split[, sha256]])."""
    filled = [(*row, *(None, None, f"sha{n}")[len(row) - 1 :]) for n, row in enumerate(rows)]
    frame = pd.DataFrame(filled, columns=["label", "group", "split", "sha256"], dtype=object)
    return frame.assign(id=[f"{n:03d}" for n in range(len(rows))])


ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30).map(str)), min_size=12, max_size=120)


@settings(deadline=None, max_examples=60)
@given(rows=ROWS, seed=st.integers(0, 5))
def test_groups_stay_whole_and_every_class_is_trained(rows, seed):
    samples = table(rows)
    assume(samples["label"].nunique() > 1)
    config = _config()
    assume(samples.groupby("label")["group"].nunique().min() > 2)  # else a class may be unable to spare a group
    done = split(samples, config, seed)
    assert (done.groupby("group")["split"].nunique() == 1).all()
    assert set(done["label"][done["split"] == "train"]) == set(samples["label"])
    assert set(done["split"]) == {"train", "val", "test"}
    assert done.drop(columns=["split", "group"]).equals(samples.drop(columns=["split", "group"]))
    pd.testing.assert_frame_equal(done, split(samples, config, seed))


def split(samples, config, seed):
    """By the labels, as a classification is split."""
    return assign_splits(samples, config, seed, samples["label"])


def _config(**changed) -> CorpusConfig:
    values = {
        "path": None,
        "layout": "auto",
        "modality": "pictures",
        "group_pattern": None,
        "val_share": 0.2,
        "test_share": 0.2,
        "min_decoded_share": 0.8,
        "max_megapixels": 1.0,
        "max_seconds": 60.0,
        "max_quarantine_share": 0.5,
        "columns": [],
        "workers": 1,
    }
    return CorpusConfig(**(values | changed))


def test_single_samples_are_stratified_to_the_sample():
    samples = table([("a", None)] * 100 + [("b", None)] * 50 + [("c", None)] * 10)
    done = split(samples, _config(), 0)
    counts = pd.crosstab(done["label"], done["split"])
    assert counts["test"].tolist() == [20, 10, 2]
    assert counts["val"].tolist() == [16, 8, 2]


def test_the_seed_decides():
    samples = table([("a", None)] * 30 + [("b", None)] * 30)
    first, second = (split(samples, _config(), seed)["split"] for seed in (0, 1))
    assert not first.equals(second)


def test_few_unbalanced_groups():
    """Nine cameras see four classes unequally: whole ones are held out, with a share of every class."""
    random = np.random.default_rng(0)
    cameras = [
        [85, 20, 10, 18],
        [73, 14, 10, 9],
        [75, 11, 10, 6],
        [55, 17, 7, 6],
        [10, 9, 3, 10],
        [2, 3, 2, 6],
    ]
    cameras += [[4, 0, 1, 3], [2, 0, 2, 1], [0, 1, 4, 7]]
    counts = np.array(cameras)
    chosen = counts[choose_groups(counts, 0.2, random)].sum(axis=0) / counts.sum(axis=0)
    assert chosen == pytest.approx([0.2] * 4, abs=0.06)


@pytest.mark.parametrize("groups", [10, 200, 3000])
def test_a_choice_leaves_something_of_every_class(groups):
    random = np.random.default_rng(1)
    counts = random.multinomial(1, [0.7, 0.25, 0.05], size=groups) * random.integers(1, 4, size=(groups, 1))
    counts = counts[:, counts.sum(axis=0) > 0]
    chosen = choose_groups(counts, 0.3, random)
    assert (counts[~chosen].sum(axis=0) > 0).all()
    assert counts[chosen].sum() / counts.sum() == pytest.approx(0.3, abs=0.12)


def test_official_splits_are_kept_and_val_comes_out_of_train():
    rows = [("a", None, "train"), ("b", None, "train")] * 20 + [("a", None, "test"), ("b", None, "test")] * 5
    samples = table(rows)
    done = split(samples, _config(), 0)
    assert (done["split"][samples["split"] == "test"] == "test").all()
    assert done["split"].value_counts().to_dict() == {"train": 32, "val": 8, "test": 10}


def test_classes_that_a_split_has_nothing_of_are_told(caplog):
    rows = [("a", str(n)) for n in range(9)] + [("b", str(n)) for n in range(10, 19)]
    split(table(rows), _config(), 0)
    assert not caplog.text
    done = split(table([*rows, ("rare", "99")]), _config(), 0)
    assert done["split"][done["label"] == "rare"].tolist() == ["train"]
    assert "No test sample of 'rare' (1 in all): what the report says leaves that out." in caplog.text
    assert "No val sample of 'rare' (1 in all)" in caplog.text


def test_group_pattern_names_groups_and_others_are_their_own(caplog):
    samples = table([("a", None)] * 12 + [("b", None)] * 12)
    samples["id"] = [f"v_g{n % 6:02d}_c{n}.avi" for n in range(23)] + ["other.avi"]
    done = split(samples, _config(group_pattern=r"_(g\d+)_"), 0)
    assert set(done["group"]) == {*(f"g{n:02d}" for n in range(6)), "other.avi"}
    assert "1 of 24 samples matched no group" in caplog.text
    assert "other.avi" in caplog.text
    with pytest.raises(UserError, match="matches no sample"):
        split(samples, _config(group_pattern="zzz"), 0)


@settings(deadline=None, max_examples=40)
@given(clips=st.lists(st.integers(1, 7), min_size=8, max_size=40), seed=st.integers(0, 3))
def test_sources_in_names_lie_on_one_side(clips, seed):
    """Two classes whose clips are called as UCF101's are."""
    ids = [
        (label, f"{label}/v_{label}_g{group:02d}_c{clip:02d}.avi")
        for group, count in enumerate(clips)
        for label in ("Run", "Walk")
        for clip in range(count)
    ]
    samples = table([(label, None) for label, _ in ids]).assign(id=[name for _, name in ids])
    done = split(samples, _config(), seed)
    sources = done["id"].str.replace(r"_c\d+\.avi", "", regex=True)
    assert (done["split"].groupby(sources).nunique() == 1).all()
    alone = split(samples, _config(group_pattern="(.*)"), seed)
    assert (alone["group"] == alone["id"]).all()


def test_recognised_groups_are_told(caplog):
    samples = table([("Run", None)] * 12 + [("Walk", None)] * 12)
    samples["id"] = [f"{row.label}/v_{row.label}_g{n // 3 % 4:02d}_c{n:02d}.avi" for n, row in samples.iterrows()]
    with caplog.at_level(logging.INFO):
        done = split(samples, _config(), 0)
    assert done["group"].nunique() == 8
    assert "Recognised 8 groups in the names of 24 of 24 samples, such as 'Run_g00'" in caplog.text
    assert "(Run/v_Run_g00_c00.avi and 2 more)" in caplog.text
    assert "'(.*)' makes each sample one of its own" in caplog.text


def test_a_table_from_disk_is_split_as_one_in_memory(tmp_path):
    samples = table([("a", None, split) for split in ("train", "test")] * 8 + [("b", None, "train")] * 8)
    samples["id"] = [f"film{n // 4}_{n}.mp4" if n < 12 else f"{n}.mp4" for n in range(len(samples))]
    samples.to_parquet(tmp_path / "samples.parquet")
    done = [split(frame, _config(), 0) for frame in (samples, pd.read_parquet(tmp_path / "samples.parquet"))]
    assert done[0][["group", "split"]].values.tolist() == done[1][["group", "split"]].values.tolist()
    unnamed = pd.read_parquet(tmp_path / "samples.parquet").assign(id=[f"{n}.mp4" for n in range(len(samples))])
    assert (split(unnamed, _config(), 0)["group"] == unnamed["id"]).all()


def test_too_few_stems_for_groups_are_told(caplog):
    samples = table([("a", None), ("b", None)] * 12)
    samples["id"] = [f"{row.label}/{('jack', 'tom')[n // 2 % 2]}_{n}.mp4" for n, row in samples.iterrows()]
    with caplog.at_level(logging.INFO):
        done = split(samples, _config(), 0)
    assert (done["group"] == done["id"]).all()
    assert "The files of 'a' count behind 'jack' and 'tom': fewer than 3 groups" in caplog.text


def test_recognised_groups_on_both_sides_of_an_official_split_are_told(caplog):
    names = [f"{label}/film{n}_{clip}.mp4" for label in "ab" for n in range(6) for clip in range(4)]
    samples = table([(name[0], None, "test" if "film5" in name or "film0_3" in name else "train") for name in names])
    samples["id"] = names
    done = split(samples, _config(), 0)
    official = samples["split"]
    assert (done["split"][official == "test"] == "test").all()
    assert "1 of 6 recognised groups, such as 'film0', lie on more than one side of the official split" in caplog.text
    films = done["id"].str.extract(r"(film\d)")[0]
    assert (done["split"][official == "train"].groupby(films).nunique() == 1).all()  # val is taken by film
    assert (done["split"].groupby(done["group"]).nunique() == 1).all()


def test_a_clip_and_its_frames_are_one_group(caplog):
    samples = table([("a", None)] * 24 + [("b", None)] * 24)
    samples["id"] = [f"{row.label}/x{n // 2}x{('.mp4', '')[n % 2]}" for n, row in samples.iterrows()]
    done = split(samples, _config(), 0)
    assert done["group"].nunique() == 24
    assert (done.groupby("group")["split"].nunique() == 1).all()
    assert "48 samples differ by their ending alone, such as a/x0x.mp4 and a/x0x" in caplog.text
    samples["split"] = ["train", "test"] * 24
    with pytest.raises(UserError, match="lies on two sides"):
        split(samples, _config(), 0)


@pytest.mark.parametrize("share", [0.001, 0.02, 0.5, 0.9])
@pytest.mark.parametrize("per_class", [30, 100])
def test_no_split_is_left_empty(share, per_class):
    done = split(table([("a", None), ("b", None)] * per_class), _config(val_share=share, test_share=share), 0)
    assert set(done["split"]) == {"train", "val", "test"}


@pytest.mark.parametrize(("share", "per_class"), [(0.2, 2), (0.98, 20)])
def test_a_split_that_would_be_empty_is_named_with_the_remedy(share, per_class):
    samples = table([("a", None), ("b", None)] * per_class)
    with pytest.raises(UserError, match=r"The val split would be empty.* lower corpus\.test_share, add samples"):
        split(samples, _config(val_share=share, test_share=share), 0)


def test_equal_content_is_one_group():
    samples = table([("a", f"g{n}", None, f"s{n // 2}") for n in range(20)] + [("b", None)] * 20)
    done = split(samples, _config(), 0)
    assert (done[:20].groupby("sha256")["split"].nunique() == 1).all()
    assert done["group"].iloc[1] == "g0"


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([("a", "g1", "train"), ("b", "g1", "test"), ("b", "g2", "train")], "Group 'g1' lies on two sides"),
        ([("a", "g1", "train"), ("b", "g2", None)], "given for some samples"),
        ([("a", "g1", "train"), ("b", "g2", "test")], "No training sample of 'b'"),
        ([("a", "g1", "train"), ("b", "g2", "test"), ("a", "g3", "val")], "No training sample of 'b'"),
        ([("a", "g1"), ("b", "g1")], r"The test split would be empty.* raise corpus\.test_share, add samples, or"),
        ([("a", None), ("b", None), ("a", None, "test")], "given for some samples"),
        ([("a", None, "train"), ("b", None, "train"), ("a", None, "test")], "The val split would be empty"),
        ([("a", "g1", "train"), ("a", "g2", "test"), ("a", "g3", "val")], "At least two classes"),
    ],
)
def test_splits_that_cannot_be(rows, sentence):
    with pytest.raises(UserError, match=sentence):
        split(table(rows), _config(), 0)


def test_samples_without_a_label_are_divided_by_group_alone():
    samples = table([("whatever", f"g{n // 2}") for n in range(20)])
    done = assign_splits(samples, _config(), 0, None)
    assert set(done["split"]) == {"train", "val", "test"}
    assert (done.groupby("group")["split"].nunique() == 1).all()
    assert set(done["label"]) == {"whatever"}


def test_where_no_group_can_be_spared_for_val_it_stays_empty_and_that_is_told(caplog):
    rows = [("", "one", "train"), ("", "one", "train"), ("", "two", "test")]
    done = assign_splits(table(rows), _config(), 0, None)
    assert done["split"].tolist() == ["train", "train", "test"]
    assert "val is taken from the ends of its videos" in caplog.text


def test_a_val_that_is_given_stays_where_there_is_one_group_of_train(caplog):
    rows = [("", "one", "train"), ("", "two", "val"), ("", "three", "test")]
    assert assign_splits(table(rows), _config(), 0, None)["split"].tolist() == ["train", "val", "test"]
    assert not caplog.text


def test_one_group_of_samples_without_a_label_leaves_nothing_for_test():
    with pytest.raises(UserError, match=r"The test split would be empty: of 1 group\(s\)"):
        assign_splits(table([("", "one"), ("", "one")]), _config(), 0, None)
