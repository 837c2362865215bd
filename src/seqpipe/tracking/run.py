"""What a run does around its nodes: checks before the first, one run at a time, the stages on the screen."""

from __future__ import annotations

import copy
import gc
import logging
import signal
import sys
import time
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from kedro.framework.hooks import hook_impl
from kedro.pipeline import Pipeline

from seqpipe.config import BackboneConfig, CorpusConfig, FeaturesConfig, RuntimeConfig, SourceConfig, check_parameters
from seqpipe.errors import UserError
from seqpipe.models.registry import KINDS
from seqpipe.tracking.planned import given_parameters, planned

logger = logging.getLogger(__name__)

LOCK_NAME = ".seqpipe.lock"
# Stages quicker than this are not worth a line on how long they took.
WORTH_TELLING_S = 1.0
# The tables that end on the screen, and their columns there.
TABLES = {
    "leaderboard": ["model", "n_test", "accuracy", "accuracy_low", "accuracy_high", "macro_f1", "fit_seconds"],
    "transfer.grid": [
        *("solution", "backbone", "layer", "pool", "accuracy", "accuracy_low", "accuracy_high"),
        *("macro_f1", "val_accuracy", "trainable_parameters", "fit_seconds"),
    ],
}
# The heavy modules behind each tag of the pipelines' nodes.
CLASSIFIERS = tuple({kind.where.split(":")[0]: None for kind in KINDS.values()})
ROOMS = {
    "ingest": ("seqpipe.media.corpora", "seqpipe.media.ingest", "seqpipe.media.moving_digits"),
    "backbone": ("seqpipe.training.source",),
    "features": ("seqpipe.features.extraction",),
    "dprime": ("seqpipe.features.dprime",),
    "train": ("seqpipe.models.search", *CLASSIFIERS),
    "evaluate": ("seqpipe.evaluation.figures", *CLASSIFIERS),
    "compare": ("seqpipe.evaluation.report",),
    "finetune": ("seqpipe.transfer.figures",),
    "transfer": ("seqpipe.transfer.figures", "seqpipe.evaluation.transfer_report"),
}


class RunHook:
    """Checks the parameters, holds the project's lock, and tells the stages."""

    def __init__(self) -> None:
        self._project = Path.cwd()
        self._lock: FileLock | None = None
        self._planned = Pipeline([])
        self._count = self._total = 0
        self._run_started_s = self._node_started_s = 0.0

    @hook_impl(tryfirst=True)
    def after_context_created(self, context: Any) -> None:
        """Answers every wrong parameter in one go, before Kedro looks at them."""
        self._project = context.project_path
        raw = context.config_loader["parameters"]
        self._parameters = check_parameters(raw)
        context.config_loader["parameters"] = without_given(raw, given_parameters(context))

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Any, catalog: Any) -> None:
        """Checks what needs torch to be known, then waits for the run before, if one is at work."""
        _silence_libraries()
        whole, pipeline = pipeline, planned(pipeline, catalog, run_params)
        # A killed run ends as an interrupted one does: MLflow hears of it.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        names = {node.name for node in pipeline.nodes}
        tags = {tag for node in pipeline.nodes for tag in node.tags}
        if "ingest" in tags:
            _check_corpus(self._parameters)
        _check_device(self._parameters)
        if {name.rpartition(".")[2] for name in names} & {"load_backbone", "extract_features"}:
            _check_backbone(self._parameters, reads_features="finetune" not in tags)
        for stage in sorted(tags & set(CHECKS)):
            CHECKS[stage](self._parameters)
        _load_rooms(tags)
        # In a notebook the run before may have been interrupted: Kedro tells nobody, and the lock is still ours.
        self._release()
        self._lock = lock_project(self._project)
        self._planned = planned(whole, catalog, run_params)  # the run before may have made what was missing
        self._count, self._total = 0, len(self._planned.nodes)
        self._run_started_s = time.perf_counter()

    @hook_impl
    def before_node_run(self, node: Any) -> None:
        """Says which stage begins."""
        if self._count == 0:
            # What start-up has made stays to the end: the collector need not walk through it again and again.
            gc.freeze()
            gc.enable()
        self._count += 1
        self._node_started_s = time.perf_counter()
        logger.info("[%2d/%d] %s", self._count, self._total, node.name.replace("_", " ").replace(".", ": "))

    @hook_impl
    def after_node_run(self) -> None:
        """Says how long a long stage took."""
        seconds = time.perf_counter() - self._node_started_s
        if seconds >= WORTH_TELLING_S:
            logger.info("        %.1f s", seconds)

    @hook_impl(trylast=True)
    def after_pipeline_run(self, catalog: Any) -> None:
        """Says what came out and where it lies."""
        self._release()
        if not self._planned.nodes:
            logger.info("Nothing is missing: no node was run.")
            return
        logger.info("Done in %s.", _duration(time.perf_counter() - self._run_started_s))
        outputs = self._planned.all_outputs()
        for name, columns in TABLES.items():
            if name in outputs:
                table = catalog.load(name).sort_values("accuracy", ascending=False, kind="stable")[columns]
                logger.info("\n%s\n", table.to_string(index=False, float_format=lambda v: f"{v:.3f}", na_rep=""))
        if "finetune.results" in outputs:
            logger.info("\n%s\n", _told(catalog.load("finetune.results").metrics))
            logger.info("Results:    %s", catalog.get("finetune.results").path)
        for name in ("report", "transfer.report"):
            if name in outputs:
                logger.info("Report:     %s", catalog.get(name).path)
        logger.info("MLflow UI:  make ui")

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Lets the next run begin."""
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()


def _told(metrics: dict[str, float]) -> str:
    """A model's results in a line."""
    right, low, high = (100 * metrics[name] for name in ("accuracy", "accuracy_low", "accuracy_high"))
    samples = f"{metrics['n_test']:.0f} test samples ({low:.1f} to {high:.1f})"
    return f"Right on {right:.1f} % of {samples}, macro F1 {metrics['macro_f1']:.3f}."


