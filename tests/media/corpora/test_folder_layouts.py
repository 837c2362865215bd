from __future__ import annotations

import logging

import pytest

from seqpipe.core.errors import UserError


def each(*folders: str, files=("1.jpg", "2.jpg", "3.jpg")) -> list[str]:
    return [f"{folder}/{file}" for folder in folders for file in files]


def splits(listed) -> dict[tuple[str, str], int]:
    """How many samples of each class and split."""
    found = [(label, split) for _, label, split in listed.samples.values()]
    return {pair: found.count(pair) for pair in sorted(set(found))}


@pytest.mark.parametrize(
    ("train", "val", "test"),
    [
        ("train", "valid", "test"),
        ("training_set", "validation_set", "test_set"),
        ("Train_Data", "validation-images", "testData"),
        ("TRAIN ", "Val", "Testing"),
        ("trainset", "devset", "testset"),
        ("train2017", "val2017", "test2017"),
        ("01_train", "02_val", "03_test"),
    ],
)
def test_split_folders_in_any_dress(tree, read, train, val, test):
    root = tree(*each(f"{train}/a", f"{train}/b", f"{test}/a", f"{test}/b"), *each(f"{val}/b", files=("9.jpg",)))
    listed = read(root)
    assert listed.layout == "split_folders"
    assert splits(listed) == {("a", "test"): 3, ("a", "train"): 3, ("b", "test"): 3, ("b", "train"): 3, ("b", "val"): 1}
    assert not listed.rejected


def test_folders_beside_the_splits_are_told_and_quarantined(tree, read, caplog):
    root = tree(*each("train/a", "train/b", "test/a", "test/b"), "annotations/a.txt", "extra/all/1.jpg", "x.jpg")
    with caplog.at_level(logging.INFO):
        listed = read(root)
    assert listed.layout == "split_folders"
    assert listed.rejected == {"extra": "label_unknown"}
    assert listed.samples.pop("x.jpg") == ("image", None, None)
    assert {label for _, label, _ in listed.samples.values()} == {"a", "b"}
    assert f"Passed over {root / 'annotations'}: it holds no videos or images" in caplog.text
    assert f"{root / 'extra'} is no split with class folders; nothing in it is used" in caplog.text


def test_a_test_folder_without_classes_is_quarantined(tree, read):
    listed = read(tree(*each("train/a", "train/b", "test")))
    assert splits(listed) == {("a", "train"): 3, ("b", "train"): 3}
    assert listed.rejected == {"test": "label_unknown"}


def test_a_training_folder_alone(tree, read):
    assert splits(read(tree(*each("train/a", "train/b"), "labels/a.json"))) == {("a", "train"): 3, ("b", "train"): 3}


def test_classes_that_hold_splits(tree, read):
    listed = read(tree(*each("cat/train", "dog/train", "cat/test_set", "dog/test_set")))
    assert listed.layout == "class_split_folders"
    assert splits(listed) == {(label, split): 3 for label in ("cat", "dog") for split in ("test", "train")}


@pytest.mark.parametrize(
    ("folders", "sentence"),
    [
        (["train", "test"], "'test', 'train' in .* read like splits"),
        (
            ["train_small/a", "train_small/b", "test_small/a", "test_small/b"],
            "'test_small', 'train_small' .* like splits",
        ),
        (["trainA", "trainB", "testA", "testB"], "read like splits"),
        (["cat", "dog", "test"], "'test' in .* read like splits"),
        (["test/cat", "test/dog", "val/cat", "val/dog"], "'test', 'val' in .* read like splits"),
        (["train/cat", "train/dog", "holdout/cat", "holdout/dog"], "'train' in .* read like splits"),
        (["cat/train", "cat/test", "dog"], "'cat' in .* hold folders that read like splits"),
        (["part1/cat", "part1/dog", "part2/cat", "part2/dog"], "'part1', 'part2' in .* same names .cat, dog."),
        (["images", "masks"], "'images', 'masks' in .* kind of files"),
        (["videos/walk", "frames/walk"], "'frames', 'videos' in .* kind of files"),
        (["train/images", "val/images"], "'images' in .* kind of files"),
        (["clips", "actions"], "'clips' in .* kind of files"),
        (["a/train/cat", "a/train/dog", "b/train/cat", "b/train/dog"], "all hold folders of the same names"),
    ],
)
def test_folders_that_are_hardly_classes_stop_the_run(tree, read, folders, sentence):
    with pytest.raises(UserError, match=f"{sentence}.*corpus.layout"):
        read(tree(*each(*folders)))


@pytest.mark.parametrize(
    "folders",
    [
        ["train", "bus", "car"],
        ["train_in_out", "bridge_down"],
        ["train_station", "train_yard"],
        ["walk/p01", "walk/p02", "run/p01", "run/p02"],
        ["walk/clips", "run/clips"],
        ["walk/rgb", "walk/depth", "run/rgb", "run/depth"],
        ["mask", "no_mask"],
    ],
)
def test_classes_whose_names_resemble_others_are_read(tree, read, folders):
    listed = read(tree(*each(*folders, files=("1.mp4", "2.mp4"))))
    assert listed.layout == "class_folders"
    assert {label for _, label, _ in listed.samples.values()} == {folder.partition("/")[0] for folder in folders}


def test_a_layout_that_is_named_is_not_doubted(tree, read):
    assert {label for _, label, _ in read(tree(*each("train", "test")), layout="class_folders").samples.values()} == {
        "train",
        "test",
    }


def test_class_folders_equal_to_the_eye_are_one_class(tree, read, caplog):
    with caplog.at_level(logging.INFO):
        listed = read(tree(*each("cafe\u0301", "caf\u00e9", "tea", "tea ")))
    assert [label for _, label, _ in listed.samples.values()].count("caf\u00e9") == 6
    assert {label for _, label, _ in listed.samples.values()} == {"caf\u00e9", "tea"}
    assert "are the one class 'caf\u00e9'" in caplog.text
