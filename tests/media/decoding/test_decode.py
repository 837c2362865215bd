from __future__ import annotations

import os
import struct
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from PIL import Image

from seqpipe.media.decoding.decode import InvalidSample, iter_frames, read_clip
from seqpipe.media.frames import TimedFrame
from seqpipe.media.probe_cache import ProbeCache
from seqpipe.media.sampling import clip_times
from seqpipe.modalities.pictures import Pictures


def probe(path: str, kind, config):
    cache = ProbeCache(Path(path).parent / "cache", config, Pictures(), "of pictures")
    return SimpleNamespace(**cache.probe(path, kind).columns())


def reason(path, kind, config) -> str:
    with pytest.raises(InvalidSample) as caught:
        probe(str(path), kind, config)
    assert caught.value.detail.endswith(".")
    return caught.value.reason


def test_a_good_video(tmp_path, write_video, corpus_config):
    result = probe(str(write_video(tmp_path / "a.mp4")), "video", corpus_config())
    assert (result.frames_declared, result.length, result.rate) == (10, 10, 10.0)
    assert (result.width, result.height, result.rotation) == (48, 32, 0)
    assert result.duration_s == pytest.approx(1.0)
    assert result.bytes == (tmp_path / "a.mp4").stat().st_size
    assert len(result.sha256) == 64


def test_each_time_gets_the_frame_shown_at_it(tmp_path, write_video):
    path = str(write_video(tmp_path / "a.mp4"))
    clip = read_clip(path, "video", [0.0, 0.05, 0.1001, 0.55, 0.99, 7.0])
    assert clip.shape == (6, 32, 48, 3)
    assert clip.dtype == np.uint8
    levels = clip[:, -4:, -4:].mean(axis=(1, 2, 3))
    assert levels == pytest.approx([0, 0, 10, 50, 90, 90], abs=3)


def test_times_must_not_decrease(tmp_path, write_video):
    path = str(write_video(tmp_path / "a.mp4"))
    with pytest.raises(ValueError, match="decrease"):
        read_clip(path, "video", [0.5, 0.1])


def test_probe_and_read_share_one_clock(tmp_path, write_video, corpus_config):
    path = str(write_video(tmp_path / "a.mkv", pts=[5, 6, 7, 8, 12, 13, 14, 20, 21, 22]))
    times = [frame.time_s for frame in iter_frames(path, "video")]
    assert times == pytest.approx([0, 0.1, 0.2, 0.3, 0.7, 0.8, 0.9, 1.5, 1.6, 1.7])
    result = probe(path, "video", corpus_config())
    assert result.duration_s == pytest.approx(times[-1] + 1 / result.rate)


@pytest.mark.parametrize(
    ("counterclockwise", "rotation", "bright"),
    [(0, 0, (0, 0)), (90, 270, (-1, 0)), (180, 180, (-1, -1)), (-90, 90, (0, -1))],
)
def test_rotation_is_applied(tmp_path, write_video, corpus_config, counterclockwise, rotation, bright):
    path = str(write_video(tmp_path / "a.mp4", rotation=counterclockwise))
    result = probe(path, "video", corpus_config())
    picture = read_clip(path, "video", [0.0])[0]
    assert result.rotation == rotation
    assert (result.height, result.width) == picture.shape[:2] == ((32, 48) if rotation % 180 == 0 else (48, 32))
    corners = {(y, x): int(picture[y, x, 0]) for y in (0, -1) for x in (0, -1)}
    assert max(corners, key=corners.__getitem__) == bright


