"""The embedded corpora by name."""

from pathlib import Path

import pandas as pd
import pytest

from seqpipe.config import (
    ActionSequencesConfig,
    DigitsAndShapesConfig,
    DistantWordsConfig,
    MelodiesConfig,
    MovingDigitsConfig,
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
    configs = {name: CONFIGS[name] for name in parameter_models("labels")}
    with pytest.raises(UserError, match=says):
        write(name, tmp_path, configs, seed=0)


def test_labels_and_annotations_are_given_by_others():
    assert set(parameter_models("labels")) == {"moving_digits", "digits_and_shapes", "distant_words"}
    assert set(parameter_models("annotations")) == {"action_sequences"}


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
