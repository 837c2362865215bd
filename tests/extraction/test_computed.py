"""Features that an encoder makes of files which are no pictures."""

from functools import partial

import numpy as np
import pytest
from tests.media.conftest import corpus_config
from tests.modalities.conftest import tilt
from tests.modalities.tilt import Tilt, TiltConfig, TiltEncoder, ingested, write_recording

from seqpipe.config import RuntimeConfig
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import with_lineage
from seqpipe.data.dataset import build_dataset
from seqpipe.data.gather import MemmapPolicy
from seqpipe.extraction.computed import extract_computed
from seqpipe.extraction.store import read_shard
from seqpipe.media.frames import InvalidSample
from seqpipe.pipelines.ingest.nodes import samples_lineage

__all__ = ["corpus_config", "tilt"]
TILT = TiltConfig(rate=10)


@pytest.fixture
def corpus(tmp_path):
    """Twelve recordings of two sensors."""
    for n in range(12):
        write_recording(tmp_path / "recordings" / ("up" if n % 2 else "down") / f"{'abcdefghijkl'[n]}.csv", seed=n)
    return tmp_path / "recordings"


@pytest.fixture
def listed(corpus, corpus_config, tmp_path):
    """Makes the samples' table anew, as the nodes of ingest do."""

    def make(folder=corpus):
        samples, _ = ingested(corpus_config(path=folder), tmp_path / "probes")
        return with_lineage(samples, samples_lineage(samples, 0, "tilt", {"tilt": TILT}))

    return make


@pytest.fixture
def extract(tmp_path, clip, config):
    """Extracts with two threads into one store."""
    runtime = RuntimeConfig(seed=0, device="cpu", threads=1, deterministic=True)

    def run(samples, encoder=None, clip=clip, config=config):
        return extract_computed(samples, encoder or TiltEncoder(TILT), clip, config, runtime, tmp_path / "store")

    return run


class Encoding(TiltEncoder):
    """Which encodes in a way of the test's own."""

    def __init__(self, encode):
        super().__init__(TILT)
        self.encode = encode


def test_each_step_has_its_measurement(listed, extract, tmp_path):
    samples = listed()
    index = extract(samples)
    dataset = build_dataset(samples, index, tmp_path / "store")
    for row, sample in enumerate(samples.itertuples()):
        steps = dataset.mask[row]
        expected = TiltEncoder(TILT).encode(sample.path, sample.kind, dataset.times_s[row, steps])
        assert np.allclose(dataset.x[row, steps], expected, rtol=1e-3)


def test_a_sample_of_another_size_is_named_also_where_the_others_lie_in_the_store(listed, extract, corpus):
    extract(listed())
    write_recording(corpus / "down/odd.csv", sensors=1)
    with pytest.raises(UserError, match=r"odd\.csv have 1 numbers, those of .*\.csv 2: all samples need as many"):
        extract(listed())


def test_another_corpus_may_be_of_another_size(listed, extract, tmp_path):
    extract(listed())
    for n in range(12):
        write_recording(tmp_path / "others" / ("up" if n % 2 else "down") / f"{n}.csv", sensors=3, seed=n)
    samples = listed(tmp_path / "others")
    assert build_dataset(samples, extract(samples), tmp_path / "store").x.shape[2] == 3


@pytest.mark.parametrize("in_memory_bytes", [10**9, 0])
def test_gathering_refuses_another_size_too(listed, extract, tmp_path, in_memory_bytes):
    samples = listed()
    first = extract(samples.iloc[:11])
    narrow = Encoding(lambda path, kind, times_s: TiltEncoder(TILT).encode(path, kind, times_s)[:, :1])
    index = first.reindex(range(12))
    index.loc[11] = extract(samples.iloc[11:], narrow).iloc[0]
    index = index.astype({"frames": int})
    policy = MemmapPolicy(tmp_path / "x", in_memory_bytes)
    with pytest.raises(UserError, match=rf"{samples['id'].iloc[11]} have 1 numbers a step, those of .* 2"):
        build_dataset(samples, index, tmp_path / "store", policy)


