"""The fit loop: history, best weights, early stopping, clipping, groups, accumulation, precision, a finite loss."""

import copy
import itertools
import math
from contextlib import nullcontext

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.configs import TRAINING
from torch import nn
from torch.nn.functional import cross_entropy

from seqpipe.config import TrainingConfig
from seqpipe.core.errors import UserError
from seqpipe.runtime.devices import intra_op_threads
from seqpipe.training.fit import Judge, ParamGroup, StepOutput, fit
from seqpipe.training.optimizer import warm_up_and_cosine

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def one_thread():
    with intra_op_threads(1):
        yield


def config(**changes):
    values = {"epochs": 5, "learning_rate": 0.05, "weight_decay": 0.0, "clip_norm": None}
    return TrainingConfig(**TRAINING | values | changes)


def step(net, batch):
    x, t = batch
    logits = net(x)
    return StepOutput(cross_entropy(logits, t), (logits.argmax(1) == t).sum(), len(t))


def data(seed=0, n=64):
    generator = torch.Generator().manual_seed(seed)
    t = torch.arange(n) % 2
    return [(torch.randn(n, 3, generator=generator) + t[:, None] * 2.0, t)]


def train(net, the_config, the_step=step, val=True, **how):
    return fit(net, the_step, data(), data(1) if val else None, the_config, device=CPU, deterministic=True, **how)


def net(seed=0):
    torch.manual_seed(seed)
    return nn.Linear(3, 2)


def test_history_has_a_row_an_epoch_and_the_loss_falls():
    history = train(net(), config(epochs=8))
    assert history["epoch"].tolist() == list(range(8))
    assert list(history.columns) == ["epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy"]
    assert history["val_loss"].iloc[-1] < history["val_loss"].iloc[0]


def test_the_history_says_what_the_net_would_say():
    trained = net()
    history = train(trained, config())
    x, t = data(1)[0]
    assert cross_entropy(trained(x), t).item() == pytest.approx(history["val_loss"].iloc[-1], rel=1e-5)


def test_keep_best_puts_the_best_weights_back():
    trained = net()
    history = train(trained, config(epochs=30, learning_rate=3.0, keep="best"))
    x, t = data(1)[0]
    assert cross_entropy(trained(x), t).item() == pytest.approx(history["val_loss"].min(), rel=1e-5)


def test_patience_ends_training():
    history = train(net(), config(epochs=500, learning_rate=5.0, patience=2))
    best = history["val_loss"].idxmin()
    assert len(history) == best + 3 < 500


def test_without_val_there_is_no_val_in_the_history():
    assert "val_loss" not in train(net(), config(), val=False)
    empty = fit(net(), step, data(), [], config(keep="best", patience=1), device=CPU, deterministic=True)
    assert "val_loss" not in empty
    assert len(empty) == config().epochs


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_names_the_epoch_and_what_to_try(value):
    calls = []

    def failing(module, batch):
        step_output = step(module, batch)
        calls.append(module.training)
        spoilt = step_output.loss * value if sum(calls) > 3 else step_output.loss
        return StepOutput(spoilt, step_output.correct, step_output.count)

    with pytest.raises(UserError, match=r"not finite in epoch 3.*lower training\.learning_rate \(now 0\.05\)"):
        train(net(), config(), failing)


def test_a_loss_that_is_not_finite_ends_an_epoch_early_and_no_val_is_run():
    trained, validated = [], []

    def failing(module, batch):
        (trained if module.training else validated).append(1)
        step_output = step(module, batch)
        return StepOutput(step_output.loss * math.nan, step_output.correct, step_output.count)

    with pytest.raises(UserError, match="val none"):
        fit(net(), failing, data() * 1000, data(1), config(), device=CPU, deterministic=True)
    assert len(trained) < 200
    assert not validated


