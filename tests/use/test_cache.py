"""What is kept between calls stays below its limit, and nothing goes that somebody may be reading."""

import logging
import os

import pytest

from seqpipe.use.cache import OWN, cache_in_use, pruned


def files(folder, sizes):
    for n, size in enumerate(sizes):
        file = folder / "store/f/shards" / f"{n}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes(size))
        os.utime(file, (n, n))
    (folder / "store/f/meta.json").write_text("{}")


def left(folder):
    return sorted(file.name for file in folder.rglob("*.parquet"))


@pytest.mark.parametrize(("limit", "kept"), [(100, ["0.parquet", "1.parquet", "2.parquet"]), (59, ["2.parquet"])])
def test_the_oldest_go_until_it_is_below_its_limit(limit, kept, tmp_path):
    files(tmp_path, [30, 30, 30])
    count, freed = pruned(tmp_path, limit)
    assert (count, freed) == (3 - len(kept), 30 * (3 - len(kept)))
    assert left(tmp_path) == kept
    assert (tmp_path / "store/f/meta.json").exists()


def test_what_goes_is_told_and_nothing_goes_while_another_call_is_at_work(tmp_path, caplog):
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos/mine.mp4").write_bytes(bytes(1000))
    own = tmp_path / OWN
    own.mkdir()
    files(own, [30, 30])
    with cache_in_use(tmp_path) as first, cache_in_use(tmp_path, limit_bytes=0) as second:
        assert first == second == own
        assert len(left(own)) == 2
    caplog.set_level(logging.INFO, "seqpipe")
    with cache_in_use(tmp_path, limit_bytes=30):
        assert left(own) == ["1.parquet"]
    assert "Removed the 1 oldest files" in caplog.text
    assert (tmp_path / "videos/mine.mp4").exists(), "what else lies there is the user's"


def test_it_is_in_the_cache_folder_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQPIPE_CACHE", str(tmp_path / "c"))
    with cache_in_use(None) as home:
        assert home == tmp_path / "c/predict"


def test_where_nothing_can_be_written_nothing_is_kept_and_that_is_said(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    with cache_in_use(tmp_path / "file/cache") as home:
        assert home.is_dir()
        assert "file" not in home.parts
    assert not home.exists()
    assert "name a folder by --cache" in caplog.text
