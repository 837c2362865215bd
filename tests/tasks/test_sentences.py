"""Tasks whose answer is a sentence: their vocabulary, what a batch costs, and what a search chooses by."""

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from tests.configs import shipped_values
from tests.models.conftest import make_dataset

from seqpipe.config import ClipConfig, ImageCaptioningConfig, TranslationConfig, VideoCaptioningConfig
from seqpipe.core.errors import UserError
from seqpipe.generation.base import GenerationRules
from seqpipe.metrics.segments import UNLABELLED
from seqpipe.targets.vocabulary import SPECIAL
from seqpipe.tasks.registry import TASKS, task_entry, task_of
from seqpipe.tasks.sentences import Beam, ImageCaptioning, Said, Translation, VideoCaptioning, places_of, said_of

CONFIGS = {
    ImageCaptioning: ImageCaptioningConfig,
    VideoCaptioning: VideoCaptioningConfig,
    Translation: TranslationConfig,
}
TEXTS = [["A dog runs.", "The dog."], ["A cat."], ["A dog sleeps."], ["A zebra runs."]]


def config_of(task, **vocabulary):
    values = shipped_values(task.name)
    return CONFIGS[task](**values | {"vocabulary": values["vocabulary"] | {"min_count": 1} | vocabulary})


@pytest.fixture
def dataset():
    """Two samples of train, one of val, one of test."""
    bare = make_dataset(np.ones((4, 1, 98)), np.zeros(4), np.ones(4), ("none",))
    samples = pd.DataFrame({"references": TEXTS})
    return replace(bare, targets=VideoCaptioning.targets(samples, bare.times_s, bare.mask, None))


@pytest.fixture(params=CONFIGS, ids=lambda task: task.name)
def task(request):
    return request.param


def test_these_are_all():
    assert {of.name for of in CONFIGS} == {name for name, entry in TASKS.items() if entry.per == "sentence"}


def test_references_are_kept_as_they_lie(dataset):
    assert dataset.targets.references == tuple(map(tuple, TEXTS))
    assert dataset.targets.class_names == SPECIAL, "nothing is learned yet"


def test_of_train_alone_a_vocabulary_is_learned(task, dataset):
    made = task.completed(dataset, config_of(task, lowercase=True))
    assert set(made.targets.class_names) == {*SPECIAL, "a", "the", "dog", "cat", "runs", "."}
    other = replace(dataset, targets=replace(dataset.targets, references=(*map(tuple, TEXTS[:2]), ("x y",), ("z",))))
    assert task.completed(other, config_of(task, lowercase=True)).class_names == made.class_names
    assert made.digest != dataset.digest
    assert made.targets.references == dataset.targets.references


def test_the_parameters_say_what_is_known(task, dataset):
    def known(**vocabulary):
        return task.completed(dataset, config_of(task, **vocabulary)).class_names

    assert known(lowercase=True, min_count=2) == (*SPECIAL, ".", "a", "dog")
    assert known(lowercase=True, size=1) == (*SPECIAL, ".")
    assert " " in known(level="characters")


def test_without_a_sample_of_train_it_says_what_to_look_at(task, dataset):
    with pytest.raises(UserError, match="No sample of train has a sentence"):
        task.completed(dataset.part("val", "test"), config_of(task))


def test_it_is_on_a_dataset_as_the_parameters_say_and_made_again_of_its_facts(task, dataset):
    config = config_of(task)
    made = task.on(replace(dataset, lineage={"features": {"pool": "grid"}}), config)
    assert made.rules == GenerationRules.of(config.generation)
    assert made.places == (1 if task is VideoCaptioning else 49)  # of a clip the frames are looked at
    again = task_of(task.name, json.loads(json.dumps(made.facts())))
    assert again == made
    assert type(again) is task


@pytest.mark.parametrize(
    ("features", "places"), [({}, 1), ({"pool": "avg"}, 1), ({"layer": "log-mel"}, 1), ({"pool": "grid"}, 49)]
)
def test_a_step_has_as_many_places_as_its_map(features, places):
    assert places_of({"features": features}) == places
    assert places_of({}) == 1


def on(task):
    return task(GenerationRules("beam", 1, 0.7, 0, 9, 1.0), 1)