@pytest.fixture
def optimizers(monkeypatch):
    """Every step's optimizer, as (rate of each group, gradients), before it moves the weights."""
    seen = []
    moving = torch.optim.AdamW.step

    def record(self, closure=None):
        groups = self.param_groups
        seen.append(([g["lr"] for g in groups], [p.grad.clone() for g in groups for p in g["params"]]))
        return moving(self, closure)

    monkeypatch.setattr(torch.optim.AdamW, "step", record)
    return seen


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_norm_of_the_gradient_is_clipped(optimizers, precision):
    train(net(), config(clip_norm=0.01), precision=precision)
    norms = [torch.linalg.vector_norm(torch.cat([g.flatten() for g in grads])) for _, grads in optimizers]
    assert len(norms) == 5
    assert max(norms) <= 0.01 * 1.001


def two_layers(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))


def test_groups_learn_at_their_share_of_the_rate(optimizers):
    layers = two_layers()
    groups = [ParamGroup(list(layers[0].parameters()), 0.25), ParamGroup(list(layers[1].parameters()), 1.0)]
    decaying = config(epochs=10, weight_decay=0.01)
    fit(layers, step, data(), None, decaying, device=CPU, deterministic=True, groups=groups)
    for rates, _ in optimizers:
        early_matrix, early_bias, late_matrix, late_bias = rates
        assert early_matrix == early_bias == pytest.approx(0.25 * late_matrix)
        assert late_matrix == late_bias
    assert max(rates[-1] for rates, _ in optimizers) == 0.05


def test_where_nothing_decays_the_optimizer_is_called_once_a_step(optimizers):
    train(net(), config())
    assert {len(rates) for rates, _ in optimizers} == {1}


def test_the_first_step_of_half_the_rate_goes_half_as_far():
    def moved(factor):
        layers, before = two_layers(), two_layers()
        groups = [ParamGroup(list(layers[0].parameters()), factor), ParamGroup(list(layers[1].parameters()), 1.0)]
        the_config = config(epochs=1, weight_decay=0.1)
        fit(layers, step, data(), None, the_config, device=CPU, deterministic=True, groups=groups)
        return [(a - b).detach() for a, b in zip(layers.parameters(), before.parameters(), strict=True)]

    half, full = moved(0.5), moved(1.0)
    for a, b in zip(half[:2], full[:2], strict=True):
        torch.testing.assert_close(a, b / 2, rtol=1e-3, atol=1e-6)
    for a, b in zip(half[2:], full[2:], strict=True):
        assert torch.equal(a, b)


def test_weight_decay_is_for_matrices_alone():
    def trained(decay):
        layers = two_layers()
        fit(layers, step, data(), None, config(epochs=1, weight_decay=decay), device=CPU, deterministic=True)
        return layers[1]

    without, with_decay = trained(0.0), trained(0.9)
    assert not torch.equal(without.weight, with_decay.weight)
    assert torch.equal(without.bias, with_decay.bias)


def test_frozen_parameters_never_reach_the_optimizer(optimizers):
    layers = two_layers()
    layers[0].requires_grad_(False)
    before = copy.deepcopy(layers[0].state_dict())
    train(layers, config(weight_decay=0.5))
    assert all(len(grads) == 2 for _, grads in optimizers)
    assert all(torch.equal(before[name], value) for name, value in layers[0].state_dict().items())


class FrozenNorm(nn.Module):
    """A batch-norm that keeps its statistics, before one that does not."""

    def __init__(self):
        super().__init__()
        self.frozen, self.free, self.head = nn.BatchNorm1d(3), nn.BatchNorm1d(3), nn.Linear(3, 2)

    def train(self, mode=True):
        super().train(mode)
        self.frozen.eval()
        return self

    def forward(self, x):
        assert not self.frozen.training
        assert self.free.training == self.training
        return self.head(self.free(self.frozen(x)))


def test_a_net_that_holds_batch_norms_in_eval_mode_keeps_their_statistics():
    trained = FrozenNorm().eval()  # as a backbone is read
    train(trained, config(epochs=3))
    assert trained.frozen.num_batches_tracked == 0
    assert torch.equal(trained.frozen.running_mean, torch.zeros(3))
    assert trained.free.num_batches_tracked == 3


def batches(sizes):
    generator = torch.Generator().manual_seed(1)
    x, t = torch.randn(sum(sizes), 3, generator=generator), torch.arange(sum(sizes)) % 2
    return list(zip(x.split(sizes), t.split(sizes), strict=True))


