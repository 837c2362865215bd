import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from tests.projects import environment

from seqpipe.core.files import written_aside
from seqpipe.extraction.store import FeatureStore, is_damage, read_shard

FACTS = {"layer": "a", "frames": 3}


def _fill(store: FeatureStore, keys, dtype="float32", shard_samples=2, frames=3, size=4):
    with store.writer(dtype, shard_samples) as writer:
        for n, key in enumerate(keys):
            writer.add(key, [0.0, 0.5, 1.0][:frames], np.full((frames, size), n, np.float32))


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_what_is_written_is_found_and_read(tmp_path, dtype):
    store = FeatureStore(tmp_path, FACTS)
    _fill(store, "abcde", dtype)
    known = FeatureStore(tmp_path, FACTS).scan()
    assert sorted(known) == list("abcde")
    assert len({stored.shard for stored in known.values()}) == 3
    times_s, x = read_shard(tmp_path / known["d"].shard)["d"]
    assert x.dtype == dtype
    assert x.tolist() == [[3.0] * 4] * 3
    assert times_s.tolist() == [0.0, 0.5, 1.0]


def test_pandas_reads_a_shard_as_it_lies(tmp_path):
    store = FeatureStore(tmp_path, FACTS)
    _fill(store, "ab", "float16")
    (shard,) = store.shards.glob("*.parquet")
    frame = pd.read_parquet(shard)
    assert list(frame.columns) == ["key", "frame", "time_s", "x"]
    assert frame["frame"].tolist() == [0, 1, 2, 0, 1, 2]
    assert np.stack(frame["x"]).shape == (6, 4)


def test_other_facts_are_another_folder_beside_the_first(tmp_path):
    first, second = FeatureStore(tmp_path, FACTS), FeatureStore(tmp_path, {**FACTS, "layer": "b"})
    _fill(first, "a")
    assert second.scan() == {}
    assert sorted(first.scan()) == ["a"]
    assert first.folder.parent == second.folder.parent


WRITER = """
import sys
from pathlib import Path
import numpy as np
from seqpipe.extraction.store import FeatureStore, read_shard
root, who = Path(sys.argv[1]), sys.argv[2]
decided = []
for n in range(60):
    store = FeatureStore(root, {"facts": n // 20})
    decided.append(store.remembered(by=who)["by"])
    with store.writer("float32", 2) as writer:
        for key in ("both", f"{who}{n}", f"also {n % 7}"):
            writer.add(key, [0.0], np.full((1, 4), n // 20, np.float32))
    for key, stored in store.scan().items():
        assert read_shard(root / stored.shard)[key][1].tolist() == [[n // 20] * 4]
print(",".join(decided))
"""


def test_two_processes_may_write_and_read_one_store_at_once(tmp_path):
    """A prediction takes no lock beside a run for this reason: each finds its own samples, and both decide alike."""
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    both = [subprocess.Popen([*command, who], stdout=-1, stderr=-1, env=environment(), text=True) for who in "ab"]
    told = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    first, second = (out.strip().split(",") for out, _ in told)
    assert first == second, "a decision that was taken first holds for both"
    found = FeatureStore(tmp_path, {"facts": 2}).scan()
    assert {f"{who}{n}" for who in "ab" for n in range(40, 60)} | {"both"} <= set(found)
    assert not list(tmp_path.rglob("*.aside"))


def test_an_error_keeps_what_was_finished(tmp_path):
    store = FeatureStore(tmp_path, FACTS)

    def interrupted():
        with store.writer("float32", 100) as writer:
            writer.add("a", [0.0], np.zeros((1, 4), np.float32))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert sorted(store.scan()) == ["a"]


def test_a_shard_is_written_when_time_has_passed(tmp_path, monkeypatch):
    store = FeatureStore(tmp_path, FACTS)
    with store.writer("float32", 100) as writer:
        writer.add("a", [0.0], np.zeros((1, 4), np.float32))
        assert store.scan() == {}
        monkeypatch.setattr("seqpipe.extraction.store.FLUSH_SECONDS", 0.0)
        writer.add("b", [0.0], np.zeros((1, 4), np.float32))
        assert sorted(store.scan()) == ["a", "b"]


def test_a_damaged_shard_counts_as_missing_and_goes(tmp_path, caplog):
    store = FeatureStore(tmp_path, FACTS)
    _fill(store, "abcd")
    shard = tmp_path / store.scan()["a"].shard
    shard.write_bytes(shard.read_bytes()[:-20])
    assert sorted(store.scan()) == ["c", "d"]
    assert "damaged" in caplog.text
    _fill(store, "ab")
    assert sorted(store.scan()) == list("abcd")