def test_a_batch_costs_the_mean_over_the_tokens_that_are_there(task):
    torch.manual_seed(0)
    logits, none = torch.randn(3, 4, 7), UNLABELLED
    t = torch.tensor([[3, 4, 2, none], [2, none, none, none], [5, 6, 6, 2]])
    cost = on(task).step_output(logits, t)
    there = [(n, step) for n in range(3) for step in range(4) if t[n, step] != UNLABELLED]
    log_p = logits.log_softmax(-1)
    assert cost.count == len(there) == 8
    assert float(cost.loss) == pytest.approx(-np.mean([float(log_p[n, s, t[n, s]]) for n, s in there]), rel=1e-6)
    assert int(cost.correct) == sum(int(logits[n, s].argmax()) == int(t[n, s]) for n, s in there)
    smoothed = on(task).step_output(logits, t, label_smoothing=0.3)
    spread = -np.mean([float(log_p[n, s].mean()) for n, s in there])
    assert float(smoothed.loss) == pytest.approx(0.7 * float(cost.loss) + 0.3 * spread, rel=1e-6)
    junk = logits.masked_fill((t == UNLABELLED)[..., None], 9.0)
    assert float(on(task).step_output(junk, t).loss) == float(cost.loss)


def test_a_batch_without_a_token_costs_nothing(task):
    cost = on(task).step_output(torch.randn(1, 2, 5), torch.full((1, 2), UNLABELLED))
    assert (float(cost.loss), cost.count) == (0.0, 0)


def answered(*texts):
    return said_of([Said((Beam(text, tuple(text.split())),)) for text in texts])


def test_what_is_said_is_held_against_all_references(task, dataset):
    targets = dataset.targets
    right = on(task).val_scores(targets, answered("The dog.", "A cat.", "A dog sleeps.", "A zebra runs."))
    wrong = on(task).val_scores(targets, answered("no", "", "what", "x"))
    (name, way), *_ = on(task).choose_by.items()
    assert way == "higher"
    assert right[name] > wrong[name]
    assert (right["exact"], wrong["exact"]) == (1.0, 0.0)
    assert all(math.isfinite(value) for value in [*right.values(), *wrong.values()])


def test_its_scores_on_val_are_those_that_it_is_chosen_and_judged_by(task, dataset):
    scores = on(task).val_scores(dataset.targets, answered("a", "b", "c", "d"))
    evaluation = task_entry(task.name).evaluated_by()
    assert {*task.choose_by, evaluation.primary.key} <= set(scores)
    assert next(iter(task.choose_by)) == evaluation.primary.key


def test_captions_are_compared_by_their_words_translations_as_they_stand(dataset):
    shouted = answered("THE DOG", "A CAT", "A DOG SLEEPS", "A ZEBRA RUNS")
    assert on(ImageCaptioning).val_scores(dataset.targets, shouted)["exact"] == 1.0
    assert on(Translation).val_scores(dataset.targets, shouted)["exact"] == 0.0


def test_the_answer_is_the_best_sentence_and_nothing_is_tuned(task, dataset):
    several = said_of([Said((Beam("best", ("best",)), Beam("other", ("other",)))), Said((Beam("", ()),))])
    assert on(task).answers(several).tolist() == ["best", ""]
    assert on(task).answers(said_of([])).shape == (0,)
    of = on(task)
    assert of.tuned(dataset.targets, lambda: pytest.fail("nothing is chosen on val")) is of
    assert (of.window, of.hop, of.strata(pd.DataFrame())) == (None, 1, None)


def test_of_a_video_the_frame_in_its_middle_is_captioned_and_of_a_text_every_token():
    clip = ClipConfig(**shipped_values("clip"))
    one = ImageCaptioning.sampling(clip, config_of(ImageCaptioning))
    assert (one.sampling, one.frames) == ("stride", 1)
    assert VideoCaptioning.sampling(clip, config_of(VideoCaptioning)) is clip
    assert Translation.sampling(None, config_of(Translation)).sampling == "all"


def test_training_sentences_that_no_answer_is_as_long_as_are_counted(task, dataset, caplog):
    config = config_of(task)
    short = config.model_copy(update={"generation": config.generation.model_copy(update={"max_length": 1})})
    with caplog.at_level("WARNING"):
        task.completed(dataset, config)
        assert not caplog.records
        task.completed(dataset, short)
    assert "training sentences have more than 1 tokens" in caplog.text


def test_a_sentence_that_was_cut_has_no_end_to_be_counted():
    whole, cut = (Beam("a b", ("a", "b"), -3.0, ended=ended) for ended in (True, False))
    assert whole.confidence == pytest.approx(np.exp(-1.0))
    assert cut.confidence == pytest.approx(np.exp(-1.5))
    assert Beam("", (), 0.0, ended=False).confidence == 1.0
