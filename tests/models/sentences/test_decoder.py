"""Decoders: what they learn, how sure they are of it, what val decides, and what a training may be interrupted by."""

from copy import deepcopy
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.models.sentences.spoken import (
    DECODERS,
    built,
    captioned,
    config_of,
    fitted,
    runtime_of,
    said,
    task_on,
    translated,
)

from seqpipe.core.errors import UserError
from seqpipe.metrics.segments import UNLABELLED
from seqpipe.models.persist import read_model, save_model
from seqpipe.models.search import search
from seqpipe.models.sentences.decoder import Decoder
from seqpipe.runtime.devices import computing
from seqpipe.targets.sentences import SentenceTargets
from seqpipe.targets.vocabulary import BEGIN, END, UNKNOWN
from seqpipe.tasks.sentences import Sentences, VideoCaptioning

NOISY = {"dropout": 0.3, "token_dropout": 0.1, "label_smoothing": 0.1, "scheduled_sampling": 0.3, "keep": "best"}


@cache
def trained(kind, **changes):
    """On captions; only look."""
    return fitted(kind, captioned(), **changes)


def exact(model, data):
    return model.task.val_scores(data.targets, model.predict_proba(data))["exact"]


@pytest.mark.parametrize(("kind", "cell"), [*((kind, "gru") for kind in DECODERS), ("decoder_attention", "lstm")])
def test_each_learns_what_a_vector_is_called(kind, cell, captions):
    model = fitted(kind, captions, cell=cell, epochs=20)
    assert exact(model, captions.part("test")) > 0.9


def test_it_learns_what_is_seen_in_clips(clips):
    assert exact(fitted("decoder_init", clips, epochs=20), clips.part("test")) > 0.9


def test_the_factored_one_learns_as_well(captions):
    model = fitted("decoder_par", captions, factored=True, tied=False, epochs=20)
    assert exact(model, captions.part("test")) > 0.9


def test_attention_learns_to_translate_token_by_token():
    data = translated(480)
    model = fitted("decoder_attention", data, epochs=12, learning_rate=0.015, hidden=32, attention=16)
    assert exact(model, data.part("test")) > 0.9


@pytest.mark.parametrize(("places", "steps"), [(4, 1), (2, 3)])
def test_places_are_looked_at_by_themselves_or_as_their_mean(places, steps):
    data = captioned(steps=steps, places=places)
    for kind in ("decoder_attention", "decoder_par"):
        model = fitted(kind, data, task_on(data, places=places), epochs=12)
        assert exact(model, data.part("test")) > 0.9
        best = model.predict_proba(data.part("test"))[0].beams[0]
        if kind == "decoder_attention":
            assert best.attention.shape == (len(best.tokens), places * steps)
            np.testing.assert_allclose(best.attention.sum(axis=1), 1.0, atol=1e-5)
        else:
            assert best.attention is None