def without_given(raw: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The parameters with nothing left to search where the command line has given the value itself."""
    fixed = copy.deepcopy(raw)
    for stage, values in given.items():
        grid = fixed[stage].get("grid", {})
        for name in set(values) & set(grid) - set(values.get("grid", {})):
            del grid[name]
            logger.info("%s.%s is given, so it is not searched.", stage, name)
    return fixed


def lock_project(project: Path) -> FileLock:
    """Waits until no other run is at work in this project folder, and keeps others waiting.

    The catalog's files are handed from node to node: a second run in the same folder would read the
    first one's. The system frees the lock of a process that dies.
    """
    lock = FileLock(project / LOCK_NAME)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        logger.info("Another run is at work in %s; waiting for it to end.", project)
        lock.acquire()
    return lock


def _check_corpus(parameters: dict[str, Any]) -> None:
    corpus = parameters["corpus"]
    assert isinstance(corpus, CorpusConfig)
    if corpus.path is not None and not corpus.path.expanduser().exists():
        raise UserError(f"corpus.path {corpus.path} does not exist; name a folder of videos or a .csv manifest.")


def _check_device(parameters: dict[str, Any]) -> None:
    from seqpipe.devices import resolve_device

    runtime = parameters["runtime"]
    assert isinstance(runtime, RuntimeConfig)
    resolve_device(runtime)


def _check_backbone(parameters: dict[str, Any], reads_features: bool) -> None:
    from seqpipe.features.backbones import check_backbone

    backbone, features, source = (parameters[stage] for stage in ("backbone", "features", "source"))
    assert isinstance(backbone, BackboneConfig)
    assert isinstance(features, FeaturesConfig)
    assert isinstance(source, SourceConfig)
    check_backbone(backbone, features if reads_features else None, source)


def _check_finetune(parameters: dict[str, Any]) -> None:
    from seqpipe.transfer.checks import check_finetune

    check_finetune(*(parameters[stage] for stage in ("backbone", "source", "finetune")))


def _check_transfer(parameters: dict[str, Any]) -> None:
    from seqpipe.transfer.checks import check_transfer

    check_transfer(*(parameters[stage] for stage in ("transfer", "backbone", "features", "source", "finetune")))


# What is looked at before a pipeline whose nodes bear the tag.
CHECKS = {"finetune": _check_finetune, "transfer": _check_transfer}


def _load_rooms(tags: set[str]) -> None:
    """Imports what the stages will need: start-up is one wait, and a stage's time is its own."""
    for tag in sorted(tags & set(ROOMS)):
        for module in ROOMS[tag]:
            import_module(module)


def _silence_libraries() -> None:
    """Hides notices that are neither wrong nor the user's to mend."""
    for module in ("lightning", "torch", "torchvision", "mlflow", "kedro", "pydantic", "skops"):
        warnings.filterwarnings("ignore", module=rf"{module}(\..*)?")
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    # To repeat a command that a mistake ended would be of no use.
    runner = logging.getLogger("kedro.runner.sequential_runner")
    runner.addFilter(lambda record: "No nodes ran" not in record.getMessage())


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
