"""The embedded corpora by name."""

from pathlib import Path

import pandas as pd
import pytest

from seqpipe.config import (
    ActionSequencesConfig,
    CaptionedActionsConfig,
    CaptionedDigitsConfig,
    DigitsAndShapesConfig,
    DistantWordsConfig,
    MelodiesConfig,
    MovingDigitsConfig,
    PenTrajectoriesConfig,
    SpokenNumbersConfig,
)
from seqpipe.core.errors import UserError
from seqpipe.media.embedded.registry import EMBEDDED, corpus_words, embedded_name, parameter_models, write

CONFIGS = {
    "moving_digits": MovingDigitsConfig(
        size=32, frames=2, fps=12, train_per_action=1, val_per_action=1, test_per_action=1
    ),
    "digits_and_shapes": DigitsAndShapesConfig(size=32, train_per_class=1, val_per_class=1, test_per_class=1),
    "distant_words": DistantWordsConfig(gaps=[1], train_per_class=1, val_per_class=1, test_per_class=1),
    "action_sequences": ActionSequencesConfig(size=32, frames=24, fps=12, train_clips=1, val_clips=1, test_clips=1),
    "melodies": MelodiesConfig(
        sample_rate=8000,
        tones=2,
        tone_s=0.05,
        noise_db=-20,
        train_per_melody=1,
        val_per_melody=1,
        test_per_melody=1,
    ),
    "pen_trajectories": PenTrajectoriesConfig(
        train_per_class=1, val_per_class=1, test_per_class=1, per_writer=1, jitter=0.0
    ),
    "whole_sentences": DistantWordsConfig(gaps=[1], train_per_class=1, val_per_class=1, test_per_class=1),
    "captioned_digits": CaptionedDigitsConfig(size=32, train_pictures=1, val_pictures=1, test_pictures=1),
    "captioned_actions": CaptionedActionsConfig(size=32, frames=4, fps=12, train_clips=1, val_clips=1, test_clips=1),
    "spoken_numbers": SpokenNumbersConfig(train_pairs=1, val_pairs=1, test_pairs=1),
}


@pytest.mark.parametrize("name", EMBEDDED)
def test_every_one_is_written_to_a_folder_of_its_name(name, tmp_path):
    manifest = write(name, tmp_path, CONFIGS, seed=0)
    assert manifest.parent == tmp_path / name
    assert set(pd.read_csv(manifest)["split"]) == {"train", "val", "test"}
    assert isinstance(CONFIGS[name], EMBEDDED[name].config)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("action_sequence", "Known: builtin:moving_digits, .*, builtin:action_sequences"),
        ("action_sequences", "gives annotations, .* it takes builtin:moving_digits or .*builtin:digits_and_shapes"),
    ],
)
def test_what_may_not_be_asked_for_is_answered_with_what_may(name, says, tmp_path):
    configs = {name: config for name, config in CONFIGS.items() if EMBEDDED[name].gives == "labels"}
    with pytest.raises(UserError, match=says):
        write(name, tmp_path, configs, seed=0)


def test_labels_annotations_and_references_are_given_by_others():
    labels, annotations = set(parameter_models("labels")), set(parameter_models("annotations"))
    references = set(parameter_models("references"))
    assert references == {"captioned_digits", "captioned_actions", "spoken_numbers"}
    assert {"moving_digits", "distant_words", "melodies", "pen_trajectories"} < labels
    assert "action_sequences" in annotations
    assert not labels & annotations
    assert not references & (labels | annotations)


@pytest.mark.parametrize(
    ("path", "name", "words"),
    [
        (None, "moving_digits", "moving digits"),
        ("builtin:digits_and_shapes", "digits_and_shapes", "digits and shapes"),
        (Path("builtin:digits_and_shapes"), "digits_and_shapes", "digits and shapes"),
        ("builtin:", "", ""),
        (Path("/data/builtin:clips"), None, "builtin:clips"),
        ("clips/manifest.csv", None, "clips"),
    ],
)
def test_a_path_names_an_embedded_corpus_or_one_on_disk(path, name, words):
    assert embedded_name(path, "moving_digits") == name
    assert corpus_words(path, "moving_digits") == words
