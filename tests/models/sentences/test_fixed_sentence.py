"""One sentence for all: what is right most often."""

import pytest
from tests.models.sentences.spoken import fitted, said, task_on, with_sentences

from seqpipe.core.errors import UserError
from seqpipe.models.sentences.baseline import said_once
from seqpipe.models.sentences.fixed_sentence import ASKED, candidates
from seqpipe.tasks.sentences import said_of


def test_it_is_the_sentence_that_all_of_train_is_best_answered_with(captions):
    texts = ["a dog runs home", "a dog runs home", "a dog runs away", "a dog runs home"]
    references = [[texts[n % 4], "a cat"] if n % 8 else ["the bird sings"] for n in range(len(captions))]
    data = with_sentences(captions, references)
    model = fitted("fixed_sentence", data)
    assert set(said(model, data.part("test"))) == {"a dog runs home"}
    train, task = data.part("train"), task_on(data)
    worth = {
        text: task.judged(train.targets, said_of([said_once(text)] * len(train))).value("cider")
        for text in ("a dog runs home", "a dog runs away", "a cat", "the bird sings")
    }
    assert worth["a dog runs home"] == max(worth.values())


def test_those_are_tried_that_are_most_like_all_others():
    sentences = [*[f"a dog runs number{n}" for n in range(30)], "a dog runs", "something else entirely", "a dog runs"]
    tried = candidates(sentences)
    assert tried[0] == "a dog runs"
    assert len(tried) == len(set(tried)) == ASKED
    assert "something else entirely" not in tried


def test_where_no_sentence_has_a_word_it_says_where_to_look(captions):
    with pytest.raises(UserError, match=r"No training sentence has a word.*references"):
        fitted("fixed_sentence", with_sentences(captions, [["..."]] * len(captions)))


def test_it_is_learned_of_train_alone(captions):
    references = [["a b c"] if split == "train" else ["x y z"] for split in captions.splits]
    assert set(said(fitted("fixed_sentence", with_sentences(captions, references)), captions)) == {"a b c"}
