"""All that is measured inside the models: gradients, Jacobians, matrices and gates, before training and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from seqpipe.config import MemoryConfig
from seqpipe.core.progress import progress
from seqpipe.memory.clips import Clips, lag_seconds, seconds_a_step
from seqpipe.memory.gates import KEEPS, keeping, kept_by, recurrent_matrices, spectrum
from seqpipe.memory.gradients import PARTS, gradient_norms, layer_inputs, top_layers
from seqpipe.memory.jacobians import gains, probes_of
from seqpipe.memory.lags import at_lags, lag_table, lags_of, relative
from seqpipe.memory.opened import Opened, When
from seqpipe.memory.reach import reach
from seqpipe.models.nets.recurrent import RecurrentLayer, RecurrentNet
from seqpipe.models.recurrent import UNITS_WORTH_THREADS
from seqpipe.runtime.devices import intra_op_threads

DIRECTIONS = ("forward", "backward")
MOST_ROW_STEPS = 2**17
"""Clips x probes x steps that a Jacobian is estimated on: of long clips there are fewer probes."""
FEWEST_PROBES = 2
BINS = 25


@dataclass(frozen=True, eq=False)
class Inside:
    """What was measured, as tables whose first columns say of what: cell, direction, when.

    Attributes:
        gradients: part, lag, seconds, clips; norm and share (of that at lag 0), each with its band.
        jacobians: part, lag, seconds, clips; gain with its band.
        reach: measure (gradient, jacobian), part, and what `reach` says of it, in steps and seconds.
        matrices: gate, radius, singular.
        gates: gate, mean, steps, seconds, slowest_steps, slowest_seconds.
        histogram: gate, low, high, share.
    """

    gradients: pd.DataFrame
    jacobians: pd.DataFrame
    reach: pd.DataFrame
    matrices: pd.DataFrame
    gates: pd.DataFrame
    histogram: pd.DataFrame

    def tables(self) -> list[pd.DataFrame]:
        """All of them, in their order."""
        return [getattr(self, field.name) for field in fields(self)]


@dataclass(frozen=True, eq=False)
class Way:
    """One direction of one net, with what its topmost layer reads."""

    cell: Any
    direction: str
    when: When
    layer: RecurrentLayer
    x: Tensor
    norms: dict[str, Tensor]

    @property
    def names(self) -> dict[str, str]:
        return {"cell": self.cell, "direction": self.direction, "when": self.when}


def look_inside(opened: Sequence[Opened], clips: Clips, config: MemoryConfig, seed: int) -> Inside:
    """Every table, of every model."""
    small = all(one.model.config.hidden < UNITS_WORTH_THREADS for one in opened)
    with intra_op_threads(1 if small else torch.get_num_threads()):
        return _measured(opened, clips, config, seed)


def _measured(opened: Sequence[Opened], clips: Clips, config: MemoryConfig, seed: int) -> Inside:
    ways = []
    with progress(len(opened), "gradients", "model") as bar:
        for one in opened:
            ways += list(_ways(one, clips))
            bar.update()
    lags = lags_of(int(clips.lengths.max()), config.lags)
    gradients = [_gradients(way, clips, lags) for way in ways]
    jacobians = [_jacobians(way, clips, lags, config.probes, seed) for way in ways]
    step_s = seconds_a_step(clips.data)
    return Inside(
        pd.concat(gradients, ignore_index=True),
        pd.concat(jacobians, ignore_index=True),
        _reaches({"gradient": (gradients, "share"), "jacobian": (jacobians, "gain")}, step_s),
        pd.DataFrame([row for way in ways for row in _matrices(way)]),
        pd.DataFrame([row for way in ways for row in _gates(way, clips, step_s)], columns=GATE_COLUMNS),
        pd.DataFrame([row for way in ways for row in _histogram(way, clips)], columns=HISTOGRAM_COLUMNS),
    )


GATE_COLUMNS = [
    *("cell", "direction", "when", "gate", "mean", "steps", "slowest_steps"),
    *("seconds", "slowest_seconds"),
]
HISTOGRAM_COLUMNS = ["cell", "direction", "when", "gate", "low", "high", "share"]


def _ways(one: Opened, clips: Clips) -> Iterator[Way]:
    x, mask = one.model.tensors(clips.data)
    t = torch.from_numpy(clips.data.t)
    for when, net in one.nets().items():
        yield from _of_net(one.cell, when, net, (x.double(), mask, t))


def _of_net(cell: str, when: When, net: RecurrentNet, asked: tuple[Tensor, Tensor, Tensor]) -> Iterator[Way]:
    x, mask, _ = asked
    given = zip(DIRECTIONS, top_layers(net), layer_inputs(net, x, mask), gradient_norms(net, *asked), strict=False)
    for direction, layer, inputs, norms in given:
        yield Way(cell, direction, when, layer, inputs, norms)


def _gradients(way: Way, clips: Clips, lags: np.ndarray) -> pd.DataFrame:
    seconds = lag_seconds(clips.data, lags, backwards=way.direction == "backward")
    tables = []
    for part, norms in way.norms.items():
        values = at_lags(norms.numpy(), clips.lengths, lags)
        shares = lag_table(lags, seconds, relative(values), "share").drop(columns=["lag", "seconds", "clips"])
        tables.append(_named(lag_table(lags, seconds, values, "norm").join(shares), way, part=part))
    return pd.concat(tables, ignore_index=True)


def _jacobians(way: Way, clips: Clips, lags: np.ndarray, count: int, seed: int) -> pd.DataFrame:
    affordable = max(FEWEST_PROBES, MOST_ROW_STEPS // (len(clips.data) * way.x.shape[1]))
    probes = probes_of(way.layer.weights.hidden_size, min(count, affordable), seed)
    seconds = lag_seconds(clips.data, lags, backwards=way.direction == "backward")
    lengths, tables = torch.from_numpy(clips.lengths), []
    for number, part in enumerate(PARTS[: way.layer.cell.states]):
        values = at_lags(gains(way.layer, way.x, lengths, probes, number).numpy(), clips.lengths, lags)
        table = lag_table(lags, seconds, values, "gain")
        tables.append(_named(table, way, part=part).assign(probes=len(probes), units=probes.shape[1]))
    return pd.concat(tables, ignore_index=True)


def _named(table: pd.DataFrame, way: Way, **also: str) -> pd.DataFrame:
    names = way.names | also
    named = table.assign(**names)
    return named[[*names, *table.columns]]


def _reaches(measures: dict[str, tuple[list[pd.DataFrame], str]], step_s: float) -> pd.DataFrame:
    rows = []
    for measure, (tables, values) in measures.items():
        of = pd.concat(tables).groupby(["cell", "direction", "when", "part"], sort=False)
        for names, rows_of in of:
            found = reach(*(rows_of[name].to_numpy() for name in ("lag", values, "clips")))
            named = dict(zip(("cell", "direction", "when", "part"), names, strict=True))
            seconds = {f"seconds_{name}": getattr(found, f"steps_{name}") * step_s for name in ("e", "100")}
            rows.append({**named, "measure": measure, **found._asdict(), **seconds})
    return pd.DataFrame(rows)


def _matrices(way: Way) -> Iterator[dict[str, Any]]:
    for gate, matrix in recurrent_matrices(way.layer).items():
        radius, singular = spectrum(matrix)
        yield {**way.names, "gate": gate, "radius": radius, "singular": singular}


def _gates(way: Way, clips: Clips, step_s: float) -> Iterator[dict[str, Any]]:
    if way.cell in KEEPS:
        kept = kept_by(keeping(way.layer, way.cell, way.x, torch.from_numpy(clips.lengths)))
        seconds = {"seconds": kept["steps"] * step_s, "slowest_seconds": kept["slowest_steps"] * step_s}
        yield {**way.names, "gate": KEEPS[way.cell], **kept, **seconds}


def _histogram(way: Way, clips: Clips) -> Iterator[dict[str, Any]]:
    """How often the gate that keeps is open by how much: over all units and real steps."""
    if way.cell in KEEPS:
        values = keeping(way.layer, way.cell, way.x, torch.from_numpy(clips.lengths))
        counts, edges = np.histogram(values, bins=BINS, range=(0.0, 1.0))
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True):
            bounds = {"low": float(low), "high": float(high)}
            yield {**way.names, "gate": KEEPS[way.cell], **bounds, "share": count / values.size}
