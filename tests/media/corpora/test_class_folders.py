from __future__ import annotations

import logging

import pytest


def numbered(folder: str, count: int, suffix: str = ".jpg") -> list[str]:
    return [f"{folder}/{folder.rpartition('/')[2]}{n:02d}{suffix}" for n in range(count)]


def kinds(listed) -> dict[tuple[str, str], int]:
    """How many samples of each class and kind."""
    found = [(label, kind) for kind, label, _ in listed.samples.values()]
    return {pair: found.count(pair) for pair in sorted(set(found))}


@pytest.mark.parametrize("odd", ["cat/funny.gif", "cat/cat.mp4", "cat/sound.wav", "cat/what.xyz", "cat/deep/a.mp4"])
def test_one_odd_file_among_images_is_the_exception(tree, read, odd):
    listed = read(tree(*numbered("cat", 6), *numbered("dog", 4), odd))
    assert kinds(listed) == {("cat", "image"): 6, ("dog", "image"): 4}
    assert listed.rejected == {odd: "other_kind"}


def test_an_odd_file_in_each_class_of_images(tree, read):
    listed = read(tree(*numbered("cat", 6), *numbered("dog", 6), "cat/a.gif", "dog/b.gif"))
    assert kinds(listed) == {("cat", "image"): 6, ("dog", "image"): 6}


@pytest.mark.parametrize("odd", ["cat/poster.jpg", "cat/pictures/1.png"])
def test_one_image_among_videos_is_the_exception(tree, read, odd):
    listed = read(tree(*numbered("cat", 4, ".mp4"), *numbered("dog", 4, ".mp4"), odd))
    videos = {key: count for key, count in kinds(listed).items() if key[1] == "video"}
    assert videos == {("cat", "video"): 4, ("dog", "video"): 4}


def test_images_are_taken_at_any_depth_where_most_lie_loose(tree, read, caplog):
    listed = read(tree(*numbered("cat", 13), *numbered("cat/more", 3), *numbered("dog", 9), *numbered("dog/a/b", 2)))
    assert kinds(listed) == {("cat", "image"): 16, ("dog", "image"): 11}
    assert not listed.rejected
    assert "3 images in 1 folder(s) inside the class folder cat, such as more, are taken for images" in caplog.text


def test_folders_of_frames_beside_a_few_images(tree, read):
    root = tree("a/one/1.jpg", "a/one/2.jpg", "b/two/1.png", "b/preview.png", "b/broken.mp4", "b/deep/er/c.mp4")
    listed = read(root)
    assert listed.samples == {
        "a/one": ("frames", "a", None),
        "b/two": ("frames", "b", None),
        "b/broken.mp4": ("video", "b", None),
        "b/deep/er/c.mp4": ("video", "b", None),
    }
    assert listed.rejected == {"b/preview.png": "other_kind"}


def test_folders_of_frames_with_a_preview_each(tree, read):
    clips = [f"{label}/clip{n}" for label in ("walk", "run") for n in range(3)]
    listed = read(tree(*(f"{clip}/{n}.jpg" for clip in clips for n in range(4)), *(f"{clip}.jpg" for clip in clips)))
    assert sorted(listed.samples) == sorted(clips)
    assert listed.rejected == {f"{clip}.jpg": "other_form" for clip in clips}


def test_one_image_does_not_make_a_folder_of_videos_a_clip(tree, read):
    listed = read(tree("a/persons/poster.jpg", *numbered("a/persons/p1", 3, ".mp4"), *numbered("b", 3, ".mp4")))
    assert kinds(listed) == {("a", "video"): 3, ("b", "video"): 3}
    assert listed.rejected == {"a/persons/poster.jpg": "other_kind"}


@pytest.mark.parametrize("odd", ["sound.wav", "index.dat", "preview.gif"])
def test_an_odd_file_does_not_unmake_a_folder_of_frames(tree, read, odd):
    frames = [f"{clip}/{n}.jpg" for clip in ("a/one", "b/two") for n in range(4)]
    listed = read(tree(*frames, f"a/one/{odd}"))
    assert listed.samples.keys() == {"a/one", "b/two"}
    assert listed.rejected == {f"a/one/{odd}": "other_form"}


def test_a_class_of_another_kind_is_taken_and_told(tree, read, caplog):
    listed = read(tree(*numbered("cat", 4, ".mp4"), *numbered("dog", 6)))
    assert kinds(listed) == {("cat", "video"): 4, ("dog", "image"): 6}
    assert "Classes differ in kind: still images in dog, clips in cat" in caplog.text


