"""A spectrogram is cut into pictures, white where it is loud, low tones at the bottom."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.modalities.audio.sounds import audio_config

from seqpipe.modalities.audio.pictures import picture_count, pictures

CONFIG = audio_config()  # 20 frames a picture, 10 from one to the next


@pytest.fixture
def levels():
    """25 frames of silence, but for the loudest moment in the lowest band of frame 12."""
    levels = np.full((25, 8), -80.0, np.float32)
    levels[12, 0] = 0.0
    return levels


def test_a_moment_is_where_it_was_in_each_picture_that_shows_it(levels):
    shown = list(pictures(levels, range(picture_count(25, CONFIG)), CONFIG))
    assert [picture.shape for picture in shown] == [(8, 20, 3)] * 3
    places = [np.argwhere(picture[..., 0] == 255).tolist() for picture in shown]
    assert places == [[[7, 17]], [[7, 7]], []], "of the first, 5 frames before the recording are silence"
    assert all((picture == picture[..., :1]).all() for picture in shown)


@given(st.integers(1, 200))
def test_every_frame_is_shown(frames):
    levels = np.full((frames, 8), -80.0, np.float32)
    levels[:, 3] = 0.0
    shown = pictures(levels, range(picture_count(frames, CONFIG)), CONFIG)
    seen = sum(int((picture[4, 5:15, 0] == 255).sum()) for picture in shown)
    assert seen == frames, "the middles of all pictures together are the recording"


def test_what_is_louder_than_0_db_is_white(levels):
    picture = next(pictures(levels + 30.0, [0], CONFIG))
    assert picture.max() == 255
