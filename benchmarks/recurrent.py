"""Recurrent nets: an epoch beside a plain torch loop, the reference cells beside torch's layers, and truncation.

    python -m benchmarks.recurrent

**Epoch**: the same LSTM on the same D' (2,000 clips of 16 frames of 512), trained by ``seqpipe``'s classifier and by
the loop that one writes by hand: a DataLoader over a TensorDataset, ``nn.LSTM``, the last states, cross-entropy,
AdamW, clipping. Both take turns for a few rounds, each in a process of its own; the ratio is the median of the
rounds'. **Uneven**: the same of clips of 5 to 80 steps of 64, which the plain loop packs. **Cells**: a step of
training (forward and backward) as a run computes it, by torch's layers and by the cells as their equations have them.
**Truncation**: a step on long clips, by how far the gradient goes back: seconds, and the highest memory of a process
that does nothing else. Writes ``benchmarks/results/recurrent.json``.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.common import RESULTS, RUNTIME, machine
from seqpipe.config import RecurrentConfig, TrainingConfig
from seqpipe.data.dataset import FeatureDataset
from seqpipe.models.nets.cells import CELLS, CellName
from seqpipe.models.nets.recurrent import RecurrentNet
from seqpipe.models.recurrent import Lstm
from seqpipe.runtime.devices import computing
from seqpipe.runtime.heap import tuned_malloc
from seqpipe.targets.classes import ClassTargets

CLIPS, FRAMES, SIZE, CLASSES = 2000, 16, 512, 10
UNEVEN = SHORTEST, LONGEST, UNEVEN_SIZE = 5, 80, 64
HIDDEN, BATCH_SIZE, LEARNING_RATE, CLIP_NORM, WEIGHT_DECAY = 64, 32, 3e-3, 1.0, 0.01
EPOCHS, MEMBERS = 5, 4
LONG, LONG_BATCH = 5000, 32
TRUNCATIONS: tuple[int | None, ...] = (1, 4, 16, 64, 256, None)


def main() -> None:
    parser = argparse.ArgumentParser(description="Recurrent nets beside a plain torch loop.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--part", help="measures one part in this process and prints it")
    given = parser.parse_args()
    if given.part:
        print(json.dumps(measured_part(given.part)))
        return
    told = {
        "epoch": measure_epochs(given.rounds),
        "members": measure_epochs(given.rounds, MEMBERS),
        "uneven": measure_epochs(given.rounds, parts=UNEVEN_EPOCHS_OF),
        "cells": {name: measure_cells(name, given.rounds) for name in CELLS},
        "truncation": [{"truncate": k, **in_own_process(f"truncated:{k}")} for k in TRUNCATIONS],
        "machine": machine(),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "recurrent.json").write_text(json.dumps(told, indent=2) + "\n")
    _print(told)


def configured(**changes: Any) -> RecurrentConfig:
    """An LSTM in both directions with nothing around it that a plain loop has not."""
    training = TrainingConfig(
        learning_rate=LEARNING_RATE,
        warm_up=0.1,
        weight_decay=WEIGHT_DECAY,
        batch_size=BATCH_SIZE,
        accumulate=1,
        epochs=EPOCHS,
        clip_norm=CLIP_NORM,
        patience=None,
        keep="last",
    )
    values: dict[str, Any] = {
        "standardize": False,
        "pca": None,
        "refit": False,
        "grid": {},
        "hidden": HIDDEN,
        "layers": 1,
        "bidirectional": True,
        "readout": "last",
        "dropout": 0.0,
        "gaussian_noise": 0.0,
        "time_warp": 0.0,
        "truncate": None,
        "truncate_by": "chunk",
        "implementation": "fused",
        "training": training,
        "ensemble_size": 1,
        "max_steps": 10**6,
        "embedding": 6,
        "token_dropout": 0.0,
        "window": 10**6,
    }
    return RecurrentConfig(**values | changes)


def make_dataset(shortest: int = FRAMES, longest: int = FRAMES, size: int = SIZE) -> FeatureDataset:
    """Clips whose class is the direction in which their features drift; one for val in a hundred for train."""
    rng = np.random.default_rng(0)
    n = CLIPS + CLIPS // 100
    t = rng.integers(0, CLASSES, n)
    drift = rng.normal(size=(CLASSES, size)).astype(np.float32)[t][:, None] * np.linspace(-1, 1, longest)[:, None]
    names = np.array([f"clip{i:05d}" for i in range(n)])
    mask = np.arange(longest) < rng.integers(shortest, longest + 1, n)[:, None]
    x = (0.1 * drift + rng.standard_normal((n, longest, size), np.float32)).astype(np.float32)
    return FeatureDataset(
        x=x * mask[..., None],
        mask=mask,
        times_s=np.tile(np.arange(longest, dtype=np.float32), (n, 1)),
        targets=ClassTargets(t, tuple(f"class{k}" for k in range(CLASSES))),
        ids=names,
        groups=names,
        splits=np.repeat(["train", "val"], [CLIPS, n - CLIPS]),
        fingerprint="benchmark",
    )


def measure_epochs(rounds: int, members: int = 1, parts: Sequence[str] = ("ours", "plain")) -> dict[str, Any]:
    """Seconds of an epoch of all members, by both, in turns.

    Each in a process of its own: a heap that has grown, or that the one has tuned, makes the other's steps quicker.
    """
    ours, theirs = [], []
    for round_ in range(rounds):
        our, their = (in_own_process(f"{who}:{members}") for who in parts)
        ours.append(our)
        theirs.append(their)
        seconds = f"{our['seconds']:.2f} against {their['seconds']:.2f} s an epoch"
        print(f"  round {round_ + 1}, {parts[0]}, {members} networks: {seconds}", flush=True)
    pairs = [(a["seconds"], b["seconds"]) for a, b in zip(ours, theirs, strict=True)]
    return {
        "members": members,
        "ratio": statistics.median(b / a for a, b in pairs),
        "seconds": statistics.median(a for a, _ in pairs),
        "plain_seconds": statistics.median(b for _, b in pairs),
        "loss": ours[-1]["loss"],
        "plain_loss": theirs[-1]["loss"],
        "rounds": pairs,
    }


def _our_epoch(members: int, dataset: FeatureDataset) -> dict[str, float]:
    """As it is trained by default: several networks side by side."""
    train = dataset.part("train")
    model = Lstm(configured(ensemble_size=members), RUNTIME)
    with computing(RUNTIME):
        model.class_names = train.class_names
        model._fit_scale(train)
        material = model._material(train)
        started = time.perf_counter()
        histories = model._train(members, EPOCHS, material)
        seconds = (time.perf_counter() - started) / EPOCHS
    return {"seconds": seconds, "loss": float(histories[0]["train_loss"].iloc[-1])}


class PlainNet(nn.Module):
    """As a tutorial has it."""

    def __init__(self, cell: CellName = "lstm", size: int = SIZE) -> None:
        super().__init__()
        self.layer = CELLS[cell].fused(size, HIDDEN, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * HIDDEN, CLASSES)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        uneven = mask is not None and not bool(mask.all())
        _, state = self.layer(pack_padded_sequence(x, mask.sum(1), True, False) if mask is not None and uneven else x)
        h = state[0] if isinstance(state, tuple) else state
        logits: Tensor = self.head(torch.cat([h[-2], h[-1]], dim=1))
        return logits


def _their_epoch(members: int, dataset: FeatureDataset) -> dict[str, float]:
    """One network after the other."""
    train = dataset.part("train")
    centred = np.asarray(train.x)
    centred = centred - centred.mean((0, 1))
    x, mask = torch.from_numpy(centred / centred.std((0, 1)).max()), torch.from_numpy(train.mask)
    loader = DataLoader(TensorDataset(x, mask, torch.from_numpy(train.t)), batch_size=BATCH_SIZE, shuffle=True)
    torch.manual_seed(RUNTIME.seed)
    trained = [_plainly_trained(loader) for _ in range(members)]
    return {"seconds": sum(seconds for seconds, _ in trained) / EPOCHS, "loss": trained[0][1]}


def _plainly_trained(loader: DataLoader[tuple[Tensor, ...]]) -> tuple[float, float]:
    """Seconds, and the loss of the last epoch."""
    net = PlainNet(size=next(iter(loader))[0].shape[-1])
    optimizer = torch.optim.AdamW(net.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    criterion = nn.CrossEntropyLoss()
    started = time.perf_counter()
    for _ in range(EPOCHS):
        losses = []
        for batch, mask, t in loader:
            optimizer.zero_grad()
            loss = criterion(net(batch, mask), t)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), CLIP_NORM)
            optimizer.step()
            losses.append(loss.item() * len(batch))
    return time.perf_counter() - started, sum(losses) / CLIPS


UNEVEN_EPOCHS_OF = ("uneven ours", "uneven plain")
EPOCHS_OF: dict[str, Callable[[int], dict[str, float]]] = {
    "ours": lambda members: _our_epoch(members, make_dataset()),
    "plain": lambda members: _their_epoch(members, make_dataset()),
    "uneven ours": lambda members: _our_epoch(members, make_dataset(*UNEVEN)),
    "uneven plain": lambda members: _their_epoch(members, make_dataset(*UNEVEN)),
}


def measure_cells(name: CellName, rounds: int) -> dict[str, float]:
    """Milliseconds of a step by what a run trains with, by torch's own layer and by the reference cells."""
    torch.manual_seed(0)
    x, mask = torch.randn(BATCH_SIZE, FRAMES, SIZE), torch.ones(BATCH_SIZE, FRAMES, dtype=torch.bool)
    nets: dict[str, nn.Module] = {
        way: RecurrentNet(SIZE, CLASSES, name, configured(implementation=way)) for way in ("fused", "reference")
    }
    nets["torch"] = PlainNet(name)
    of: dict[str, list[float]] = {way: [] for way in nets}
    with tuned_malloc():
        for _ in range(rounds):
            for way, net in nets.items():
                of[way].append(1000 * _step_seconds(net, x, mask))
    return {way: statistics.median(times) for way, times in of.items()}


