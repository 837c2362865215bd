"""A training that was interrupted goes on and ends with the same bits as one that never was."""

import io
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import torch
from tests.configs import TRAINING
from torch import nn
from torch.nn.functional import cross_entropy

from seqpipe.config import TrainingConfig
from seqpipe.runtime.devices import intra_op_threads
from seqpipe.runtime.seeds import epoch_seed
from seqpipe.training.fit import SECONDS, ParamGroup, StepOutput, fit

CPU = torch.device("cpu")
EPOCHS, BATCHES, SIZE = 5, 5, 8


@pytest.fixture(autouse=True)
def one_thread():
    with intra_op_threads(1):
        yield


class Net(nn.Module):
    """Convolution, batch-norm and dropout."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.3))
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        return self.head(self.body(x).mean((2, 3)))


class Images:
    """Batches in an order of the epoch's, with noise from torch's own generator; ``at`` is called before each."""

    def __init__(self, at=lambda epoch, batch: None):
        generator = torch.Generator().manual_seed(3)
        self._t = torch.arange(BATCHES * SIZE) % 3
        self._x = torch.randn(len(self._t), 3, 8, 8, generator=generator) + self._t[:, None, None, None] / 3
        self._at, self._epoch = at, -1

    def set_epoch(self, epoch):
        self._epoch = epoch

    def __len__(self):
        return BATCHES

    def __iter__(self):
        order = torch.randperm(
            len(self._t), generator=torch.Generator().manual_seed(epoch_seed(7, self._epoch, "order"))
        )
        for batch, rows in enumerate(order.split(SIZE)):
            self._at(self._epoch, batch)
            yield self._x[rows] + 0.3 * torch.randn(len(rows), 3, 8, 8), self._t[rows]


def step(net, batch):
    x, t = batch
    logits = net(x)
    return StepOutput(cross_entropy(logits, t), (logits.argmax(1) == t).sum(), len(t))


def train(checkpoint, at=lambda epoch, batch: None, seed=7, precision="float32", **changes):
    """A new net, trained: the net and its history."""
    torch.manual_seed(0)
    net = Net()
    values = {"epochs": EPOCHS, "learning_rate": 0.05, "warm_up": 0.2, "keep": "best", "accumulate": 2}
    groups = [ParamGroup(list(net.body.parameters()), 0.3), ParamGroup(list(net.head.parameters()), 1.0)]
    history = fit(
        net,
        step,
        Images(at),
        list(Images()),
        TrainingConfig(**TRAINING | values | changes),
        device=CPU,
        deterministic=True,
        precision=precision,
        groups=groups,
        seed=seed,
        checkpoint=checkpoint,
    )
    return net, history


def assert_same_bits(one, other):
    (net, history), (other_net, other_history) = one, other
    pd.testing.assert_frame_equal(history, other_history, check_exact=True)
    state, other_state = net.state_dict(), other_net.state_dict()
    assert all(torch.equal(state[name], other_state[name]) for name in state)


class Interrupted(Exception):
    """Stands in for a kill where a process of its own would take long."""


def interrupt_at(epoch, batch):
    def at(now_epoch, now_batch):
        if (now_epoch, now_batch) == (epoch, batch):
            raise Interrupted

    return at


def kill_at(epoch, batch):
    def at(now_epoch, now_batch):
        if (now_epoch, now_batch) == (epoch, batch):
            os.kill(os.getpid(), signal.SIGKILL)

    return at


def test_the_seconds_before_an_interruption_are_counted(tmp_path):
    def slow_at_first(epoch, batch):
        if epoch == 0 and batch == 0:
            time.sleep(0.5)
        interrupt_at(2, 1)(epoch, batch)

    with pytest.raises(Interrupted):
        train(tmp_path / "kept", slow_at_first)
    _, history = train(tmp_path / "kept")
    assert history.attrs[SECONDS] > 0.5
    _, over = train(tmp_path / "kept")
    assert over.attrs[SECONDS] == history.attrs[SECONDS]


def test_a_killed_training_goes_on_to_the_same_bits(tmp_path, caplog):
    """The first process dies of SIGKILL in the middle of epoch 2; this one is the second."""
    project = Path(__file__).parents[2]
    roots = [str(project / "src"), str(project)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(roots)}
    killed = subprocess.run([sys.executable, __file__, str(tmp_path / "kept")], env=environment, timeout=600)
    assert killed.returncode == -signal.SIGKILL
    with caplog.at_level(logging.INFO, "seqpipe"):
        resumed = train(tmp_path / "kept")
    assert "Going on from epoch 3 of 5." in caplog.text
    assert_same_bits(resumed, train(None))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"keep": "last", "accumulate": 1, "precision": "bfloat16"},
        {"patience": 1, "learning_rate": 0.3, "epochs": 12},
    ],
)
def test_interruptions_anywhere_do_not_change_a_bit(tmp_path, changes):
    untouched = train(None, **changes)
    for epoch, batch in [(0, 2), (1, 0), (1, BATCHES - 1), (2, 3)]:
        if epoch < len(untouched[1]):
            with pytest.raises(Interrupted):
                train(tmp_path, interrupt_at(epoch, batch), **changes)
    assert_same_bits(train(tmp_path, **changes), untouched)


def test_patience_is_counted_across_an_interruption(tmp_path):
    changes = {"patience": 2, "learning_rate": 0.3, "epochs": 12}
    untouched = train(None, **changes)
    assert len(untouched[1]) < 12
    with pytest.raises(Interrupted):
        train(tmp_path, interrupt_at(len(untouched[1]) - 1, 0), **changes)
    assert_same_bits(train(tmp_path, **changes), untouched)


@pytest.mark.parametrize("changes", [{}, {"patience": 1, "learning_rate": 0.3, "epochs": 12}])
def test_a_training_that_had_ended_is_not_trained_again(tmp_path, changes):
    first = train(tmp_path, **changes)
    assert_same_bits(train(tmp_path, interrupt_at(len(first[1]), 0), **changes), first)
    assert_same_bits(train(tmp_path, lambda epoch, batch: pytest.fail("a batch was asked for"), **changes), first)


def test_generators_are_left_as_they_were_found(tmp_path):
    train(tmp_path, epochs=2)
    after_training = torch.get_rng_state()
    train(tmp_path, epochs=2)
    assert torch.equal(torch.get_rng_state(), after_training)


def truncated(content):
    return content[: len(content) // 2]


def one_bit_of_a_weight(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 64]) + content[middle + 1 :]


def other_things_than_tensors(content):
    file = io.BytesIO()
    torch.save({"training": Path("."), "state": {}}, file)
    return file.getvalue()


@pytest.mark.parametrize("damage", [truncated, one_bit_of_a_weight, lambda _: b"", other_things_than_tensors])
def test_a_damaged_checkpoint_is_dropped_and_training_begins_anew(tmp_path, caplog, damage):
    with pytest.raises(Interrupted):
        train(tmp_path, interrupt_at(2, 0), epochs=3)
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    resumed = train(tmp_path, epochs=3)
    assert "dropped and training begins anew" in caplog.text
    assert_same_bits(resumed, train(None, epochs=3))


def test_a_checkpoint_is_never_run_as_code(tmp_path):
    class Malicious:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "run"),)

    (tmp_path / "kept").mkdir()
    torch.save({"training": Malicious(), "state": {}}, tmp_path / "kept" / "training.pt")
    train(tmp_path / "kept", epochs=1)
    assert not (tmp_path / "run").exists()


def test_the_checkpoint_of_another_training_is_not_taken(tmp_path, caplog):
    train(tmp_path, epochs=3)
    resumed = train(tmp_path, epochs=3, learning_rate=0.01)
    assert "of another training" in caplog.text
    assert_same_bits(resumed, train(None, epochs=3, learning_rate=0.01))


def test_what_a_killed_writer_left_is_removed(tmp_path):
    train(tmp_path, epochs=1)
    (tmp_path / ".training.pt.nowhere.1.0.aside").write_bytes(b"half")
    os.utime(tmp_path / ".training.pt.nowhere.1.0.aside", (0, 0))
    train(tmp_path, epochs=1)
    assert [path.name for path in tmp_path.iterdir()] == ["training.pt"]


def test_a_checkpoint_needs_a_seed(tmp_path):
    with pytest.raises(ValueError, match="needs a seed"):
        train(tmp_path, seed=None)


def test_seeds_tell_seed_epoch_and_purpose_apart():
    seeds = {epoch_seed(s, e, p) for s in range(12) for e in range(12) for p in ("", "order", "augmentation")}
    assert len(seeds) == 12 * 12 * 3


if __name__ == "__main__":
    with intra_op_threads(1):
        train(Path(sys.argv[1]), kill_at(2, 3))
