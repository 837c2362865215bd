"""What a training computes in: wanted, or measured once for this net and what is trained of it."""

import pytest
import torch
from torch import nn

from seqpipe.extraction import speed
from seqpipe.runtime.devices import intra_op_threads
from seqpipe.training import precision
from seqpipe.training.precision import choose_training_precision

CPU = torch.device("cpu")


class Net(nn.Module):
    """Frames (B, 3, 8, 8) uint8 to (B, 2), with what a measurement could disturb: statistics and dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5), nn.Flatten(), nn.Linear(4 * 36, 2)
        )

    def forward(self, frames):
        return self.layers(frames.float())


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQPIPE_CACHE", str(tmp_path))
    with intra_op_threads(1):
        yield


def choose(net, wanted="auto", batch_size=4):
    return choose_training_precision(wanted, net, "net", 8, batch_size, CPU)


def measuring(monkeypatch, **rates):
    calls = []
    monkeypatch.setattr(precision, "_measured", lambda *_: calls.append(1) or rates)
    return calls


@pytest.mark.parametrize("wanted", ["float32", "bfloat16"])
def test_what_is_wanted_is_not_measured(wanted, monkeypatch):
    calls = measuring(monkeypatch, float32=1.0)
    assert choose(Net(), wanted) == wanted
    assert not calls


def test_it_is_measured_once_for_what_is_trained(monkeypatch):
    calls = measuring(monkeypatch, float32=1.0, bfloat16=2.0)
    net = Net()
    assert choose(net) == choose(net) == choose(net, batch_size=4) == "bfloat16"
    assert len(calls) == 1
    calls = measuring(monkeypatch, float32=1.0, bfloat16=1.0)
    net.layers[0].requires_grad_(False)
    assert choose(net) == "float32"
    assert choose(net, batch_size=2) == "float32"
    assert len(calls) == 2


@pytest.mark.parametrize("native", [True, False])
def test_a_measurement_leaves_the_net_and_the_generator_as_they_were(monkeypatch, native):
    monkeypatch.setattr(precision, "has_native_bfloat16", lambda _: native)
    torch.manual_seed(0)
    net = Net().eval()
    before, state = {k: v.clone() for k, v in net.state_dict().items()}, torch.get_rng_state()
    assert choose(net) in ("float32", "bfloat16")
    assert all(torch.equal(before[key], tensor) for key, tensor in net.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)
    assert not net.training
    assert all(p.grad is None for p in net.parameters())
    facts = (speed.cache_folder() / "speed").iterdir()
    assert [("bfloat16" in record.read_text()) for record in facts] == [native]