def test_two_writers_of_the_same_samples_both_succeed(tmp_path):
    one, two = FeatureStore(tmp_path, FACTS), FeatureStore(tmp_path, FACTS)
    with one.writer("float32", 3) as first, two.writer("float32", 2) as second:
        for key in "abcd":
            for writer in (first, second):
                writer.add(key, [0.0], np.ones((1, 4), np.float32))
    known = one.scan()
    assert sorted(known) == list("abcd")
    assert all(key in read_shard(tmp_path / stored.shard) for key, stored in known.items())


def test_leftovers_of_a_killed_writer_are_cleaned_and_those_of_a_living_one_kept(tmp_path):
    store = FeatureStore(tmp_path, FACTS)
    with written_aside(store.shards / "living.parquet") as living:
        living.write_bytes(b"half")
        gone = living.with_name(living.name.replace(f".{os.getpid()}.", ".4194304."))  # beyond any pid
        gone.write_bytes(b"half")
        FeatureStore(tmp_path, FACTS)
        assert living.exists()
        assert not gone.exists()
    assert [p.name for p in store.shards.iterdir()] == ["living.parquet"]


def test_a_failed_write_leaves_nothing(tmp_path):
    def failing():
        with written_aside(tmp_path / "a") as aside:
            aside.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert list(tmp_path.iterdir()) == []


def test_the_first_decision_stays(tmp_path):
    assert FeatureStore(tmp_path, FACTS).remembered(compiled=True) == {"compiled": True}
    assert FeatureStore(tmp_path, FACTS).remembered(compiled=False) == {"compiled": True}


def _without_pages(shard: Path) -> bytes:
    """A shard's bytes with zeros where its data pages were; only the footer is left."""
    content = shard.read_bytes()
    footer = 8 + int.from_bytes(content[-8:-4], "little")
    return content[:4].ljust(len(content) - footer, b"\0") + content[-footer:]


def test_500_samples_are_scanned_from_the_footers_alone(tmp_path):
    store = FeatureStore(tmp_path, FACTS)
    _fill(store, [f"video-{n:064d}" for n in range(500)], shard_samples=8, size=64)
    for shard in store.shards.iterdir():
        shard.write_bytes(_without_pages(shard))
    known = store.scan()
    assert len(known) == 500
    with pytest.raises((OSError, ValueError)):
        read_shard(tmp_path / known[f"video-{0:064d}"].shard)


def test_a_scan_opens_each_shard_once(tmp_path, monkeypatch):
    store = FeatureStore(tmp_path, FACTS)
    _fill(store, [f"video-{n:064d}" for n in range(100)], shard_samples=8)
    opened = []
    read_metadata = pq.read_metadata
    monkeypatch.setattr(pq, "read_metadata", lambda path: opened.append(path) or read_metadata(path))
    store.scan()
    assert sorted(opened) == sorted(store.shards.iterdir())


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ESTALE])
def test_a_shard_that_the_system_does_not_give_is_kept(tmp_path, monkeypatch, number):
    store = FeatureStore(tmp_path, FACTS)
    _fill(store, "ab")
    before = sorted(store.shards.iterdir())

    def refuse(path):
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(pq, "read_metadata", refuse)
    with pytest.raises(OSError, match=re.escape(os.strerror(number))):
        store.scan()
    assert sorted(store.shards.iterdir()) == before


def test_arrow_tells_what_the_system_refuses_with_its_number(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        read_shard(tmp_path / "gone.parquet")
    assert not is_damage(caught.value)
    with pytest.raises(FileNotFoundError) as caught:
        pq.read_metadata(tmp_path / "gone.parquet")
    assert not is_damage(caught.value)


@pytest.mark.parametrize("keep", [0, 3, 40, -1, -9, -30])
def test_a_cut_shard_is_damaged_wherever_it_is_cut(tmp_path, keep):
    store = FeatureStore(tmp_path, FACTS)
    _fill(store, "ab")
    (shard,) = store.shards.iterdir()
    shard.write_bytes(shard.read_bytes()[:keep])
    assert store.scan() == {}
    assert not shard.exists()


def test_a_footer_of_noise_is_damage(tmp_path):
    store = FeatureStore(tmp_path, FACTS)
    _fill(store, "ab")
    (shard,) = store.shards.iterdir()
    content = shard.read_bytes()
    shard.write_bytes(content[:-108] + b"\xff" * 100 + content[-8:])
    assert store.scan() == {}
    assert not shard.exists()


def test_a_shard_names_its_keys_in_its_footer(tmp_path):
    store = FeatureStore(tmp_path, FACTS)
    _fill(store, "ab")
    (shard,) = store.shards.glob("*.parquet")
    assert pq.read_metadata(shard).metadata[b"seqpipe.keys"] == b'[["a", 3], ["b", 3]]'
