"""What every model of sentences keeps, whatever it is."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from tests.models.sentences.spoken import (
    DECODERS,
    OF_CAPTIONS,
    OF_TRANSLATIONS,
    captioned,
    config_of,
    fitted,
    runtime_of,
    said,
    task_on,
    translated,
)

from seqpipe.data.dataset import unlabelled
from seqpipe.evaluation.base import COUNTED, LOG_P, answered_both_ways, evaluation_of
from seqpipe.models.base import Likelihood
from seqpipe.models.persist import read_model, save_model
from seqpipe.models.registry import kinds_reading
from seqpipe.models.search import search
from seqpipe.tasks.sentences import Said

EVERY = [*((kind, "captions") for kind in OF_CAPTIONS), *((kind, "translations") for kind in OF_TRANSLATIONS)]
of_every = pytest.mark.parametrize(("kind", "of"), EVERY)


@cache
def data_of(of):
    return {"captions": captioned, "translations": translated}[of]()


@cache
def model_of(kind, of):
    return fitted(kind, data_of(of), **({"epochs": 3} if kind in DECODERS else {}))


def test_these_are_all():
    assert {kind for kind, _ in EVERY} == {*kinds_reading("features", "sentence")}


@of_every
def test_it_says_a_sentence_of_each_sample(kind, of):
    model, test = model_of(kind, of), data_of(of).part("test")
    answers = model.predict_proba(test)
    assert answers.shape == (len(test),)
    assert all(isinstance(one, Said) and one.beams for one in answers)
    assert said(model, test) == [one.text for one in answers]
    assert model.kind == kind
    assert model.class_names == data_of(of).class_names


@of_every
def test_it_is_the_same_once_it_is_read_and_its_files_are_no_pickles(kind, of, tmp_path):
    model, test = model_of(kind, of), data_of(of).part("test")
    save_model(model, tmp_path / "m")
    loaded = read_model(tmp_path / "m")
    assert_says_the_same(loaded.predict_proba(test), model.predict_proba(test))
    for name in ("description", "parameters", "reads_order", "class_names", "task", "threads", "config"):
        assert getattr(loaded, name) == getattr(model, name), name
    assert {file.suffix for file in (tmp_path / "m").iterdir()} <= {".json", ".safetensors"}
    save_model(loaded, tmp_path / "again")
    for file in (tmp_path / "m").iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()


def assert_says_the_same(one, other):
    for a, b in zip(one, other, strict=True):
        assert [(x.text, x.tokens) for x in a.beams] == [(x.text, x.tokens) for x in b.beams]
        np.testing.assert_array_equal([(x.log_p, x.score) for x in a.beams], [(x.log_p, x.score) for x in b.beams])
        looked = [(x.attention, y.attention) for x, y in zip(a.beams, b.beams, strict=True)]
        assert all(np.array_equal(x, y) if x is not None else y is None for x, y in looked)


@of_every
def test_the_same_seed_says_the_same(kind, of):
    again = fitted(kind, data_of(of), **({"epochs": 3} if kind in DECODERS else {}))
    test = data_of(of).part("test")
    assert_says_the_same(again.predict_proba(test), model_of(kind, of).predict_proba(test))


@of_every
def test_of_no_samples_nothing_is_said(kind, of):
    assert model_of(kind, of).predict_proba(data_of(of).take(np.zeros(0, int))).shape == (0,)


@of_every
def test_what_is_asked_need_not_have_a_sentence(kind, of):
    model, test = model_of(kind, of), data_of(of).part("test")
    bare = replace(unlabelled(test.x, test.mask), tokens=test.tokens)
    assert said(model, bare) == said(model, test)


@of_every
def test_what_stands_behind_a_sample_changes_nothing(kind, of):
    model, test = model_of(kind, of), data_of(of).part("test")
    junk = np.where(test.mask[..., None], test.x, 3.0).astype(np.float32)
    assert said(model, replace(test, x=junk)) == said(model, test)


@of_every
def test_the_search_never_sees_test(kind, of):
    data, quick = data_of(of), {"epochs": 2} if kind in DECODERS else {"refit": True, "grid": {}}
    task = task_on(data)
    config = config_of(kind, task, **quick)
    told = [search(kind, config, some, runtime_of(), task) for some in (data, data.part("train", "val"))]
    assert said(told[0][0], data) == said(told[1][0], data)
    _, trials, record = told[0]
    assert record["trials"] == len(trials) == 1
    assert record["sure_from"] is None
    assert record["task"] == {"name": task.name, **task.facts()}


@of_every
def test_its_answers_become_the_table_of_its_task(kind, of):
    model, test = model_of(kind, of), data_of(of).part("test")
    table = answered_both_ways(model, test)
    assert table["predicted"].tolist() == said(model, test)
    assert (LOG_P in table) == (COUNTED in table) == isinstance(model, Likelihood) == (kind in DECODERS)
    assert evaluation_of(model.task.name).primary.key in model.task.val_scores(test.targets, model.predict_proba(test))
