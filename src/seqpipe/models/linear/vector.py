"""Classifiers on one vector a clip: the SVM and multinomial logistic regression."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_array
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC, LinearSVC
from threadpoolctl import threadpool_limits

from seqpipe.config import VectorClassifierConfig
from seqpipe.core.errors import UserError
from seqpipe.data.memmap import Features, slices_of
from seqpipe.models.base import pool_time
from seqpipe.models.linear.convergence import told_if_cut_short
from seqpipe.models.linear.row_space import InRowSpace
from seqpipe.models.linear.rows import Vectors, prepared, vectors_of
from seqpipe.models.linear.scorers import LinearScorer, RbfScorer, Scorer
from seqpipe.models.linear.sizes import check_multinomial_fits
from seqpipe.models.linear.solvers import fit_linear_svm, fit_multinomial
from seqpipe.models.linear.token_counts import FILE as TOKEN_COUNTS
from seqpipe.models.linear.token_counts import TokenCounts
from seqpipe.models.preprocessing import Preprocessor, fit_preprocessor
from seqpipe.runtime.devices import answering_threads, resolve_device
from seqpipe.tasks.classification import CLASSIFICATION

if TYPE_CHECKING:
    from seqpipe.config import FrameLinearConfig, LinearConfig, RuntimeConfig, SolverConfig, SvmConfig
    from seqpipe.data.dataset import FeatureDataset
    from seqpipe.tasks.base import Task

NUMBERS_WORTH_THREADS = 10_000_000
POOLED = {
    "mean": "time-averaged features",
    "mean_std": "mean and deviation of the features over time",
    "pyramid": "mean and deviation of the features over the whole and over each third",
    "concat": "the features of all frames in a row",
    "frames": "the features of each frame by itself",
}
ORDERED = ("pyramid", "concat")
"""Of these poolings a vector is another where the frames come in another order."""


class VectorClassifier:
    """Pools each clip over time, preprocesses, and fits a scikit-learn estimator; of tokens it counts n-grams."""

    kind = ""

    def __init__(self, config: SolverConfig, runtime: RuntimeConfig, task: Task = CLASSIFICATION) -> None:
        self.config = config
        self.task = task
        self._runtime = runtime
        self.class_names: tuple[str, ...] = ()
        self.history = pd.DataFrame()
        self.device = "cpu"
        self.threads = answering_threads(runtime)
        self._prepare: Preprocessor | TokenCounts | None = None
        self._scorer: Scorer | None = None

    @property
    def reads_order(self) -> bool:
        if isinstance(self._prepare, TokenCounts):
            return self._prepare.runs > 1
        return self._pooling in ORDERED

    @property
    def description(self) -> str:
        prepare = self._prepare
        return (
            f"{self._name} on {counted_words(prepare) if isinstance(prepare, TokenCounts) else POOLED[self._pooling]}"
        )

    @property
    def _pooling(self) -> str:
        """What a vector is made of: of labels by step each step is one."""
        return self.config.pooling if isinstance(self.config, VectorClassifierConfig) else "frames"

    @property
    def _sees_ahead(self) -> bool:
        """Whether, of tokens, each step is answered with those behind it in sight; of clips all are."""
        return True

    @property
    def parameters(self) -> int:
        assert self._scorer is not None, "fit first"
        return self._scorer.parameters

    def fit(self, train: FeatureDataset, val: FeatureDataset, checkpoint: Path | None = None) -> None:
        self.class_names = train.class_names
        self._prepare = self._preprocessor(train)
        self._scorer = self._fitted(self._prepare, train)
        self._calibrate(val)

    def refit(self, both: FeatureDataset) -> None:
        assert self._prepare is not None, "fit first"
        self._scorer = self._fitted(self._prepare, both)

    def _preprocessor(self, train: FeatureDataset) -> Preprocessor | TokenCounts:
        """Made once of a training split: the trials of a search have it in common."""
        config, seed = self.config, self._runtime.seed
        if train.tokens:
            given = (len(train.tokens), config.ngrams, self._pooling == "frames", self._sees_ahead)
            return train.memoised(("counts", *given), lambda: TokenCounts.fit(train.x[:], train.mask, *given))
        what = ("preprocessor", self._pooling, config.standardize, config.pca, seed)
        return train.memoised(what, lambda: fit_preprocessor(config, self._vectors(train), seed))

    def _fitted(self, prepare: Preprocessor | TokenCounts, data: FeatureDataset) -> Scorer:
        x = data.memoised(("prepared", prepare, self._pooling), lambda: self._prepared(prepare, data))
        return self._fit_scorer(x, data.targets.flat(data.mask))

    def _prepared(self, prepare: Preprocessor | TokenCounts, data: FeatureDataset) -> InRowSpace | Vectors | csr_array:
        if isinstance(prepare, TokenCounts):
            vectors = prepare(data.x[:], data.mask)
            return vectors[data.targets.counted(data.mask)[data.mask]] if prepare.by_step else vectors
        ready = prepared(prepare, self._vectors(data))
        return ready if isinstance(ready, Vectors) else InRowSpace.of(ready)

    def _vectors(self, data: FeatureDataset) -> np.ndarray | Vectors:
        return vectors_of(data.x, data.targets.counted(data.mask), self._pooling)

    def predict_proba(self, data: FeatureDataset) -> np.ndarray:
        proba: np.ndarray = softmax(self._logits(data.x, data.mask), axis=1)
        if self._pooling != "frames":
            return proba
        by_step = np.full((*data.mask.shape, proba.shape[1]), np.nan)
        by_step[data.mask] = proba
        return by_step

    def write(self, folder: Path) -> dict[str, Any]:
        assert self._prepare is not None, "fit first"
        assert self._scorer is not None
        self._prepare.write(folder)
        self._scorer.write(folder)
        return {}

    def read(self, folder: Path, kept: dict[str, Any]) -> None:
        self._prepare = (TokenCounts if (folder / TOKEN_COUNTS).exists() else Preprocessor).read(folder)
        self._scorer = self._scorer_class.read(folder)

    def _scores(self, x: Features, mask: np.ndarray) -> np.ndarray:
        """Scores (N, K), or of steps (n, K); two classes have one score s, here (0, s)."""
        assert self._prepare is not None, "fit first"
        assert self._scorer is not None
        scores = np.concatenate([self._scorer(self._ready(x[clips], mask[clips])) for clips in slices_of(x)])
        scores = np.stack([np.zeros_like(scores), scores], axis=1) if scores.ndim == 1 else scores
        return self._of_all_classes(scores, self._scorer.classes)

    def _ready(self, x: np.ndarray, mask: np.ndarray) -> np.ndarray | csr_array:
        """What the scorer reads of clips x (N, T, D)."""
        assert self._prepare is not None, "fit first"
        if isinstance(self._prepare, TokenCounts):
            return self._prepare(x, mask)
        return self._prepare.transform(pool_time(x, mask, self._pooling).astype(np.float64))

    def _of_all_classes(self, scores: np.ndarray, classes: np.ndarray) -> np.ndarray:
        """(n, K) from the scores of those classes that were in train; the others have none."""
        if scores.shape[1] == len(self.class_names):
            return scores
        whole = np.full((len(scores), len(self.class_names)), -np.inf)
        whole[:, classes] = scores
        return whole

    def _logits(self, x: Features, mask: np.ndarray) -> np.ndarray:
        return self._scores(x, mask)

    def _calibrate(self, val: FeatureDataset) -> None:
        """Makes probabilities of scores where the estimator's own are none."""

    def _fit_scorer(self, x: InRowSpace | Vectors | csr_array, t: np.ndarray) -> Scorer:
        if isinstance(x, csr_array):
            return self._fit_sparse(x, t)
        if isinstance(x, Vectors):
            return self._fit_in_chunks(x, t)
        if self._on_torch():
            in_row_space = self._fit_torch(x.vectors, t)
            return replace(in_row_space, coef=x.widened(in_row_space.coef))
        return self._widened(self._fit_sklearn(x, t), x)

    @property
    def _scorer_class(self) -> type[LinearScorer] | type[RbfScorer]:
        return LinearScorer

    def _widened(self, estimator: Any, x: InRowSpace) -> Scorer:
        """What an estimator that was fitted in the row space answers to vectors with all features."""
        return LinearScorer.of(x.widened(estimator.coef_), estimator.intercept_, estimator.classes_)

    def _fit_in_chunks(self, x: Vectors, t: np.ndarray) -> Scorer:
        if not self._linear:
            raise x.refusal(f"The {self._name}", f"Give {self.kind}.pca, or take svm, linear or ann")
        if self.config.solver == "sklearn":
            raise x.refusal("scikit-learn's solver", f"Give {self.kind}.solver=auto")
        self.device = str(resolve_device(self._runtime))
        return self._fit_torch(x, t)

    def _fit_sparse(self, x: csr_array, t: np.ndarray) -> Scorer:
        """By scikit-learn's own solvers, which read sparse vectors as they are."""
        if not self._linear:
            raise UserError(f"The {self._name} reads vectors, and D' holds tokens: take svm or linear.")
        estimator = self._sklearn(None)
        with told_if_cut_short(self.kind, self.config.max_iter):
            estimator.fit(x, t)
        return LinearScorer.of(estimator.coef_, estimator.intercept_, estimator.classes_)

    def _fit_sklearn(self, x: InRowSpace, t: np.ndarray) -> Any:
        # On matrices this small a pool of BLAS threads waits more than it works: 20 times slower was seen.
        threads = 1 if x.vectors.size < NUMBERS_WORTH_THREADS else None
        with threadpool_limits(threads), told_if_cut_short(self.kind, self.config.max_iter):
            return self._sklearn(x).fit(x.vectors, t)

    def _on_torch(self) -> bool:
        device = resolve_device(self._runtime)
        use = self.config.solver == "torch" or (self.config.solver == "auto" and self._best_on_torch(device))
        self.device = str(device) if use else "cpu"
        return use

    def _best_on_torch(self, device: torch.device) -> bool:
        return device.type == "cuda"

    def _fit_torch(self, x: np.ndarray | Vectors, t: np.ndarray) -> LinearScorer:
        classes = np.arange(len(self.class_names))
        return LinearScorer.of(*self._solve(x, t, len(classes)), classes)

    @property
    def _name(self) -> str:
        raise NotImplementedError

    @property
    def _linear(self) -> bool:
        return True

    def _sklearn(self, x: InRowSpace | None) -> Any:
        """The unfitted estimator of scikit-learn's for ``x``; None: for sparse vectors."""
        raise NotImplementedError

    def _solve(self, x: np.ndarray | Vectors, t: np.ndarray, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
        raise NotImplementedError


class Linear(VectorClassifier):
    """Multinomial logistic regression with an L2 penalty."""

    kind = "linear"
    config: LinearConfig | FrameLinearConfig
    _name = "logistic regression"

    @property
    def _sees_ahead(self) -> bool:
        return self.config.ahead

    def _fit_sparse(self, x: csr_array, t: np.ndarray) -> Scorer:
        examples, features = x.shape
        check_multinomial_fits(examples, features, len(np.unique(t)))
        return super()._fit_sparse(x, t)

    def _sklearn(self, x: InRowSpace | None) -> LogisticRegression:
        return LogisticRegression(C=self.config.C, max_iter=self.config.max_iter)

    def _solve(self, x: np.ndarray | Vectors, t: np.ndarray, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
        device = resolve_device(self._runtime)
        return fit_multinomial(x, t, n_classes, self.config.C, self.config.max_iter, device)


class SingleFrame(Linear):
    """Multinomial logistic regression of each frame by itself; a clip's answer is the mean over its frames.

    The CNN on single frames that recurrent nets are held against (Donahue et al., CVPR 2015, table 1).
    """

    kind = "single_frame"

    def predict_proba(self, data: FeatureDataset) -> np.ndarray:
        by_frame = super().predict_proba(data)
        return np.where(data.mask[..., None], by_frame, 0.0).sum(axis=1) / data.mask.sum(axis=1, keepdims=True)

    def _fitted(self, prepare: Preprocessor | TokenCounts, data: FeatureDataset) -> Scorer:
        x = data.memoised(("prepared", prepare, self._pooling), lambda: self._prepared(prepare, data))
        return self._fit_scorer(x, np.repeat(data.t, data.mask.sum(axis=1)))


class Svm(VectorClassifier):
    """Support vector machine; its scores become probabilities by a temperature fitted on val.

    softmax(a s), with the scale a that `fit_scale` finds; a changes no answer, only how sure it is.
    """

    kind = "svm"
    config: SvmConfig

    def __init__(self, config: SvmConfig, runtime: RuntimeConfig, task: Task = CLASSIFICATION) -> None:
        super().__init__(config, runtime, task)
        self._scale = 1.0

    def write(self, folder: Path) -> dict[str, Any]:
        return super().write(folder) | {"scale": self._scale}

    def read(self, folder: Path, kept: dict[str, Any]) -> None:
        super().read(folder, kept)
        self._scale = kept["scale"]

    def _logits(self, x: Features, mask: np.ndarray) -> np.ndarray:
        return self._scale * self._scores(x, mask)

    def _calibrate(self, val: FeatureDataset) -> None:
        self._scale = fit_scale(self._scores(val.x, val.mask), val.t)

    @property
    def _name(self) -> str:
        return f"{'linear' if self.config.kernel == 'linear' else 'RBF'} SVM"

    @property
    def _linear(self) -> bool:
        return self.config.kernel == "linear"

    def _on_torch(self) -> bool:
        return self._linear and super()._on_torch()

    def _best_on_torch(self, device: torch.device) -> bool:
        return True  # scikit-learn's LIBLINEAR takes minutes for what Newton steps do, and does not always get there

    @property
    def _scorer_class(self) -> type[LinearScorer] | type[RbfScorer]:
        return LinearScorer if self._linear else RbfScorer

    def _widened(self, estimator: Any, x: InRowSpace) -> Scorer:
        if self._linear:
            return super()._widened(estimator, x)
        estimator.support_vectors_ = x.widened(estimator.support_vectors_)
        estimator.n_features_in_ = x.size
        return RbfScorer(estimator)

    def _sklearn(self, x: InRowSpace | None) -> LinearSVC | SVC:
        seed, config = self._runtime.seed, self.config
        if config.kernel == "rbf" and x is not None:
            gamma = config.gamma
            if gamma == "scale" and x.variance > 0:  # of all features, as scikit-learn means it
                gamma = 1 / (x.size * x.variance)
            return SVC(C=config.C, gamma=gamma, max_iter=config.max_iter, random_state=seed)
        # The primal: deterministic, at any N and D.
        return LinearSVC(C=config.C, dual=False, max_iter=config.max_iter, random_state=seed)

    def _solve(self, x: np.ndarray | Vectors, t: np.ndarray, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
        device = resolve_device(self._runtime)
        return fit_linear_svm(x, t, n_classes, self.config.C, self.config.max_iter, device)


class RbfSvm(Svm):
    """The SVM with the RBF kernel, as a kind of its own: to be compared with the linear one."""

    kind = "svm_rbf"


def counted_words(counts: TokenCounts) -> str:
    """What is counted, in words."""
    if counts.by_step:
        return f"each token with {counts.runs - 1} {'on either side' if counts.ahead else 'before it'}"
    return "a bag of tokens" if counts.runs == 1 else f"a bag of runs of 1 to {counts.runs} tokens"


def fit_scale(scores: np.ndarray, t: np.ndarray) -> float:
    """The scale a in [1e-2, 1e2] that minimises the cross entropy of softmax(a s) to the targets t on val.

    One temperature 1 / a (Guo et al., On Calibration of Modern Neural Networks, ICML 2017). The targets are not 0 and
    1 but what N right answers vouch for, (N + 1) / (N + K) and 1 / (N + K) (as in Platt, Probabilistic outputs for
    support vector machines, 1999): else a val split without a mistake would make a endless, and all trials alike.

    Args:
        scores: s, (N, K). t: (N,) class indices.
    """
    n, classes = scores.shape
    targets = np.full((n, classes), 1 / (n + classes))
    targets[np.arange(n), t] += n / (n + classes)

    def cross_entropy(log_a: float) -> float:
        return -float((targets * log_softmax(np.exp(log_a) * scores, axis=1)).sum(axis=1).mean())

    best = minimize_scalar(cross_entropy, bounds=(np.log(1e-2), np.log(1e2)), method="bounded")
    return float(np.exp(best.x))