@given(
    sizes=st.lists(st.integers(1, 5), min_size=1, max_size=7),
    accumulate=st.integers(1, 4),
    clip_norm=st.sampled_from([None, 0.1]),
)
@settings(max_examples=15, deadline=None)
def test_accumulated_batches_are_one_large_batch(sizes, accumulate, clip_norm):
    large = [sum(sizes[i : i + accumulate]) for i in range(0, len(sizes), accumulate)]

    def trained(the_sizes, count):
        layers = two_layers()
        the_config = config(epochs=2, accumulate=count, clip_norm=clip_norm, weight_decay=0.1)
        history = fit(layers, step, batches(the_sizes), None, the_config, device=CPU, deterministic=True)
        return layers, history

    (small_steps, small_history), (large_steps, large_history) = trained(sizes, accumulate), trained(large, 1)
    for a, b in zip(small_steps.parameters(), large_steps.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-4)
    if len(large) == 1:  # else the weights differ while the small batches of one group see the same
        assert small_history["train_loss"][0] == pytest.approx(large_history["train_loss"][0], rel=1e-5)


def test_every_group_of_batches_is_a_step_with_the_gradient_of_all_its_samples(optimizers):
    trained = net()
    expected = [copy.deepcopy(trained) for _ in range(3)]
    sizes = [4, 4, 4, 4, 3]
    fit(
        trained,
        step,
        batches(sizes),
        None,
        config(epochs=1, accumulate=2, learning_rate=1e-12),
        device=CPU,
        deterministic=True,
    )
    assert len(optimizers) == 3
    for (_, grads), module, (x, t) in zip(optimizers, expected, batches([8, 8, 3]), strict=True):
        cross_entropy(module(x), t).backward()
        torch.testing.assert_close(grads, [module.weight.grad, module.bias.grad])


def test_bfloat16_computes_in_it_and_keeps_weights_and_loss_in_float32():
    computed, losses = set(), set()

    def watched(module, batch):
        step_output = step(module, batch)
        losses.add(step_output.loss.dtype)
        return step_output

    full, half = net(), net()
    half.register_forward_hook(lambda module, given, logits: computed.add((module.training, logits.dtype)))
    in_full = train(full, config())
    in_half = train(half, config(), watched, precision="bfloat16")
    assert computed == {(True, torch.bfloat16), (False, torch.bfloat16)}
    assert losses == {torch.float32}
    assert all(p.dtype == torch.float32 for p in half.parameters())
    torch.testing.assert_close(in_half["val_loss"].to_numpy(), in_full["val_loss"].to_numpy(), rtol=0.02, atol=0)
    assert not torch.equal(full.weight, half.weight)


def test_the_same_seed_gives_the_same_weights():
    first, second = net(3), net(3)
    train(first, config())
    train(second, config())
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))


def test_the_mean_of_losses_in_bfloat16_is_exact():
    def coarse(module, batch):
        step_output = step(module, batch)
        return StepOutput(step_output.loss.bfloat16() * 0 + 1, step_output.correct, step_output.count)

    history = fit(net(), coarse, data(n=2) * 300, None, config(epochs=1), device=CPU, deterministic=True)
    assert history["train_loss"][0] == 1.0


