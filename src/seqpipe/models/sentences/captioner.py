"""The captioner: a CNN and a decoder trained together (LRCN for descriptions: Donahue et al., CVPR 2015)."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from seqpipe.data.clip_batches import AllClips, ClipBatch, DrawnClips
from seqpipe.encoders.backbones import Backbone, read_backbone
from seqpipe.metrics.segments import UNLABELLED
from seqpipe.models.linear.rows import Prepare, as_one
from seqpipe.models.lrcn.cnn import ClipCnn
from seqpipe.models.lrcn.features import features_of
from seqpipe.models.lrcn.with_cnn import WithCnn
from seqpipe.models.networks import epochs_to_refit
from seqpipe.models.sentences.decoder import Decoder, DecoderAttention, DecoderInit, DecoderMerge, DecoderPar
from seqpipe.runtime.devices import answering_threads, resolve_device
from seqpipe.targets.sentences import SentenceTargets
from seqpipe.training.fit import SECONDS, Judge, StepOutput

if TYPE_CHECKING:
    from seqpipe.config import CaptionerConfig, ClipCnnConfig, RuntimeConfig
    from seqpipe.data.dataset import FeatureDataset
    from seqpipe.data.frame_dataset import FrameDataset
    from seqpipe.models.sentences.prepared import Shown
    from seqpipe.tasks.sentences import Sentences

logger = logging.getLogger(__name__)

DECODERS: dict[str, type[Decoder]] = {of.where: of for of in (DecoderInit, DecoderPar, DecoderMerge, DecoderAttention)}
SAMPLES_AT_ONCE = 64
"""Samples whose features lie in memory at once, where they are answered."""


class Captioner(WithCnn):
    """A CNN with a decoder behind it, which says a sentence of a picture or of the frames of a clip.

    It learns in two phases, as `seqpipe.models.lrcn.lrcn.Lrcn` does: first the decoder alone, which is then the very
    decoder on D'; with a CNN that stays as it is that is all. Then all that is to be trained, together.

    Attributes:
        class_names: The tokens of the vocabulary, once it is fitted.
        history: By epoch, of the last phase.
        device: Where it was fitted.
        threads: On how many it answers: as many as it was fitted with, also once it is read.
    """

    kind: ClassVar[str] = "captioner"

    def __init__(
        self, config: CaptionerConfig, runtime: RuntimeConfig, task: Sentences, backbone: Backbone | None = None
    ) -> None:
        self.config, self.task, self._runtime = config, task, runtime
        if backbone is not None:  # else it is about to be read
            self.backbone = backbone
        self._decoder = DECODERS[config.where](config, runtime, task)
        self._read_at = ("", "")
        self._checkpoint: Path | None = None
        self.class_names: tuple[str, ...] = ()
        self.history = pd.DataFrame()
        self.device = str(resolve_device(runtime))
        self.threads = answering_threads(runtime)

    @property
    def reads_order(self) -> bool:
        return self._decoder.reads_order

    @property
    def description(self) -> str:
        """What it is, in a phrase for the report."""
        return f"{self._decoder.description}, on {self._trained_of_cnn}"

    @property
    def parameters(self) -> int:
        return self._decoder.parameters + self._fitted().trainable

    def fit(self, train: FrameDataset, val: FrameDataset | None, checkpoint: Path | None = None) -> None:
        """Trains on ``train``; what is said freely on ``val`` selects the epoch, in both phases.

        With a checkpoint, ``history.attrs[SECONDS]`` is what all of it took; the first phase is done again where a
        training goes on.

        Raises:
            UserError: ``cnn.freeze`` or the layer does not fit, frames that are all the same, a loss that is not
                finite, not enough memory on the GPU, or no repeatable way to compute there.
        """
        started_s = time.perf_counter()
        features = train.lineage["features"]
        self._read_at, self._checkpoint = (features["layer"], features["pool"]), checkpoint
        self._cnn = self._new_cnn()
        seen = val if val is not None and len(val) else None
        self._decoder.fit(self._features(train), None if seen is None else self._features(seen))
        self.class_names, self.history = self._decoder.class_names, self._decoder.history
        decoder_s = time.perf_counter() - started_s
        self.history = self._trained_together(train, seen, self.config.cnn.training.epochs, "fit")
        if checkpoint is not None:
            self.history.attrs[SECONDS] = decoder_s + self.history.attrs.get(SECONDS, 0.0)

    def refit(self, both: FrameDataset) -> None:
        """Trains again, from the backbone, on train and val together; what is shown of features stays prepared so."""
        self._cnn = self._new_cnn()
        self._decoder.refit(self._features(both))
        chosen_by = next(iter(self.task.choose_by.items()))
        self._trained_together(both, None, epochs_to_refit(self.history, self.config.cnn.training, *chosen_by), "refit")

    def predict_proba(self, data: FrameDataset) -> np.ndarray:
        """(N,) of `seqpipe.tasks.sentences.Said`: the sentences that are found, the best first."""
        each = [self._decoder.predict_proba(part) for part in self._parts(data)]
        return np.concatenate(each) if each else np.empty(0, object)

    def log_likelihood(self, data: FrameDataset) -> np.ndarray:
        """(N, 2): as `Decoder.log_likelihood`."""
        each = [self._decoder.log_likelihood(part) for part in self._parts(data)]
        return np.concatenate(each) if each else np.zeros((0, 2))

    def write(self, folder: Path) -> dict[str, Any]:
        """Writes CNN, preprocessing and decoder, with all that answering new samples takes."""
        self._write_cnn(folder)
        return {"decoder": self._decoder.write(folder), "read_at": list(self._read_at)}

    def read(self, folder: Path, kept: dict[str, Any]) -> None:
        self.backbone, self._read_at = read_backbone(folder), (kept["read_at"][0], kept["read_at"][1])
        self._cnn = self._new_cnn()
        self._decoder.class_names, self._decoder.threads = self.class_names, self.threads
        self._decoder.read(folder, kept["decoder"])

    def answering(self, runtime: RuntimeConfig) -> Captioner:
        """The same model, whose CNN computes where ``runtime`` says: one that was read does so on the CPU."""
        self._runtime = runtime
        return self

    @property
    def _of_cnn(self) -> ClipCnnConfig:
        return self.config.cnn

    @property
    def _where_read(self) -> tuple[str, str]:
        return self._read_at

    def _features(self, data: FrameDataset) -> FeatureDataset:
        return features_of(self._fitted(), data, self.backbone.transforms, self._runtime, self.threads)

    def _parts(self, data: FrameDataset) -> Iterator[FeatureDataset]:
        rows = np.arange(len(data))
        return (self._features(data.take(rows[n : n + SAMPLES_AT_ONCE])) for n in range(0, len(data), SAMPLES_AT_ONCE))

    def _trained_together(self, train: FrameDataset, val: FrameDataset | None, epochs: int, phase: str) -> pd.DataFrame:
        """The second phase, in place; its history, or that of the first where there is no second."""
        config = self.config.cnn
        if config.strategy == "head":
            return self.history
        logger.info("Training together: %s.", self.description)
        both = [train] if val is None else [train, val]
        longest = max(int(of.counts().max()) for of in both)
        # A batch hands on which sample each clip is of; those of val stand behind those of train.
        numbers = np.split(np.arange(sum(map(len, both))), np.cumsum([len(of) for of in both])[:-1])
        size = config.training.batch_size
        return self._together(
            CaptionerNet(self._fitted(), self._decoder.shown, self._decoder.net),
            CaptionerStep(self._decoder, sentences_of(both)),
            DrawnClips(*self._data_of(train, numbers[0]), config, longest, self._runtime),
            None if val is None else AllClips(*self._data_of(val, numbers[1]), size, longest, longest, self._runtime),
            frames=train.frames,
            a_batch=size * longest,
            heads=self._decoder.net.parameters(),
            epochs=epochs,
            checkpoint=self._checkpoint and self._checkpoint / phase,
            judge=None if val is None else self._judge(val),
        )

    def _judge(self, val: FrameDataset) -> Judge:
        """As that of a decoder, of the features that the CNN gives by then."""
        name, better = next(iter(self.task.choose_by.items()))

        def score(net: nn.Module) -> float:
            assert isinstance(net, CaptionerNet), "what was given to `fit`"
            return self._decoder.freely(self._features(val))

        return Judge(name, score, better)


class CaptionerNet(nn.Module):
    """Reads frames and gives what a decoder is shown of them, x (B, S, D) and which of the steps there are (B, S).

    Between CNN and decoder lies the preprocessing of D', a linear map, which stays as it is. The decoder is called by
    `CaptionerStep`: it computes in float32, whatever the CNN computes in.

    Args:
        cnn: From frames to features.
        shown: How features are shown, by its fitted preprocessing.
        decoder: What is trained beside the CNN.
    """

    mean: Tensor
    project: Tensor

    def __init__(self, cnn: ClipCnn, shown: Shown, decoder: nn.Module) -> None:
        super().__init__()
        assert shown.preprocessor is not None, "frames are vectors"
        prepare = as_one(shown.preprocessor)
        self.cnn, self.decoder, self._shown = cnn, decoder, shown
        self.register_buffer("mean", prepare.mean, persistent=False)
        self.register_buffer("project", prepare.project, persistent=False)

    def forward(self, frames: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        features = self.cnn(frames)
        with torch.autocast(frames.device.type, enabled=False):
            places = features.view(len(features), self._shown.places, -1)
            seen = places if self._shown.looks else places.mean(1, keepdim=True)
            read = Prepare(self.mean, self.project)(seen.flatten(0, 1)) * self._shown.scale
            x = read.new_zeros(*mask.shape, seen.shape[1], read.shape[-1])
            x = x.masked_scatter(mask[..., None, None], read)
            return x.flatten(1, 2), mask.repeat_interleave(seen.shape[1], dim=1)


class CaptionerStep:
    """The outcome of a batch of clips: all references of each, behind one look at it.

    Args:
        decoder: Whose step it is.
        said: (N, R, L) the tokens of the references of all samples, as `SentenceTargets.t` has them.
    """

    def __init__(self, decoder: Decoder, said: np.ndarray) -> None:
        self._decoder, self._said = decoder, torch.from_numpy(said)

    def __call__(self, net: nn.Module, batch: ClipBatch) -> StepOutput:
        x, mask = net(batch.frames, batch.mask)
        said = self._said[batch.t.cpu()].to(x.device)
        rows, number = torch.nonzero(said[..., 0] != UNLABELLED, as_tuple=True)
        said = said[rows, number]
        said = said[:, : int((said != UNLABELLED).sum(1).max())]
        decoder: Any = net.decoder  # a `CaptionerNet`'s, around which there may be a wrapper for its device
        return self._decoder.step(decoder, (x[rows], mask[rows], said))


def sentences_of(parts: list[FrameDataset]) -> np.ndarray:
    """(N, R, L): the tokens of all references of the samples of these parts, one part after another."""
    references: list[tuple[str, ...]] = []
    for part in parts:
        assert isinstance(part.targets, SentenceTargets), "a decoder learns sentences"
        references += part.targets.references
        vocabulary = part.targets.vocabulary
    return SentenceTargets(tuple(references), vocabulary).t
