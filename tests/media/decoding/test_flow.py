"""Optical flow as pictures, of films whose motion is known."""

import importlib.util
import subprocess
import sys
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from seqpipe.config import StreamConfig
from seqpipe.core.errors import UserError
from seqpipe.core.fingerprint import fingerprint
from seqpipe.media.decoding import flow as flow_module
from seqpipe.media.decoding.flow import (
    PIXEL,
    STILL,
    check_moves,
    check_stream,
    encoded,
    read_flow,
    stream_facts,
    stream_lineage,
)
from seqpipe.media.frames import InvalidSample

FPS = 10
FLOW, RGB = StreamConfig(stream="flow", flow_side=64), StreamConfig(stream="rgb", flow_side=64)


def texture(height, width, seed=0):
    """Soft spots, which a shift moves as a whole."""
    import cv2

    noise = np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)
    soft = cv2.GaussianBlur(noise, (0, 0), 2.5).astype(float)
    return ((soft - soft.min()) / np.ptp(soft) * 255).astype(np.uint8)


def film_of(pictures, folder):
    """A folder of frames, which no codec blurs."""
    folder.mkdir(parents=True)
    for n, picture in enumerate(pictures):
        Image.fromarray(np.repeat(picture[..., None], 3, axis=2)).save(folder / f"{n:03}.png")
    return str(folder)


def shifted(steps, size=(96, 128)):
    """Frames of a texture, each moved on by (right, down) pixels from the one before."""
    picture, at, pictures = texture(*size), np.zeros(2, int), []
    for right, down in [(0, 0), *steps]:
        at += (down, right)
        pictures.append(np.roll(picture, tuple(at), axis=(0, 1)))
    return pictures


def middle(picture):
    """The channels' medians where no border is near."""
    return np.median(picture[24:-24, 24:-24].reshape(-1, 3), axis=0)


def times(n, fps=25):
    return [(i + 0.5) / fps for i in range(n)]


def test_each_time_has_the_flow_to_the_next_frame_and_the_last_one_that_which_led_to_it(tmp_path):
    path = film_of(shifted([(3, 0), (-2, 0), (0, 4)]), tmp_path / "film")
    pictures = list(read_flow(path, "frames", times(4), 4, 256))
    assert [picture.dtype for picture in pictures] == [np.uint8] * 4
    moves = [middle(picture) for picture in pictures]
    expected = [(3, 0, 3), (-2, 0, 2), (0, 4, 4), (0, 4, 4)]
    np.testing.assert_allclose(moves, np.array(expected) * PIXEL + STILL, atol=4)


def test_flow_is_told_in_pixels_of_the_bounded_size(tmp_path):
    path = film_of(shifted([(6, 0)], (192, 256)), tmp_path / "film")
    (picture,) = read_flow(path, "frames", times(1), 2, 96)
    assert picture.shape == (96, 128, 3)
    np.testing.assert_allclose(middle(picture), np.array([3, 0, 3]) * PIXEL + STILL, atol=4)


def test_a_frame_shown_at_several_times_gives_its_flow_at_each(tmp_path):
    path = film_of(shifted([(3, 0), (-2, 0)]), tmp_path / "film")
    first, again, _ = read_flow(path, "frames", [0.01, 0.02, 0.05], None, 256)
    np.testing.assert_array_equal(first, again)


@given(
    st.lists(st.tuples(*[st.floats(-12, 12, width=32)] * 2), min_size=4, max_size=4),
)
def test_encoding_is_that_of_lrcn(vectors):
    flow = np.array(vectors, np.float32).reshape(2, 2, 2)
    picture = encoded(flow).astype(float)
    u, v = flow[..., 0].astype(float), flow[..., 1].astype(float)
    for channel, value in enumerate((u, v, np.hypot(u, v))):
        np.testing.assert_allclose(picture[..., channel], np.clip(value * 16 + 128, 0, 255), atol=0.5001)


@given(st.lists(st.floats(-7.75, 7.75, width=32), min_size=6, max_size=6))
def test_what_moves_the_other_way_is_encoded_as_the_mirror_image_about_what_stands_still(values):
    flow = np.array(values, np.float32).reshape(1, 3, 2)
    there, back = encoded(flow), encoded(flow * np.array([-1, 1], np.float32))
    np.testing.assert_array_equal(there[..., 0].astype(int) + back[..., 0], 2 * STILL)
    np.testing.assert_array_equal(there[..., 1:], back[..., 1:])