def test_fit_takes_the_steps_of_a_plain_loop_to_the_bit():
    trained, plain, many = net(), net(), data() * 20
    fit(trained, step, many, None, config(epochs=1, clip_norm=0.5, weight_decay=0.1), device=CPU, deterministic=True)
    groups = [{"params": [plain.weight], "weight_decay": 0.1}, {"params": [plain.bias], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=0.05, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda at: warm_up_and_cosine(at, len(many), 0.1))
    for x, t in many:
        optimizer.zero_grad()
        cross_entropy(plain(x), t).backward()
        nn.utils.clip_grad_norm_([plain.weight, plain.bias], 0.5)
        optimizer.step()
        schedule.step()
    assert torch.equal(trained.weight, plain.weight)
    assert torch.equal(trained.bias, plain.bias)


def test_the_schedule_warms_up_and_comes_to_rest():
    shares = [warm_up_and_cosine(step_, 100, 0.1) for step_ in range(101)]
    assert shares[0] == pytest.approx(0.1)
    assert max(shares) == shares[9] == 1.0
    assert shares[100] == pytest.approx(0.0, abs=1e-9)
    assert all(a >= b for a, b in itertools.pairwise(shares[9:]))


@given(steps=st.integers(1, 300), warm_up=st.floats(0, 1))
def test_the_schedule_reaches_its_peak_when_the_warm_up_ends(steps, warm_up):
    shares = [warm_up_and_cosine(step_, steps, warm_up) for step_ in range(steps)]
    assert all(0 < share <= 1 for share in shares)
    assert shares.index(max(shares)) == max(1, round(warm_up * steps)) - 1


def test_the_bar_shows_the_epoch_that_has_just_ended(monkeypatch):
    shown = []

    class Screen(nullcontext):
        def __enter__(self):
            return self

        def set_postfix(self, values, refresh):
            shown.append(float(values["val_loss"]))

        update = lambda self: None  # noqa: E731

    monkeypatch.setattr("seqpipe.training.fit.progress", lambda *_, **__: Screen())
    history = fit(net(), step, data(), data(1), config(), device=CPU, deterministic=True, what="a net")
    assert shown == [round(loss, 3) for loss in history["val_loss"]]


@pytest.mark.parametrize(
    "variables",
    [
        {
            "SLURM_JOB_ID": "1",
            "SLURM_NTASKS": "2",
            "SLURM_JOB_NAME": "train",
            "SLURM_PROCID": "1",
            "SLURM_LOCALID": "1",
        },
        {"TORCHELASTIC_RUN_ID": "x", "LOCAL_RANK": "1", "RANK": "3", "GROUP_RANK": "1", "WORLD_SIZE": "4"},
        {
            "OMPI_COMM_WORLD_SIZE": "2",
            "OMPI_COMM_WORLD_RANK": "1",
            "LSB_JOBID": "1",
            "LSB_DJOB_RANKFILE": "/no",
            "JSM_NAMESPACE_SIZE": "2",
        },
        {"KUBERNETES_PORT": "1", "MASTER_ADDR": "n1", "MASTER_PORT": "1", "NODE_RANK": "2"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_the_variables_of_a_cluster_change_nothing(monkeypatch, variables):
    expected = net()
    history = train(expected, config(patience=3, keep="best"))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    trained = net()
    assert train(trained, config(patience=3, keep="best")).equals(history)
    assert torch.equal(trained.weight, expected.weight)


def judging(scores, better="higher"):
    """A judge that says these, one an epoch, and notes the weights that it was shown and how."""
    told, seen = iter(scores), []

    def score(module):
        seen.append((module.weight.clone(), module.training, torch.is_grad_enabled()))
        return next(told)

    return Judge("worth", score, better), seen


@pytest.mark.parametrize(("better", "best"), [("higher", 1), ("lower", 3)])
def test_a_judge_decides_the_best_epoch_in_the_place_of_the_loss(better, best):
    judge, seen = judging([0.2, 0.9, 0.5, 0.1, 0.9], better)
    trained = net()
    history = train(trained, config(keep="best"), judge=judge)
    assert history["val_worth"].tolist() == [0.2, 0.9, 0.5, 0.1, 0.9]
    assert history["val_loss"].idxmin() == 4, "the loss would have another"
    assert torch.equal(trained.weight, seen[best][0])
    assert not any(training or grad for _, training, grad in seen), "in eval mode, without gradients"


def test_patience_is_with_the_judge():
    judge, _ = judging([0.5, 0.9, 0.8, 0.9, 0.7, 1.0])
    assert len(train(net(), config(epochs=6, patience=3), judge=judge)) == 5


def test_without_val_no_judge_is_asked():
    judge, seen = judging([])
    history = train(net(), config(keep="best", patience=1), val=False, judge=judge)
    assert (len(history), seen) == (config().epochs, [])
    assert "val_worth" not in history