def test_a_file_cut_short(tmp_path, write_video, corpus_config):
    whole = write_video(tmp_path / "whole.avi", frames=20, codec="mpeg4").read_bytes()
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole[: (whole.index(b"movi") + len(whole)) // 2])
    assert reason(cut, "video", corpus_config()) == "truncated"
    lenient = probe(str(cut), "video", corpus_config(min_decoded_share=0.1))
    assert 0 < lenient.length < 20 == lenient.frames_declared


def test_a_matroska_file_cut_short(tmp_path, write_video, corpus_config):
    whole = write_video(tmp_path / "whole.mkv", frames=20).read_bytes()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    assert reason(cut, "video", corpus_config()) == "truncated"


def test_frames_that_an_edit_list_hides_are_not_missed(tmp_path, write_video, corpus_config):
    """Cutting an MP4 without coding it anew leaves all frames in the file and hides those outside the cut."""
    path = write_video(tmp_path / "a.mp4", frames=40)
    content = bytearray(path.read_bytes())
    edit = content.index(b"elst") + 12
    content[edit : edit + 4] = struct.pack(">I", 2000)  # milliseconds shown, of 4000
    path.write_bytes(content)
    assert probe(str(path), "video", corpus_config(min_decoded_share=1.0)).length == 20
    assert read_clip(str(path), "video", [0.0, 1.999]).shape[0] == 2


def test_a_stream_that_starts_between_key_frames(tmp_path, write_video, corpus_config):
    whole = write_video(tmp_path / "whole.ts", frames=60).read_bytes()
    head, cut = whole[: 3 * 188], len(whole) // 188 // 4 * 188
    (tmp_path / "cut.ts").write_bytes(head + whole[cut:])
    assert 30 < probe(str(tmp_path / "cut.ts"), "video", corpus_config(min_decoded_share=0.7)).length < 60


def test_what_is_no_video(tmp_path, write_video, write_audio, corpus_config):
    text, empty, headless = tmp_path / "text.mp4", tmp_path / "empty.webm", tmp_path / "headless.mp4"
    text.write_text("no video at all, " * 50)
    empty.touch()
    whole = write_video(tmp_path / "whole.mp4").read_bytes()
    headless.write_bytes(whole[: len(whole) // 2])
    os.mkfifo(tmp_path / "pipe.mp4")
    for path in (text, empty, headless, tmp_path / "missing.mp4", tmp_path / "pipe.mp4", tmp_path):
        assert reason(path, "video", corpus_config()) == "unreadable"
    assert reason(write_audio(tmp_path / "sound.wav"), "video", corpus_config()) == "no_video_stream"


def test_what_is_too_large(tmp_path, write_video, corpus_config):
    path = write_video(tmp_path / "a.mp4")
    assert reason(path, "video", corpus_config(max_megapixels=0.001)) == "too_large"
    assert reason(path, "video", corpus_config(max_seconds=0.5)) == "too_large"
    undeclared = write_video(tmp_path / "a.ts", frames=30)
    assert reason(undeclared, "video", corpus_config(max_seconds=0.5)) == "too_large"


@pytest.mark.parametrize("error", [ValueError("cannot allocate a scaler."), av.error.FFmpegError(1, "lost")])
def test_an_unforeseen_error_is_that_files_alone(tmp_path, write_video, corpus_config, monkeypatch, error):
    def fail(self):
        raise error

    monkeypatch.setattr(TimedFrame, "rgb", fail)
    with pytest.raises(InvalidSample, match=r"unreadable: .*(allocate a scaler|lost)"):
        probe(str(write_video(tmp_path / "a.mp4")), "video", corpus_config())


def test_a_name_that_no_file_can_have(corpus_config):
    with pytest.raises(InvalidSample, match=r"unreadable: .*null"):
        probe("a\0b.mp4", "video", corpus_config())


GAPS = {
    "none": list(range(20)),
    "in the middle": [n if n < 10 else n + 10_000 for n in range(20)],
    "short": [n if n < 10 else n + 40 for n in range(20)],
    "after the first": [0, *range(5000, 5019)],
    "before the last": [*range(19), 5000],
    "of a day": [n if n < 10 else n + 954_430 for n in range(20)],
}


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("sampling", ["uniform", "fps"])
def test_sampled_frames_are_different_frames_whatever_the_timestamps(
    tmp_path, write_video, corpus_config, clip_config, gap, suffix, sampling
):
    path = str(write_video(tmp_path / f"a.{suffix}", frames=20, pts=GAPS[gap]))
    facts = probe(path, "video", corpus_config(max_seconds=3600.0))
    times = clip_times(facts.length, facts.rate, facts.duration_s, clip_config(sampling=sampling, fps=8.0))
    clip = read_clip(path, "video", times, facts.length)
    assert len({frame.tobytes() for frame in clip}) == len(times) == 16
    assert ("timestamps" in facts.remark) == (gap not in {"none", "short"})  # a TS counts a day round
    if gap != "short":
        assert facts.duration_s == pytest.approx(2.0)


def test_without_a_count_a_frame_is_given_for_as_long_as_it_is_shown(tmp_path, write_video):
    path = str(write_video(tmp_path / "a.mkv", frames=4, pts=[0, 1, 2, 30]))
    levels = read_clip(path, "video", [0.4, 1.0, 1.6, 2.2])[:, -4:, -4:].mean(axis=(1, 2, 3))
    assert levels == pytest.approx([20, 20, 20, 20], abs=3)
    levels = read_clip(path, "video", [0.4, 1.0, 1.6, 2.2], 4)[:, -4:, -4:].mean(axis=(1, 2, 3))
    assert levels == pytest.approx([0, 10, 20, 30], abs=3)


def test_an_avi_in_which_frames_were_dropped_is_whole(tmp_path, write_video, corpus_config):
    path = write_video(tmp_path / "a.avi", frames=20, codec="mpeg4", pts=[n + 5 * (n > 9) for n in range(20)])
    facts = probe(str(path), "video", corpus_config(min_decoded_share=1.0))
    assert (facts.frames_declared, facts.length) == (20, 20)


@pytest.mark.parametrize(("suffix", "codec"), [("h264", "libx264"), ("m4v", "mpeg4")])
def test_bare_pictures_have_the_times_of_their_rate(tmp_path, write_video, corpus_config, suffix, codec):
    path = str(write_video(tmp_path / f"a.{suffix}", frames=20, codec=codec))
    facts = probe(path, "video", corpus_config(min_decoded_share=1.0))
    assert (facts.frames_declared, facts.length) == (20, 20)
    times = [frame.time_s for frame in iter_frames(path, "video")]
    assert times == pytest.approx([n / 10.0 for n in range(20)])


def test_what_is_transparent_in_a_video_is_drawn_on_white(tmp_path):
    first, second = (Image.new("RGBA", (8, 8), (0, 0, 0, alpha)) for alpha in (0, 255))
    first.save(tmp_path / "a.gif", save_all=True, append_images=[second], disposal=2)
    levels = read_clip(str(tmp_path / "a.gif"), "video", [0.0, 0.15])[:, 0, 0, 0].tolist()
    assert levels == [255, 0]


def test_a_video_without_frames(tmp_path, write_video, corpus_config):
    path = write_video(tmp_path / "a.avi", codec="mpeg4")
    content = path.read_bytes()
    first = content.index(b"movi") + 4
    path.write_bytes(content[:first])
    assert reason(path, "video", corpus_config()) == "no_frames"


def test_a_playlist_opens_nothing_else(tmp_path, write_video, corpus_config):
    playlist = tmp_path / "list.mp4"
    playlist.write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")
    assert reason(playlist, "video", corpus_config()) in {"unreadable", "no_video_stream", "no_frames"}


def image(path, level=100, size=(20, 10), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (level, level, level)).save(path, **options)


def test_a_folder_of_frames_in_natural_order(tmp_path, corpus_config):
    for n in (1, 2, 10):
        image(tmp_path / "clip" / f"frame_{n}.png", level=n * 10)
    (tmp_path / "clip" / "Thumbs.db").write_bytes(b"x")
    result = probe(str(tmp_path / "clip"), "frames", corpus_config())
    assert (result.frames_declared, result.length, result.width, result.height) == (3, 3, 20, 10)
    assert result.duration_s == pytest.approx(3 / 25)
    clip = read_clip(str(tmp_path / "clip"), "frames", [0.0, 0.05, 0.1])
    assert clip[:, 0, 0, 0].tolist() == [10, 20, 100]


def test_frames_of_other_sizes_become_the_firsts(tmp_path):
    image(tmp_path / "clip" / "1.png", size=(20, 10))
    image(tmp_path / "clip" / "2.png", size=(40, 40))
    assert read_clip(str(tmp_path / "clip"), "frames", [0.0, 0.04]).shape == (2, 10, 20, 3)


def test_a_folder_is_used_up_to_its_first_broken_frame(tmp_path, corpus_config):
    for n in range(10):
        image(tmp_path / "clip" / f"{n}.png")
    (tmp_path / "clip" / "9.png").write_bytes(b"broken")
    assert probe(str(tmp_path / "clip"), "frames", corpus_config()).length == 9
    (tmp_path / "clip" / "3.png").write_bytes(b"broken")
    assert reason(tmp_path / "clip", "frames", corpus_config()) == "truncated"
    (tmp_path / "none").mkdir()
    assert reason(tmp_path / "none", "frames", corpus_config()) == "no_frames"


def test_images(tmp_path, corpus_config):
    image(tmp_path / "a.jpg", exif=_turned_clockwise())
    result = probe(str(tmp_path / "a.jpg"), "image", corpus_config())
    assert (result.length, result.width, result.height, result.rotation) == (1, 10, 20, 90)
    assert read_clip(str(tmp_path / "a.jpg"), "image", [0.0]).shape == (1, 20, 10, 3)
    noise = np.random.default_rng(0).integers(0, 255, (90, 90, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:3000])
    (tmp_path / "text.png").write_text("text")
    assert reason(tmp_path / "cut.png", "image", corpus_config()) == "truncated"
    assert reason(tmp_path / "text.png", "image", corpus_config()) == "unreadable"
    assert reason(tmp_path / "whole.png", "image", corpus_config(max_megapixels=0.001)) == "too_large"


def _turned_clockwise() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def pictures_of(levels, size=(20, 10)):
    return [Image.new("RGB", size, (level,) * 3) for level in levels]


@pytest.mark.parametrize("suffix", ["webp", "png", "avif", "tif"])
def test_several_pictures_in_a_file_are_its_frames(tmp_path, corpus_config, suffix):
    first, *rest = pictures_of([10, 80, 240])
    options = {"duration": 200} | ({"lossless": True} if suffix == "webp" else {})
    first.save(tmp_path / f"a.{suffix}", save_all=True, append_images=rest, **options)
    path = str(tmp_path / f"a.{suffix}")
    facts = probe(path, "image", corpus_config())
    fps = 25.0 if suffix == "tif" else 5.0
    assert (facts.frames_declared, facts.length) == (3, 3)
    assert (facts.rate, facts.duration_s) == pytest.approx((fps, 3 / fps))
    clip = read_clip(path, "image", [0.5 / fps, 1.5 / fps, 2.5 / fps], 3)
    assert clip[:, 5, 5, 0] == pytest.approx([10, 80, 240], abs=3)


def test_smaller_copies_and_views_are_told_and_pictures_of_other_sizes_refused(tmp_path, corpus_config):
    first, second = pictures_of([10, 80])
    first.save(tmp_path / "pyramid.tif", save_all=True, append_images=[second.resize((10, 5))])
    first.save(tmp_path / "views.mpo", save_all=True, append_images=[second])
    for name in ("pyramid.tif", "views.mpo"):
        facts = probe(str(tmp_path / name), "image", corpus_config())
        assert (facts.length, facts.width) == (1, 20)
        assert "further pictures" in facts.remark
    first.save(tmp_path / "mixed.tif", save_all=True, append_images=pictures_of([1], size=(30, 10)))
    assert reason(tmp_path / "mixed.tif", "image", corpus_config()) == "several_pictures"


def test_a_stack_as_a_frame_is_no_frame(tmp_path, corpus_config):
    (tmp_path / "clip").mkdir()
    first, *rest = pictures_of([10, 80])
    first.save(tmp_path / "clip" / "1.tif", save_all=True, append_images=rest)
    assert reason(tmp_path / "clip", "frames", corpus_config()) == "no_frames"


def deep(path, *values):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.array([values], dtype=np.uint16)).save(path)


def test_all_frames_of_a_folder_have_one_white(tmp_path, corpus_config):
    deep(tmp_path / "clip" / "1.png", 0, 4000)
    deep(tmp_path / "clip" / "2.png", 0, 4200)
    facts = probe(str(tmp_path / "clip"), "frames", corpus_config())
    assert "white is 65535" in facts.remark
    assert read_clip(str(tmp_path / "clip"), "frames", [0.0, 0.04])[:, 0, 1, 0].tolist() == [15, 16]


def test_what_becomes_of_odd_frames_in_a_folder_is_told(tmp_path, corpus_config):
    for n in range(10):
        image(tmp_path / "clip" / f"{n}.png", size=(20, 10 + n // 5))
    assert "several sizes" in probe(str(tmp_path / "clip"), "frames", corpus_config()).remark
    (tmp_path / "clip" / "9.png").write_bytes(b"broken")
    assert "Not all of its frames" in probe(str(tmp_path / "clip"), "frames", corpus_config()).remark
