"""Decoders: recurrent nets that say a sentence of what an encoder has read, token by token."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from zlib import crc32

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from seqpipe.core.errors import UserError
from seqpipe.data.sequence_augmentation import with_unknown_tokens
from seqpipe.generation.base import GenerationRules
from seqpipe.generation.decode import decode
from seqpipe.metrics.segments import UNLABELLED
from seqpipe.models.nets.encoder_decoder import EncoderDecoder, Where
from seqpipe.models.networks import Batches, epochs_to_refit
from seqpipe.models.recurrent import UNITS_WORTH_THREADS
from seqpipe.models.sentences.own_words import with_own_words
from seqpipe.models.sentences.prepared import Shown
from seqpipe.models.sentences.said import log_p_of, spoken
from seqpipe.runtime.devices import answering_threads, intra_op_threads, resolve_device
from seqpipe.targets.sentences import SentenceTargets
from seqpipe.targets.vocabulary import BEGIN, END, UNKNOWN, Vocabulary
from seqpipe.tasks.sentences import Said, Sentences, said_of
from seqpipe.training.fit import Judge, StepOutput, fit

if TYPE_CHECKING:
    from seqpipe.config import DecoderConfig, RuntimeConfig, TrainingConfig
    from seqpipe.data.dataset import FeatureDataset

WEIGHTS = "weights.safetensors"
ANSWERED_AT_ONCE = 64
"""Samples of which sentences are searched together: times the beam, so many are computed at a time."""
FORBIDDEN = (UNKNOWN, BEGIN)
"""What is never said."""


class Decoder:
    """An encoder-decoder; its kind says where it is told what it speaks of (`seqpipe.models.nets.encoder_decoder`)."""

    kind: ClassVar[str]
    where: ClassVar[Where]

    def __init__(self, config: DecoderConfig, runtime: RuntimeConfig, task: Sentences) -> None:
        self.config, self.task, self._runtime = config, task, runtime
        self.class_names: tuple[str, ...] = ()
        self.history = pd.DataFrame()
        self.device = str(resolve_device(runtime))
        self.threads = answering_threads(runtime) if self._worth_threads else 1
        self._seed = runtime.seed
        self._shown: Shown | None = None
        self._vocabulary: Vocabulary | None = None
        self._ordered = False
        self._net: EncoderDecoder | None = None

    @property
    def reads_order(self) -> bool:
        return self._ordered

    @property
    def description(self) -> str:
        cell = {"lstm": "an LSTM", "gru": "a GRU"}[self.config.cell]
        read = f"what {cell} in both directions has read" if self._ordered else "what is seen"
        told = {
            "init": f"{cell} that begins with {read}",
            "par": f"{cell} that is shown {read} at each word",
            "merge": f"{cell} over words, with {read} behind it",
            "attention": f"{cell} that looks at {read}, at each word anew",
        }
        return told[self.where]

    @property
    def parameters(self) -> int:
        return sum(p.numel() for p in self.net.parameters())

    @property
    def net(self) -> EncoderDecoder:
        assert self._net is not None, "fit first"
        return self._net

    @property
    def shown(self) -> Shown:
        """How features are shown to the net."""
        assert self._shown is not None, "fit first"
        return self._shown

    @property
    def vocabulary(self) -> Vocabulary:
        """What its sentences are made of."""
        assert self._vocabulary is not None, "fit first"
        return self._vocabulary

    def fit(self, train: FeatureDataset, val: FeatureDataset | None, checkpoint: Path | None = None) -> None:
        targets = _sentences(train)
        self.class_names, self._vocabulary = targets.class_names, targets.vocabulary
        self._ordered = bool(train.tokens) or train.mask.shape[1] > 1
        shown = Shown(self.task.places, looks=self.where == "attention")
        self._shown = shown.fitted(train, self.config, self._seed)
        seen = val if val is not None and len(val) else None
        self.history = self._trained(train, seen, self._long_enough(train), checkpoint)

    def _long_enough(self, train: FeatureDataset) -> TrainingConfig:
        """The training, of as many epochs as ``min_steps`` take where they are more."""
        training = self.config.training
        steps = -(-len(self._batches(train, shuffle=True)) // training.accumulate)
        return training.lasting(max(training.epochs, -(-self.config.min_steps // max(steps, 1))))

    @property
    def _worth_threads(self) -> bool:
        """Below so many units the steps are so small that a pool of threads costs more than it gives."""
        return self.config.hidden >= UNITS_WORTH_THREADS

    def _trained(
        self,
        train: FeatureDataset,
        seen: FeatureDataset | None,
        training: TrainingConfig,
        checkpoint: Path | None = None,
    ) -> pd.DataFrame:
        """The history of a new net, behind what is shown of D' as it is; ``seen``: what of val it is judged by."""
        torch.manual_seed(self._seed)
        self._net = self._built()
        with intra_op_threads(torch.get_num_threads() if self._worth_threads else 1):
            return fit(
                self._net,
                self.step,
                self._batches(train, shuffle=True),
                None if seen is None else self._batches(seen, shuffle=False),
                training,
                device=resolve_device(self._runtime),
                deterministic=self._runtime.deterministic,
                seed=self._seed,
                checkpoint=checkpoint,
                what=self.kind,
                judge=None if seen is None else self._judge(seen),
            )

    def refit(self, both: FeatureDataset) -> None:
        """Trains anew on train and val, for as many epochs as the kept weights had: nothing is left to stop by."""
        training = self.config.training
        epochs = epochs_to_refit(self.history, training, *next(iter(self.task.choose_by.items())))
        self._trained(both, None, training.lasting(epochs))

    def predict_proba(self, data: FeatureDataset) -> np.ndarray:
        """(N,) of `Said`: the sentences that are found, the best first."""
        return said_of(self._said(self.net, self._shown_of(data), self.task.rules))

    def log_likelihood(self, data: FeatureDataset) -> np.ndarray:
        """(N, 2): the sum of log p over the tokens of all references of a sample, and how many there are."""
        with intra_op_threads(self.threads), torch.inference_mode():
            self.net.eval()
            return log_p_of(self.net, self._batches(data, shuffle=False), _sentences(data))

    def write(self, folder: Path) -> dict[str, Any]:
        assert self._shown is not None, "fit first"
        save_file({name: tensor.contiguous() for name, tensor in self.net.state_dict().items()}, folder / WEIGHTS)
        kept = {"shown": self._shown.write(folder), "ordered": self._ordered, "seed": self._seed}
        return kept | SentenceTargets((), self.vocabulary).facts()

    def read(self, folder: Path, kept: dict[str, Any]) -> None:
        self._shown = Shown.read(folder, kept["shown"])
        self._ordered, self._seed = kept["ordered"], kept["seed"]
        self._vocabulary = SentenceTargets.kept({"references": []}, kept).vocabulary
        self._net = self._built()
        try:
            self._net.load_state_dict(load_file(folder / WEIGHTS))
        except RuntimeError as error:
            raise UserError(
                f"{folder}: the net of this {self.kind} has another form than it has now, for an earlier version wrote "
                "it; train it again."
            ) from error
        self._net.eval()

    def _built(self) -> EncoderDecoder:
        assert self._shown is not None, "prepared before"
        of = self._shown
        places = of.places if of.looks else 1
        return EncoderDecoder(of.size, len(self.vocabulary), self.where, self.config, self._ordered, of.tokens, places)

    def _batches(self, data: FeatureDataset, shuffle: bool) -> Batches:
        """Every reference with what it speaks of, those of like length together."""
        assert self._shown is not None, "prepared before"
        x, mask = self._shown(data)
        rows, said = (torch.from_numpy(part) for part in _sentences(data).pairs())
        lengths = (said != UNLABELLED).sum(1)

        def take(some: Tensor) -> tuple[Tensor, ...]:
            of = rows[some]
            return x[of], mask[of], said[some, : int(lengths[some].max())]

        size = self.config.training.batch_size
        return Batches(take, len(rows), size, shuffle, x.device, lengths if shuffle else None)

    def step(self, net: nn.Module, batch: tuple[Tensor, Tensor, Tensor]) -> StepOutput:
        """The outcome of a batch: what is spoken of, (B, S, D) with (B, S), and sentences from begin to end, (B, L)."""
        x, mask, said = batch
        given, true = said[:, :-1].clamp(min=UNKNOWN), said[:, 1:]
        smoothing = 0.0
        if net.training:
            if self._shown is not None and self._shown.tokens:
                x = with_unknown_tokens(x, self.config.token_dropout)
            given = with_own_words(net, x, mask, given, self.config.scheduled_sampling)
            given = torch.cat([given[:, :1], with_unknown_tokens(given[:, 1:], self.config.token_dropout)], dim=1)
            smoothing = self.config.label_smoothing
        return self.task.step_output(net(x, mask, given), true, smoothing)

    def _judge(self, val: FeatureDataset) -> Judge:
        """What is said freely on val, one token at a time: true words are not at hand where a model is used."""
        name, better = next(iter(self.task.choose_by.items()))
        shown = list(self._shown_of(val))

        def score(net: nn.Module) -> float:
            assert isinstance(net, EncoderDecoder), "what was given to `fit`"
            return self._freely(net, shown, val)

        return Judge(name, score, better)

    def freely(self, data: FeatureDataset) -> float:
        """How good, by what the task chooses by, the sentences are that are said one token at a time."""
        return self._freely(self.net, self._shown_of(data), data)

    def _freely(self, net: EncoderDecoder, shown: Iterable[tuple[Tensor, Tensor]], data: FeatureDataset) -> float:
        said = said_of(self._said(net, shown, replace(self.task.rules, beam=1, sampling="beam")))
        return self.task.judged(data.targets, said).value(next(iter(self.task.choose_by)))

    def _shown_of(self, data: FeatureDataset) -> Iterator[tuple[Tensor, Tensor]]:
        """What is shown of the samples, as many at a time as are answered together."""
        assert self._shown is not None, "fit first"
        rows = np.arange(len(data))
        for start in range(0, len(rows), ANSWERED_AT_ONCE):
            yield self._shown(data.take(rows[start : start + ANSWERED_AT_ONCE]))

    def _said(self, net: EncoderDecoder, shown: Iterable[tuple[Tensor, Tensor]], rules: GenerationRules) -> list[Said]:
        device = next(net.parameters()).device
        said: list[Said] = []
        with intra_op_threads(self.threads), torch.inference_mode():
            for x, mask in shown:
                seeds = [[self._seed, drawn_by(*of_row)] for of_row in zip(x, mask, strict=True)]
                begun = net.begun(x.to(device), mask.to(device))
                marks = {"begin": BEGIN, "end": END, "forbidden": FORBIDDEN}
                found = decode(net.step, begun, len(x), rules=rules, seed=seeds, **marks)  # type: ignore[arg-type]
                said += [spoken(beams, self.vocabulary, rules) for beams in found]
        return said


class DecoderInit(Decoder):
    """Begins with what it speaks of."""

    kind, where = "decoder_init", "init"


class DecoderPar(Decoder):
    """LRCN's captioner."""

    kind, where = "decoder_par", "par"


class DecoderMerge(Decoder):
    """Words alone, and what they speak of behind them."""

    kind, where = "decoder_merge", "merge"


class DecoderAttention(Decoder):
    """Looks anew at each word."""

    kind, where = "decoder_attention", "attention"


def drawn_by(x: Tensor, mask: Tensor) -> int:
    """A number that what is drawn for a sample follows from, by what is shown of it: whatever is asked beside it.

    Rounded, for the last bits of what is shown may depend on the company in which it was computed: where one of them
    decides how a number is rounded, something else may still be drawn.
    """
    return crc32(np.round(x[mask].numpy(), 2).astype(np.float32).tobytes())


def _sentences(data: FeatureDataset) -> SentenceTargets:
    assert isinstance(data.targets, SentenceTargets), "a decoder learns sentences"
    return data.targets