@pytest.mark.parametrize("kind", DECODERS)
def test_what_a_sentence_is_likely_is_the_sum_over_its_tokens_and_that_of_the_search(kind, captions):
    model, test = trained(kind, epochs=3), captions.part("test")
    answers = model.predict_proba(test)
    texts = tuple((one.text,) for one in answers)
    sentences = SentenceTargets(texts, model.vocabulary)
    told = model.log_likelihood(replace(test, targets=sentences))
    lengths = [len(one.beams[0].tokens) for one in answers]
    assert max(lengths) < model.task.rules.max_length, "all have come to their end"
    assert told[:, 1].tolist() == [length + 1 for length in lengths]
    np.testing.assert_allclose(told[:, 0], [one.beams[0].log_p for one in answers], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", DECODERS)
def test_references_are_as_likely_as_they_are_token_by_token(kind, captions):
    model, test = trained(kind, epochs=3), captions.part("test")
    told = model.log_likelihood(test)
    x, mask = model._shown(test)
    by_hand = np.zeros((len(test), 2))
    for row, of in enumerate(test.targets.t):
        for tokens in of[of[:, 0] == BEGIN]:
            tokens = tokens[tokens != UNLABELLED]
            state = model.net.begun(x[row : row + 1], mask[row : row + 1])
            for before, token in pairwise(tokens.tolist()):
                answer = model.net.step(torch.tensor([before]), state)
                state = answer.state
                by_hand[row] += (answer.log_p[0, token].item(), 1)
    np.testing.assert_allclose(told, by_hand, rtol=1e-5)


@pytest.mark.parametrize("kind", DECODERS)
def test_beams_come_the_best_first_and_say_nothing_that_is_forbidden(kind, captions):
    model = trained(kind, epochs=3)
    for one in model.predict_proba(captions.part("test")):
        scores = [beam.score for beam in one.beams]
        assert scores == sorted(scores, reverse=True)
        assert len(one.beams) == model.task.rules.beam
        assert len({beam.tokens for beam in one.beams}) == len(one.beams)
        assert not {"<unknown>", "<begin>", "<end>"} & {token for beam in one.beams for token in beam.tokens}


def test_drawn_sentences_are_drawn_again_by_the_seed_that_is_kept(captions, tmp_path):
    task = task_on(captions, sampling="sample", temperature=3.0)
    model, test = fitted("decoder_par", captions, task, seed=7, epochs=2), captions.part("test")
    save_model(model, tmp_path / "m")
    assert said(read_model(tmp_path / "m"), test) == said(model, test)
    assert len(set(said(model, test))) > 6, "each sample draws by itself"
    other = fitted("decoder_par", captions, task, seed=8, epochs=2)
    assert said(other, test) != said(model, test)


# What val decides


def test_what_is_drawn_of_a_sample_does_not_depend_on_what_is_asked_beside_it(captions):
    model = fitted("decoder_par", captions, task_on(captions, sampling="sample", temperature=3.0), epochs=2)
    rows = np.arange(len(captions))
    together = said(model, captions)
    assert [said(model, captions.take(rows[n : n + 1]))[0] for n in rows] == together
    assert said(model, captions.take(rows[::-1])) == together[::-1]
    assert len(set(together)) > 6, "another of each"


@pytest.mark.parametrize(("least", "epochs"), [(1, 2), (3, 2), (11, 4)])
def test_where_an_epoch_has_few_batches_there_are_more_epochs(least, epochs, captions):
    model = fitted("decoder_par", captions, epochs=2, min_steps=least)
    steps = len(model._batches(captions.part("train"), shuffle=True))
    assert steps == 3
    assert len(model.history) == epochs


def test_the_best_epoch_is_the_one_that_says_the_best_sentences(captions, monkeypatch):
    judge_of, seen = Decoder._judge, []

    def watched(self, val):
        judge = judge_of(self, val)
        return replace(judge, score=lambda net: seen.append(deepcopy(net.state_dict())) or judge.score(net))

    monkeypatch.setattr(Decoder, "_judge", watched)
    task, val = task_on(captions, beam=1), captions.part("val")
    model = fitted("decoder_attention", captions, task, epochs=10, keep="best")
    best = int(model.history["val_cider"].idxmax())
    assert best < model.history["val_loss"].idxmin(), "the loss, of the true words, would have another"
    assert all(torch.equal(seen[best][name], value) for name, value in model.net.state_dict().items())
    reached = task.val_scores(val.targets, model.predict_proba(val))["cider"]
    assert reached == pytest.approx(model.history["val_cider"].max())


def test_what_is_judged_does_not_know_the_true_words(captions, monkeypatch):
    """Were it taught with them, other references would have it say something else."""
    model, val = trained("decoder_par", epochs=3), captions.part("val")
    nonsense = tuple(("the square square square",) for _ in range(len(val)))
    heard = []
    judged = Sentences.judged
    monkeypatch.setattr(
        Sentences, "judged", lambda self, *given: heard.append(self.answers(given[1]).tolist()) or judged(self, *given)
    )
    judge = model._judge(val)
    one = judge.score(model.net)
    other = model._judge(replace(val, targets=SentenceTargets(nonsense, val.targets.vocabulary))).score(model.net)
    assert (judge.name, judge.better) == ("cider", "higher")
    assert one > other
    greedy = replace(model.task, rules=replace(model.task.rules, beam=1))
    model.task, before = greedy, model.task
    assert heard == [said(model, val)] * 2
    model.task = before


def test_translations_are_judged_by_bleu(translations):
    assert "val_bleu_4" in fitted("decoder_init", translations, epochs=2).history
    judge = built("decoder_init", translations)
    judge.fit(translations.part("train"), None)
    assert "val_bleu_4" not in judge.history


def test_patience_is_with_what_is_said(captions, monkeypatch):
    scores = iter([0.1, 0.5, 0.4, 0.5, 0.3, 0.9])

    class Scored:
        def value(self, name):
            return next(scores)

    monkeypatch.setattr(VideoCaptioning, "judged", lambda self, targets, said: Scored())
    model = fitted("decoder_init", captions, epochs=6, patience=3, keep="best")
    assert model.history["val_cider"].tolist() == [0.1, 0.5, 0.4, 0.5, 0.3], "of equals the first"


@pytest.mark.parametrize(("keep", "epochs"), [("best", 2), ("last", 4)])
def test_it_is_fitted_again_for_as_many_epochs_as_the_kept_weights_had(captions, monkeypatch, keep, epochs):
    scores = iter([0.1, 0.5, 0.4, 0.5])
    scored = type("Scored", (), {"value": lambda self, name: next(scores)})
    monkeypatch.setattr(VideoCaptioning, "judged", lambda self, targets, said: scored())
    model = fitted("decoder_merge", captions, epochs=4, keep=keep)
    shown, history, config = model._shown, model.history, model.config
    with computing(runtime_of()):
        model.refit(captions.part("train", "val"))
    assert model._shown is shown, "what was learned of train alone stays"
    assert (model.history is history, model.config) == (True, config)
    other = built("decoder_merge", captions, epochs=epochs)
    other._shown, other._vocabulary, other._ordered = shown, model.vocabulary, model._ordered
    with computing(runtime_of()):
        other._trained(captions.part("train", "val"), None, other.config.training)
    assert_same_weights(model, other)


def assert_same_weights(one, other):
    ours, theirs = one.net.state_dict(), other.net.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


# Interruptions


@pytest.mark.parametrize(("kind", "of"), [("decoder_attention", translated), ("decoder_par", captioned)])
def test_a_training_that_was_interrupted_ends_with_the_same_bits(kind, of, tmp_path, monkeypatch):
    data = of()
    whole = fitted(kind, data, epochs=4, **NOISY)
    judged, calls = Sentences.judged, []

    def interrupted(self, *given):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return judged(self, *given)

    monkeypatch.setattr(Sentences, "judged", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fitted(kind, data, checkpoint=tmp_path, epochs=4, **NOISY)
    calls.clear()
    monkeypatch.setattr(Sentences, "judged", lambda self, *given: calls.append(1) or judged(self, *given))
    resumed = fitted(kind, data, checkpoint=tmp_path, epochs=4, **NOISY)
    assert len(calls) == 2, "two epochs were done"
    assert_same_weights(resumed, whole)
    pd.testing.assert_frame_equal(resumed.history, whole.history, check_exact=True)


# What training adds


@pytest.fixture(scope="module")
def batch():
    data = captioned()
    model = trained("decoder_init", epochs=3)
    return model, next(iter(model._batches(data.part("train"), shuffle=False)))


def losses(model, batch, seed=0, **changes):
    """In training and in validation, of the same net with other parameters."""
    model.config, before = config_of("decoder_init", model.task, **changes), model.config
    both = []
    for training in (True, False):
        torch.manual_seed(seed)
        with torch.no_grad():
            both.append(float(model.step(model.net.train(training), batch).loss))
    model.net.eval()
    model.config = before
    return both


def test_without_anything_added_training_is_validation(batch):
    taught, asked = losses(*batch)
    assert taught == asked


@pytest.mark.parametrize("added", [{"label_smoothing": 0.5}, {"token_dropout": 0.9}, {"scheduled_sampling": 1.0}])
def test_what_is_added_is_of_training_alone(batch, added):
    taught, asked = losses(*batch, **added)
    assert asked == losses(*batch)[1]
    assert taught > asked * 1.01


def test_tokens_that_are_read_are_dropped_as_well():
    data = translated()
    model = fitted("decoder_init", data, epochs=3)
    batch = next(iter(model._batches(data.part("train"), shuffle=False)))
    seen = []
    model.net.register_forward_pre_hook(lambda _, given: seen.append(given))
    model.config = config_of("decoder_init", model.task, token_dropout=0.5)
    model.step(model.net.train(), batch)
    (x, _, given), (known, _, true) = seen[0], batch
    assert 0.2 < (x == 0).float().mean() - (known == 0).float().mean() < 0.8
    assert (given[:, 0] == BEGIN).all()
    assert ((given == UNKNOWN) & (true[:, :-1] > UNKNOWN)).any()


def test_a_batch_is_every_reference_with_what_it_speaks_of(captions):
    model, train = trained("decoder_init", epochs=3), captions.part("train")
    x, _ = model._shown(train)
    told = []
    for features, _, tokens in model._batches(train, shuffle=True):
        for vector, one in zip(features, tokens, strict=True):
            row = int((x - vector).abs().sum((1, 2)).argmin())
            told.append((row, train.targets.vocabulary.decode(one[one != UNLABELLED].tolist())))
            assert one[0] == BEGIN
            assert (one == END).sum() == 1
    assert sorted(told) == sorted((row, text) for row, of in enumerate(train.targets.references) for text in of)


# What a search tries


def test_a_search_tries_what_the_grid_names(captions):
    task = task_on(captions)
    config = config_of("decoder_par", task, epochs=8, grid={"dropout": [0.95, 0.0]})
    model, trials, record = search("decoder_par", config, captions, runtime_of(), task)
    assert trials["param.dropout"].tolist() == [0.95, 0.0]
    assert record["chosen"] == {"dropout": 0.0}
    assert model.config.dropout == 0.0
    assert trials["val_cider"].idxmax() == 1


@pytest.mark.parametrize(
    ("kind", "tried"), [("decoder_attention", 2), ("decoder_par", 2), ("decoder_merge", 1), ("decoder_init", 1)]
)
def test_what_a_kind_has_no_use_for_is_not_tried(kind, tried, captions):
    task = task_on(captions)
    grid = {"factored": [False, True]} if kind == "decoder_par" else {"attention": [4, 8]}
    _, trials, record = search(kind, config_of(kind, task, epochs=1, grid=grid), captions, runtime_of(), task)
    assert len(trials) == tried
    assert ("attention" in record["parameters"]) == (kind == "decoder_attention")


def test_a_net_of_another_form_is_refused_in_a_sentence(captions, tmp_path):
    save_model(fitted("decoder_par", captions, epochs=1), tmp_path / "m")
    file = tmp_path / "m" / "weights.safetensors"
    tensors = load_file(file)
    save_file({name: value for name, value in tensors.items() if not name.startswith("encoder.")}, file)
    with pytest.raises(UserError, match="an earlier version wrote it; train it again"):
        read_model(tmp_path / "m")


def test_of_what_is_said_tokens_are_searched_over_whatever_is_read(captions, translations):
    for data, grid, tried in (
        (captions, {"embedding": [4, 8]}, 2),
        (captions, {"token_dropout": [0.0, 0.5]}, 2),
        (captions, {"standardize": [False, True]}, 2),
        (translations, {"standardize": [False, True]}, 1),
        (translations, {"embedding": [4, 8]}, 2),
    ):
        task = task_on(data)
        config = config_of("decoder_init", task, epochs=1, grid=grid)
        _, trials, record = search("decoder_init", config, data, runtime_of(), task)
        assert len(trials) == tried
        assert "embedding" in record["parameters"]
        assert ("standardize" in record["parameters"]) == (not data.tokens)


@pytest.mark.parametrize(
    ("kind", "cell", "told"),
    [
        ("decoder_init", "lstm", "an LSTM that begins with what an LSTM in both directions has read"),
        ("decoder_attention", "gru", "a GRU that looks at what a GRU in both directions has read, at each word anew"),
    ],
)
def test_it_says_what_it_is(kind, cell, told, translations):
    model = fitted(kind, translations, cell=cell, epochs=1)
    assert model.description == told
    assert model.reads_order


def test_a_picture_has_no_order():
    model = trained("decoder_init", epochs=3)
    assert not model.reads_order
    assert model.description == "a GRU that begins with what is seen"