def _step_seconds(net: nn.Module, x: Tensor, mask: Tensor, repeats: int = 20) -> float:
    started = time.perf_counter()
    for _ in range(repeats):
        net(x, mask).square().mean().backward()
    return (time.perf_counter() - started) / repeats


def in_own_process(part: str) -> dict[str, float]:
    """What a part measures in a process that does nothing else."""
    asked = [sys.executable, "-m", "benchmarks.recurrent", "--part", part]
    measured: dict[str, float] = json.loads(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)
    return measured


def measured_part(part: str) -> dict[str, float]:
    """``ours:4`` and ``plain:4``: an epoch of four networks; ``truncated:16``, ``truncated:None``: a step."""
    what, how = part.split(":")
    if what in EPOCHS_OF:
        return EPOCHS_OF[what](int(how))
    return _truncated_step(None if how == "None" else int(how))


def _truncated_step(k: int | None) -> dict[str, float]:
    torch.manual_seed(0)
    net = RecurrentNet(SIZE // 8, CLASSES, "lstm", configured(truncate=k, bidirectional=False, readout="mean"))
    x, mask = torch.randn(LONG_BATCH, LONG, SIZE // 8), torch.ones(LONG_BATCH, LONG, dtype=torch.bool)
    net(x[:, :2], mask[:, :2]).sum().backward()  # what the first call takes for itself
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = _step_seconds(net, x, mask, repeats=1)
    return {"seconds": seconds, "mib": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024}


def _print(told: dict[str, Any]) -> None:
    epoch = told["epoch"]
    print(f"\n{told['machine']}\n{CLIPS} x {FRAMES} x {SIZE}, LSTM of {HIDDEN} units in both directions\n")
    print(f"  epoch: {epoch['seconds']:.2f} s, plain loop {epoch['plain_seconds']:.2f} s, ratio {epoch['ratio']:.2f}")
    print(f"  loss after {EPOCHS} epochs: {epoch['loss']:.3f} and {epoch['plain_loss']:.3f}\n")
    members = told["members"]
    both = f"{members['seconds']:.2f} s, plain loop {members['plain_seconds']:.2f} s, ratio {members['ratio']:.2f}"
    print(f"  an ensemble of {MEMBERS}, an epoch of all: {both}\n")
    of = told["uneven"]
    both = f"{of['seconds']:.2f} s, plain loop {of['plain_seconds']:.2f} s, ratio {of['ratio']:.2f}"
    print(f"  clips of {SHORTEST} to {LONGEST} steps of {UNEVEN_SIZE}, an epoch: {both}")
    print(f"  loss after {EPOCHS} epochs: {of['loss']:.3f} and {of['plain_loss']:.3f}\n")
    for name, of in told["cells"].items():
        others = ", ".join(
            f"{way} {of[way]:.1f} ms ({of[way] / of['fused']:.1f} times)" for way in ("torch", "reference")
        )
        print(f"  {name:<5} as trained {of['fused']:.1f} ms, {others}")
    print(f"\n  one step on {LONG_BATCH} clips of {LONG:,} frames")
    for row in told["truncation"]:
        print(f"  truncate {row['truncate']!s:<5}{row['seconds']:8.2f} s{row['mib']:9.0f} MiB")


if __name__ == "__main__":
    main()