def test_what_was_measured_otherwise_is_encoded_anew(listed, extract, monkeypatch):
    first = extract(listed())
    assert extract(listed())["fingerprint"].equals(first["fingerprint"])
    monkeypatch.setattr(Tilt, "version", 2)
    second = extract(listed())
    assert set(first["fingerprint"]).isdisjoint(second["fingerprint"])
    assert set(first["shard"]).isdisjoint(second["shard"])


def test_times_are_those_of_the_last_measuring(listed, extract, tmp_path, monkeypatch):
    extract(listed())
    measure = Tilt.measure

    def half(self, *given):
        facts = measure(self, *given)
        return type(facts)(facts.length // 2, facts.rate, facts.duration_s / 2, sensors=facts.sensors)

    monkeypatch.setattr(Tilt, "version", 2)
    monkeypatch.setattr(Tilt, "measure", half)
    index = extract(listed())
    for name in set(index["shard"]):
        for times_s, _ in read_shard(tmp_path / "store" / name).values():
            assert times_s.max() < 1.0


def test_samples_that_do_not_say_how_they_were_measured_are_refused(listed, extract):
    samples = listed()
    samples.attrs.clear()
    with pytest.raises(UserError, match="Run again from `probe_samples`"):
        extract(samples)


def raising(error, path, kind, times_s):
    raise error


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (FileNotFoundError("gone"), r"could be read when it was ingested and cannot now \(gone\)"),
        (InvalidSample("unreadable", "It is empty."), r"cannot now \(unreadable: It is empty\.\)"),
        (
            NameError("name 'rows' is not defined"),
            r"`encode` of the modality tilt fails at .*\(NameError: name 'rows'",
        ),
    ],
)
def test_only_a_file_that_is_gone_is_said_to_be_gone(listed, extract, error, says):
    with pytest.raises(UserError, match=says):
        extract(listed(), Encoding(partial(raising, error)))


@pytest.mark.parametrize(
    ("encode", "says"),
    [
        (
            lambda path, kind, times_s: np.full((len(times_s), 2), np.nan),
            r"not numbers.*`encode` of the modality tilt",
        ),
        (lambda path, kind, times_s: np.full((len(times_s), 2), 1e9), r"float16 cannot hold: give features\.dtype"),
        (lambda path, kind, times_s: np.zeros((len(times_s), 0)), r"gave \(\d+, 0\) for .*mend its `encode`"),
        (lambda path, kind, times_s: np.zeros(len(times_s)), r"gave \(\d+,\) for .*mend its `encode`"),
    ],
)
def test_vectors_that_are_none_are_told_by_the_encoder_and_not_by_a_backbone(listed, extract, config, encode, says):
    with pytest.raises(UserError, match=rf"(?s){says}") as told:
        extract(listed(), Encoding(encode), config=config.model_copy(update={"dtype": "float16"}))
    assert "backbone" not in str(told.value)
    assert "precision" not in str(told.value)


class Places(TiltEncoder):
    """Tokens whose numbers float16 does not have."""

    tokens = tuple(map(str, range(5000)))
    places = (2047, 2049, 4999)
    longest = 1000

    def steps(self, path, kind):
        return len(self.places)

    def encode(self, path, kind, times_s):
        return np.array(self.places, np.float32)[:, None]


def test_tokens_keep_their_numbers_whatever_features_are_stored_in(listed, extract, config, tmp_path):
    samples = listed()
    index = extract(samples, Places(TILT), config=config.model_copy(update={"dtype": "float16"}))
    dataset = build_dataset(samples, index, tmp_path / "store", tokens=Places.tokens)
    assert (dataset.x[:, :, 0] == Places.places).all()
    assert dataset.times_s[0].tolist() == [0.5, 1.5, 2.5]