def test_the_flow_of_a_mirrored_film_is_the_mirrored_flow(tmp_path):
    import torch

    from seqpipe.data.frame_augmentation import mirrored_flow

    film = shifted([(3, 1), (-2, -3)])
    plain = list(read_flow(film_of(film, tmp_path / "plain"), "frames", times(2), 3, 256))
    other = list(read_flow(film_of([x[:, ::-1] for x in film], tmp_path / "other"), "frames", times(2), 3, 256))
    for one, two in zip(plain, other, strict=True):
        mirrored = mirrored_flow(torch.from_numpy(one).permute(2, 0, 1)).permute(1, 2, 0).numpy()
        differences = np.abs(mirrored[24:-24, 24:-24].astype(int) - two[24:-24, 24:-24])
        assert np.median(differences) <= 1
        assert np.quantile(differences, 0.9) <= 4


def test_the_same_film_has_the_same_bits_whatever_was_read_between(tmp_path):
    path = film_of(shifted([(3, 0), (1, 1), (-2, 0)]), tmp_path / "film")
    whole = list(read_flow(path, "frames", times(4), 4, 64))
    alone = [next(read_flow(path, "frames", [time], 4, 64)) for time in times(4)]
    np.testing.assert_array_equal(whole, alone)


def test_a_video_is_read_as_its_frames_are(tmp_path):
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"qp": "4"})
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        for n, picture in enumerate(shifted([(2, 0)] * 5)):
            frame = av.VideoFrame.from_ndarray(np.repeat(picture[..., None], 3, axis=2), format="rgb24")
            frame.pts, frame.time_base = n, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    pictures = list(read_flow(str(path), "video", times(6, FPS), 6, 256))
    np.testing.assert_allclose([middle(p) for p in pictures], [[160, 128, 160]] * 6, atol=5)


def test_a_single_frame_has_no_flow(tmp_path):
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png")
    with pytest.raises(InvalidSample, match="single_frame: It is one frame") as told:
        list(read_flow(str(tmp_path / "a.png"), "image", [0.0], 1, 256))
    assert told.value.reason == "single_frame"


def test_where_a_folder_breaks_off_the_last_frame_has_the_flow_that_led_to_it(tmp_path):
    path = film_of(shifted([(3, 0), (0, 0)]), tmp_path / "film")
    (tmp_path / "film/002.png").write_bytes(b"broken")
    first, last = read_flow(path, "frames", times(2), 2, 256)
    np.testing.assert_array_equal(first, last)


@pytest.mark.parametrize("size", [(1, 1), (3, 50), (12, 100), (10, 256), (256, 10), (2000, 2)])
def test_small_and_narrow_pictures_are_survived(tmp_path, size):
    """OpenCV's own code ends the process at some of these."""
    folder = film_of([np.full(size, grey, np.uint8) for grey in (10, 200)], tmp_path / "film")
    code = (
        "from seqpipe.media.decoding.flow import read_flow\n"
        f"picture, = read_flow({folder!r}, 'frames', [0.02], 2, 256)\n"
        "assert min(picture.shape[:2]) >= 32 and max(picture.shape) <= 4 * 256, picture.shape\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": "src"})
    assert done.returncode == 0, done.stderr


def test_frames_themselves_have_no_facts_so_that_what_was_stored_of_them_stays_theirs():
    assert stream_facts(RGB) == {}
    assert stream_lineage(RGB) == {"stream": "rgb"}


def test_the_facts_of_flow_say_what_decides_it(monkeypatch):
    import cv2

    facts = stream_facts(FLOW)
    assert facts["stream"]["flow"]["opencv"] == cv2.__version__
    assert stream_lineage(FLOW) == {"stream": "flow", "flow_side": 64}
    others = [FLOW.model_copy(update={"flow_side": 96})]
    assert len({fingerprint(stream_facts(config)) for config in (FLOW, *others)}) == 2
    monkeypatch.setattr(flow_module, "ENCODING_VERSION", 2)
    assert stream_facts(FLOW) != facts


def test_only_flow_asks_for_two_frames():
    check_moves(RGB, 1)
    check_moves(FLOW, 2)
    with pytest.raises(InvalidSample, match="single_frame"):
        check_moves(FLOW, 1)


def test_a_missing_opencv_is_a_sentence_that_names_the_extra(monkeypatch):
    monkeypatch.setattr(
        flow_module, "find_spec", lambda name: None if name == "cv2" else importlib.util.find_spec(name)
    )
    monkeypatch.setitem(sys.modules, "cv2", None)
    check_stream(RGB)
    for ask in (check_stream, stream_facts):
        with pytest.raises(UserError, match=r"OpenCV, which is not installed: `pip install 'seqpipe\[flow\]'`"):
            ask(FLOW)
