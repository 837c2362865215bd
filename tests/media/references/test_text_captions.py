"""Captions in the lists of Flickr8k and MSVD."""

from __future__ import annotations

import logging

import pytest

from seqpipe.core.errors import UserError

TOKENS = "".join(f"{n}.jpg#{k}\tA {n} , {k} .\n" for n in range(4) for k in range(2))
FLICKR = {"Flicker8k_Dataset/" + f"{n}.jpg": "" for n in range(4)} | {"Flickr8k_text/Flickr8k.token.txt": TOKENS}
SPLITS = {
    "Flickr8k_text/Flickr_8k.trainImages.txt": "0.jpg\n1.jpg\n",
    "Flickr8k_text/Flickr_8k.devImages.txt": "2.jpg\n",
    "Flickr8k_text/Flickr8k.lemma.token.txt": TOKENS,
}


def references(listing):
    return dict(zip(listing["id"], listing["references"], strict=True))


def test_flickr8k_without_its_lists_has_no_split(lay, listed):
    listing = listed(lay(FLICKR))
    assert references(listing)["Flicker8k_Dataset/3.jpg"] == ["A 3 , 0 .", "A 3 , 1 ."]
    assert listing["split"].isna().all()


def test_flickr8k_is_divided_by_its_lists_and_what_is_in_none_is_counted(lay, listed, caplog):
    with caplog.at_level(logging.INFO):
        listing = listed(lay(FLICKR | SPLITS))
    assert listing["split"].tolist() == ["train", "train", "val"]
    assert "2 captions are of images in no list of a split" in caplog.text


def test_another_line_is_told(lay, listed):
    with pytest.raises(UserError, match=r"has the line 'once upon'; expected a file, #, a number, a tab and a caption"):
        listed(lay({**FLICKR, "Flickr8k_text/Flickr8k.token.txt": TOKENS + "once upon\n"}))


MSVD = """# a comment
#
-4ws_UPC_5_15 a squirrel is eating
-4ws_UPC_5_15 it eats
-4ws_UPC_20_30 a dog
other_1_2 a cat
"""


def test_msvd_is_read_and_its_clips_are_grouped_by_their_video(lay, listed):
    clips = {f"YouTubeClips/{name}.avi": "" for name in ("-4ws_UPC_5_15", "-4ws_UPC_20_30", "other_1_2")}
    listing = listed(lay({"AllVideoDescriptions.txt": MSVD, **clips})).set_index("id")
    assert listing.at["YouTubeClips/-4ws_UPC_5_15.avi", "references"] == ["a squirrel is eating", "it eats"]
    assert listing["group"].to_dict() == {
        "YouTubeClips/-4ws_UPC_5_15.avi": "-4ws_UPC",
        "YouTubeClips/-4ws_UPC_20_30.avi": "-4ws_UPC",
        "YouTubeClips/other_1_2.avi": "other",
    }
    assert set(listing["kind"]) == {"video"}
