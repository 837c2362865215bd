"""Captions in JSON."""

from __future__ import annotations

import json

import pytest

from seqpipe.core.errors import UserError


def references(listing):
    return dict(zip(listing["id"], listing["references"], strict=True))


def coco(*names):
    images = [{"id": number, "file_name": name} for number, name in enumerate(names)]
    said = [
        {"image_id": number, "id": n, "caption": f"{n} of {number} .\n"} for number in range(len(names)) for n in "ab"
    ]
    return json.dumps({"info": {}, "images": images, "annotations": said})


COCO = {
    "annotations/captions_train2017.json": coco("1.jpg", "2.jpg"),
    "annotations/captions_val2017.json": coco("3.jpg"),
    "annotations/instances_val2017.json": json.dumps({"images": [], "annotations": [{"bbox": [1]}]}),
    "train2017/1.jpg": "",
    "train2017/2.jpg": "",
    "val2017/3.jpg": "",
}


def test_coco_is_read_with_the_splits_that_its_files_are_called_by(lay, listed):
    listing = listed(lay(COCO))
    assert references(listing)["train2017/2.jpg"] == ["a of 1 .", "b of 1 ."]
    assert dict(zip(listing["id"], listing["split"], strict=True)) == {
        "train2017/1.jpg": "train",
        "train2017/2.jpg": "train",
        "val2017/3.jpg": "val",
    }
    assert set(listing["kind"]) == {"image"}


def test_a_file_of_coco_may_be_named(lay, listed):
    listing = listed(lay(COCO) / "annotations/captions_val2017.json")
    assert references(listing) == {"../val2017/3.jpg": ["a of 0 .", "b of 0 ."]}


def test_images_may_lie_in_a_folder_beside_the_file(lay, listed):
    root = lay({"captions.json": coco("1.jpg", "2.jpg"), "images/1.jpg": "", "images/2.jpg": ""})
    listing = listed(root)
    assert listing["id"].tolist() == ["images/1.jpg", "images/2.jpg"]
    assert listing["split"].isna().all()


def test_several_files_of_one_split_are_refused(lay, listed):
    with pytest.raises(UserError, match=r"several files of captions \(a_train\.json, b_train\.json\)"):
        listed(lay({"a_train.json": coco("1.jpg"), "b_train.json": coco("1.jpg"), "1.jpg": ""}))


def test_a_caption_of_no_image_is_an_error(lay, listed):
    data = json.loads(coco("1.jpg"))
    data["annotations"].append({"image_id": 77, "caption": "x"})
    with pytest.raises(UserError, match="has a caption of the image 77, which it does not list"):
        listed(lay({"captions.json": json.dumps(data), "1.jpg": ""}))


def test_karpathys_splits(lay, listed):
    images = [
        {
            "filepath": "val2014",
            "filename": f"{n}.jpg",
            "split": split,
            "sentences": [{"raw": f"An {n}.", "tokens": ["n"]}],
        }
        for n, split in enumerate(("train", "restval", "val", "test"))
    ]
    files = {f"val2014/{n}.jpg": "" for n in range(4)}
    listing = listed(lay({"dataset_coco.json": json.dumps({"images": images, "dataset": "coco"}), **files}))
    assert listing["split"].tolist() == ["train", "train", "val", "test"]
    assert references(listing)["val2014/1.jpg"] == ["An 1."]


def msrvtt(*splits):
    videos = [{"video_id": f"video{n}", "split": split, "url": f"net/{n // 2}"} for n, split in enumerate(splits)]
    videos = [{key: value for key, value in video.items() if value} for video in videos]
    said = [{"video_id": video["video_id"], "sen_id": 0, "caption": "a cat"} for video in videos]
    files = {f"TrainValVideo/video{n}.mp4": "" for n in range(len(splits))}
    return {"train_val_videodatainfo.json": json.dumps({"videos": videos, "sentences": said}), **files}


def test_msrvtt_is_read_with_its_splits(lay, listed):
    listing = listed(lay(msrvtt("train", "train", "validate", "test")))
    assert listing["split"].tolist() == ["train", "train", "val", "test"]
    assert listing["group"].isna().all()
    assert references(listing)["TrainValVideo/video3.mp4"] == ["a cat"]


def test_clips_of_one_video_are_a_group_where_no_split_is_given(lay, listed):
    listing = listed(lay(msrvtt(None, None, None)))
    assert listing["group"].tolist() == ["net/0", "net/0", "net/1"]


@pytest.mark.parametrize("text", ['{"images": [{"sentences": 1}', '{"caption": 1}', "[]"])
def test_other_json_is_none_of_these(text, lay, listed):
    with pytest.raises(UserError, match=r"no JSON|holds no sentences"):
        listed(lay({"some.json": text, "a.jpg": ""}))
