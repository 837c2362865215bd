"""Sentences a second: all samples at once with a beam of 5, beside the loop that tutorials write, a sample at a time.

    python -m benchmarks.sentences

The same decoder, with attention over 49 places of 256 numbers and 1,000 words, drawn by a seed and never trained, says
a caption of 100 pictures, of 20 words. **Batched**: as a run does. **Loop**: a picture at a time, whose beams
are one batch; sentences in Python's lists, ended ones set aside, as in a-PyTorch-Tutorial-to-Image-Captioning. Both are
given the same rules and find the same sentences, which is checked. They take turns; the ratio is the median of the
rounds'. Writes ``benchmarks/results/sentences.json``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor

from benchmarks.common import RESULTS, RUNTIME, machine
from seqpipe.config import DecoderConfig, GenerationConfig
from seqpipe.generation.base import GenerationRules
from seqpipe.generation.decode import decode
from seqpipe.models.nets.encoder_decoder import EncoderDecoder
from seqpipe.models.sentences.decoder import ANSWERED_AT_ONCE
from seqpipe.runtime.devices import computing
from seqpipe.targets.vocabulary import BEGIN, END, UNKNOWN

CONF = Path(__file__).parents[1] / "conf/base/parameters/image_captioning.yml"
PICTURES, PLACES, SIZE, WORDS, LONGEST, BEAM = 100, 49, 256, 1000, 20, 5


def main() -> None:
    parser = argparse.ArgumentParser(description="Sentences a second, batched and one at a time.")
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with computing(RUNTIME):
        told = measure(rounds)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "sentences.json").write_text(json.dumps(told, indent=2) + "\n")
    print(told["machine"])
    print(
        f"{PICTURES} pictures, beam {BEAM}: {told['batched']:.0f} captions a second together, {told['loop']:.1f} one "
        f"by one: {told['ratio']:.1f} times as many; {told['alike']} of {PICTURES} alike, of {told['words']:.1f} words"
    )


def measure(rounds: int) -> dict[str, Any]:
    """Captions a second of both, and how many they agree on."""
    net, x, mask = decoder()
    conf = yaml.safe_load(CONF.read_text())["image_captioning"]["generation"]
    asked = {"beam": BEAM, "max_length": LONGEST, "no_repeat": 0, "length_normalisation": 0.0}
    rules = GenerationRules.of(GenerationConfig.model_validate(conf | asked))
    ways: dict[str, Callable[[], list[list[int]]]] = {
        "batched": lambda: batched(net, x, mask, rules),
        "loop": lambda: [one_by_one(net, x[n : n + 1], mask[n : n + 1]) for n in range(len(x))],
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    said = {name: way() for name, way in ways.items()}  # what libraries do once is done here
    for _ in range(rounds):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - started)
    pairs = zip(seconds["batched"], seconds["loop"], strict=True)
    return {
        **{name: PICTURES / statistics.median(taken) for name, taken in seconds.items()},
        "ratio": statistics.median(loop / together for together, loop in pairs),
        "alike": sum(a == b for a, b in zip(said["batched"], said["loop"], strict=True)),
        "words": statistics.mean(len(words) for words in said["batched"]),
        "machine": machine(),
    }


def decoder() -> tuple[EncoderDecoder, Tensor, Tensor]:
    """A decoder with attention whose sentences differ and never end by themselves, and what it is shown."""
    config = DecoderConfig.model_validate(yaml.safe_load(CONF.read_text())["image_captioning"]["decoder"])
    torch.manual_seed(0)
    net = EncoderDecoder(SIZE, WORDS, "attention", config, ordered=False).eval()
    with torch.no_grad():
        net.embedding.weight.mul_(8.0)
        net.bias[END] = -100.0
    return net, torch.randn(PICTURES, PLACES, SIZE), torch.ones(PICTURES, PLACES, dtype=torch.bool)


@torch.inference_mode()
def batched(net: EncoderDecoder, x: Tensor, mask: Tensor, rules: GenerationRules) -> list[list[int]]:
    """The best sentence of each picture, as `seqpipe` finds it."""
    said: list[list[int]] = []
    for start in range(0, len(x), ANSWERED_AT_ONCE):
        some = slice(start, start + ANSWERED_AT_ONCE)
        begun = net.begun(x[some], mask[some])
        of = {"begin": BEGIN, "end": END, "forbidden": (UNKNOWN, BEGIN), "rules": rules}
        said += [list(beams[0].tokens) for beams in decode(net.step, begun, len(x[some]), **of)]  # type: ignore[arg-type]
    return said


@torch.inference_mode()
def one_by_one(net: EncoderDecoder, x: Tensor, mask: Tensor) -> list[int]:
    """The best sentence of one picture, as the loop of a tutorial finds it."""
    said: list[list[int]] = [[]]
    scores, last = torch.zeros(1, 1), torch.tensor([BEGIN])
    state = net.begun(x, mask)
    ended: list[tuple[float, list[int]]] = []
    for _ in range(LONGEST):
        stepped = net.step(last, state)
        log_p = stepped.log_p.clone()
        log_p[:, [UNKNOWN, BEGIN]] = -torch.inf
        total = (scores + log_p).view(-1)
        best, place = total.topk(min(BEAM, len(total)))
        rows, words = place // WORDS, place % WORDS
        kept = []
        for number, (row, word) in enumerate(zip(rows.tolist(), words.tolist(), strict=True)):
            if word == END:
                ended.append((float(best[number]), said[row]))
            else:
                kept.append(number)
        if not kept or (len(ended) >= BEAM and max(ended)[0] >= float(best[kept[0]])):
            break
        said = [[*said[rows[number]], int(words[number])] for number in kept]
        scores, last, rows = best[kept][:, None], words[kept], rows[kept]
        state = reordered(stepped.state, rows)
    return max(ended, default=(float(scores[0]), said[0]))[1]


def reordered(state: Any, rows: Tensor) -> Any:
    """The state of other rows."""
    if isinstance(state, Tensor):
        return state[rows]
    parts = [reordered(part, rows) for part in state]
    return type(state)(*parts) if hasattr(state, "_fields") else tuple(parts)


if __name__ == "__main__":
    main()
