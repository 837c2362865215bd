"""Sentences of the nearest samples."""

from dataclasses import replace

import numpy as np
import pytest
from tests.models.conftest import make_dataset
from tests.models.sentences.spoken import built, captioned, fitted, said, task_on, with_sentences

from seqpipe.core.errors import UserError
from seqpipe.models.sentences import neighbours


def told(vectors, references, splits):
    """A D' of these vectors (N, D), each a step of its own."""
    x = np.array(vectors, np.float32)[:, None]
    dataset = make_dataset(x, np.zeros(len(x)), np.ones(len(x)), ("none",))
    return with_sentences(replace(dataset, splits=np.array(splits, object)), references)


SPLITS = ["train"] * 4 + ["test"]


def test_the_nearest_sample_is_that_of_the_smallest_angle_seen_from_the_mean_of_train():
    vectors = [[3, 2], [2, 3], [1, 2], [2, 1], [5, 2.1]]
    data = told(vectors, [["east", "right"], ["north"], ["west"], ["south"], ["?"]], SPLITS)
    assert said(fitted("nearest_neighbour", data), data.part("test")) == ["east"]
    assert said(fitted("nearest_neighbour", data), data.part("train")) == ["east", "north", "west", "south"]


def test_the_consensus_is_the_sentence_that_is_most_like_the_others_of_the_neighbours():
    vectors = [[3, 0.3], [3, 0], [3, -0.2], [-9, -0.1], [5, 0.45]]
    references = [["a bird sits in a tree"], ["a dog runs on the beach"], ["a dog runs on the grass"], ["no"], ["?"]]
    data = told(vectors, references, SPLITS)
    model = fitted("consensus", data, neighbours=3, grid={})
    assert model.nearest(data.part("test"), 3).tolist() == [[0, 1, 2]]
    assert said(model, data.part("test")) == ["a dog runs on the beach"], "of equals that of the nearer"
    assert said(fitted("consensus", data, neighbours=1, grid={}), data.part("test")) == ["a bird sits in a tree"]
    assert said(fitted("nearest_neighbour", data), data.part("test")) == ["a bird sits in a tree"]


def test_all_sentences_of_a_neighbour_are_asked():
    vectors = [[3, 0.3], [3, 0], [3, -0.2], [-9, -0.1], [5, 0.45]]
    references = [["x", "the red kite flies"], ["y"], ["the red kite"], ["no"], ["?"]]
    model = fitted("consensus", told(vectors, references, SPLITS), neighbours=3, grid={})
    assert said(model, told(vectors, references, SPLITS).part("test"))[0] in ("the red kite flies", "the red kite")


@pytest.mark.parametrize("steps", [1, 3])
def test_of_places_and_real_steps_the_mean_is_compared(steps):
    data = captioned(steps=steps, places=4)
    model = built("nearest_neighbour", data, task_on(data, places=4))
    parts = data.x.reshape(len(data), steps, 4, 5)
    by_hand = [parts[n, data.mask[n]].mean(axis=(0, 1)) for n in range(len(data))]
    np.testing.assert_allclose(model._pooled(data), by_hand, rtol=1e-5, atol=1e-6)


def test_many_are_asked_a_few_at_a_time(captions, monkeypatch):
    model = fitted("consensus", captions, grid={})
    whole = model.nearest(captions, 7)
    assert whole.shape == (len(captions), 7)
    monkeypatch.setattr(neighbours, "ASKED_AT_ONCE", 5)
    assert np.array_equal(model.nearest(captions, 7), whole)


def test_there_may_be_fewer_neighbours_than_are_asked(captions):
    assert fitted("consensus", captions, grid={}).nearest(captions, 1000).shape[1] == len(captions.part("train"))


@pytest.mark.parametrize(("value", "why"), [(np.nan, "not finite"), (1.0, "are the same")])
def test_features_that_tell_nothing_are_refused(captions, value, why):
    with pytest.raises(UserError, match=why):
        fitted("nearest_neighbour", replace(captions, x=np.full_like(captions.x, value)))
