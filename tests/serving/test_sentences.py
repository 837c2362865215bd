"""A server tells sentences, and what was looked at for each word only where it is asked."""

import json
from types import SimpleNamespace

import pytest
from PIL import Image
from tests.use.speakers import RUNTIME, captioner_in, film, narrator_in, picture, translator_in

from seqpipe.serving.answering import Answerer
from seqpipe.serving.limits import Limits

LIMITS = Limits(200, None, None, timeout_s=60, upload_s=60, stalled_s=20, workers=1, queue=1)


@pytest.fixture(scope="module")
def answering(tmp_path_factory):
    def of(make):
        folder = tmp_path_factory.mktemp("served")
        return Answerer(SimpleNamespace(bundle=make(folder), runtime=RUNTIME, named="it"), LIMITS, folder / "kept")

    return of


def body(answerer, file, attention, frames=2):
    reply = answerer.reply(str(file), file.name, frames, attention=attention)
    assert reply["status"] == 200, reply
    json.dumps(reply, allow_nan=False)
    return reply["body"]


def test_of_a_picture_it_is_told_where_its_places_lie(answering, tmp_path):
    answerer = answering(captioner_in)
    assert (answerer.model["told"], answerer.model["per"]) == ("sentence", "sentence")
    file = picture(tmp_path / "new.png", "red", 40)
    told = body(answerer, file, attention=True)
    assert told["sentence"].startswith("a red picture")
    assert told["sentence"] == told["beams"][0]["sentence"]
    look = told["attention"]
    assert look["grid"] == [7, 7]
    assert all(sum(row) == pytest.approx(1.0, abs=1e-3) for row in look["weights"])
    assert {len(row) for row in look["weights"]} == {49}
    (shown,) = told["frames"]
    assert shown["area"] == pytest.approx([0.125, 0.0, 0.875, 1.0]), "the square in the middle of 64 x 48"
    plain = body(answerer, file, attention=False)
    assert "attention" not in plain
    assert "area" not in plain["frames"][0]


def test_of_a_film_the_times_of_all_its_steps_are_told(answering, tmp_path):
    frames = [Image.open(file) for file in sorted(film(tmp_path / "film", "red", "green", 4).iterdir())]
    frames[0].save(tmp_path / "film.gif", save_all=True, append_images=frames[1:], duration=100)
    told = body(answering(narrator_in), tmp_path / "film.gif", attention=True)
    assert len(told["attention"]["times_s"]) == 4
    assert "grid" not in told["attention"]
    assert [set(frame) for frame in told["frames"]] == [{"time_s", "image"}] * 2


def test_of_a_text_its_words_are_told_in_the_place_of_a_drawing(answering, tmp_path):
    answerer = answering(translator_in)
    file = tmp_path / "new.txt"
    file.write_text("eins hund", encoding="utf-8")
    told = body(answerer, file, attention=True)
    assert told["attention"]["source"] == ["eins", "<unknown>"]
    assert told["frames"] == []
    assert len(body(answerer, file, attention=False)["frames"]) == 1