@pytest.mark.parametrize(
    ("clip", "form"),
    [
        ("a01.mp4", "a01/{}.jpg"),
        ("a01.mp4", "a01_frames/{}.jpg"),
        ("a01.mp4", "frames/a01.mp4/{}.jpg"),
        ("videos/a01.mp4", "frames/a01/{}.jpg"),
        ("p1/videos/a01.mp4", "p1/frames/a01/{}.jpg"),
        ("a01.mp4", "a01_{}.jpg"),
        ("a01.mp4", "thumbs/a01_{}.png"),
        ("a01.mp4", "a01.mp4.{}.png"),
        ("deep/a01.mp4", "deep/{}.jpg"),
        ("a01/a01.mp4", "a01/frames/{}.jpg"),
        ("a01/video.mp4", "a01/frames/{}.jpg"),
    ],
)
def test_a_clip_and_its_frames_are_one_sample(tree, read, clip, form):
    other = [f"a{n:02d}.avi" for n in range(2, 5)]
    files = [clip, *(form.format(n) for n in range(4)), *other]
    listed = read(tree(*(f"{label}/{file}" for label in ("walk", "run") for file in files)))
    assert sorted(listed.samples) == sorted(f"{label}/{file}" for label in ("walk", "run") for file in (clip, *other))
    assert set(listed.rejected.values()) == {"other_form"}


def test_what_lies_below_frames_and_beside_clips_is_another_form(tree, read):
    listed = read(
        tree(
            *(f"a/one/{n}.jpg" for n in range(4)),
            *(f"a/one/masks/{n}.png" for n in range(4)),
            *(f"a/one_flow/{n}.jpg" for n in range(4)),
            *("b/two.mp4", "b/two_depth.mp4", "b/two.wav", "b/TWO.LRV", "b/TWO.THM"),
        )
    )
    assert listed.samples.keys() == {"a/one", "b/two.mp4"}
    assert set(listed.rejected.values()) == {"other_form"}
    assert len(listed.rejected) == 6


def test_a_film_below_its_frames_is_the_other_form(tree, read):
    frames = [f"{clip}/{n}.jpg" for clip in ("a/one", "b/two") for n in range(4)]
    listed = read(tree(*frames, "a/one/video/one.mp4", "b/two/two/two.mp4"))
    assert listed.samples.keys() == {"a/one", "b/two"}
    assert set(listed.rejected.values()) == {"other_form"}


def test_masks_beside_images_are_another_form(tree, read):
    listed = read(tree(*numbered("cat", 4), *numbered("dog", 4), *(f"cat/cat{n:02d}_mask.png" for n in range(4))))
    assert kinds(listed) == {("cat", "image"): 4, ("dog", "image"): 4}
    assert set(listed.rejected.values()) == {"other_form"}


def test_numbers_behind_a_point_are_part_of_the_name(tree, read):
    listed = read(tree("walk/s1.mp4", "walk/s1.001/1.jpg", "walk/s1.002/1.jpg", "run/s2.mp4"))
    assert len(listed.samples) == 4


def test_clips_of_the_same_name_in_other_folders_are_other_clips(tree, read):
    listed = read(tree("walk/p1/1.mp4", "walk/p2/1.mp4", "run/p1/1.mp4", "run/p2/1/1.jpg"))
    assert len(listed.samples) == 4


def test_images_beside_the_frames_are_told(tree, read, caplog):
    clips = ("a/one", "b/two")
    with caplog.at_level(logging.INFO):
        read(tree(*(f"{clip}/{name}_{n:04d}.jpg" for clip in clips for name in ("img", "flow_x") for n in range(3))))
    assert "6 entries not of the frames they lie among: flow_x_0000.jpg (2)" in caplog.text


def test_unknown_files_are_listed_for_probing_and_side_files_are_told(tree, read, caplog):
    with caplog.at_level(logging.INFO):
        listed = read(tree("a/1.h264", "a/2.mp4", "a/3", "a/README", "b/4.xyz", "b/5.mp4", "b/5.srt"))
    assert listed.samples.keys() == {"a/1.h264", "a/2.mp4", "a/3", "b/4.xyz", "b/5.mp4"}
    assert "2 entries beside the data: README, 5.srt" in caplog.text
