"""Nodes of ``transfer``."""

from __future__ import annotations

from pathlib import Path

from seqpipe.config import (
    AnnConfig,
    BackboneConfig,
    ClipConfig,
    CorpusConfig,
    DPrimeConfig,
    EvaluationConfig,
    FeaturesConfig,
    FinetuneConfig,
    LinearConfig,
    RbfSvmConfig,
    RuntimeConfig,
    SourceConfig,
    SvmConfig,
    TransferConfig,
    corpus_name,
)
from seqpipe.pipelines.backbone.nodes import load_backbone, viewing
from seqpipe.pipelines.types import BackboneRecord, Picture, Table


def load_backbones(
    transfer: TransferConfig, backbone: BackboneConfig, source: SourceConfig, runtime: RuntimeConfig, cache: Path
) -> list[BackboneRecord]:
    """The backbones compared: those of `transfer`, else the one of `backbone`."""
    return [load_backbone(one, source, runtime, cache) for one in transfer.compared(backbone)]


def choose_views(
    loaded: list[BackboneRecord],
    samples: Table,
    transfer: TransferConfig,
    backbone: BackboneConfig,
    clip: ClipConfig,
    features: FeaturesConfig,
    linear: LinearConfig,
    dprime: DPrimeConfig,
    runtime: RuntimeConfig,
    store: Path,
    x_folder: Path,
) -> list[BackboneRecord]:
    """The backbones, each with its view of a frame; where val is asked, at the first of the layers compared."""
    from seqpipe.transfer.places import reads_of

    told = (samples, backbone, clip, features, linear, dprime, runtime, store, x_folder)
    return [viewing(one, reads_of(one, transfer.layers), *told) for one in loaded]


def extract_places(
    samples: Table,
    backbones: list[BackboneRecord],
    transfer: TransferConfig,
    clip: ClipConfig,
    features: FeaturesConfig,
    runtime: RuntimeConfig,
    store: Path,
) -> Table:
    """Every layer of every backbone, in one pass over the frames a backbone."""
    from seqpipe.transfer.places import extract_all

    return extract_all(samples, backbones, transfer.layers, clip, features, runtime, store)


def score_places(
    samples: Table,
    backbones: list[BackboneRecord],
    places: Table,
    store: Path,
    x_folder: Path,
    dprime: DPrimeConfig,
    features: FeaturesConfig,
    source: SourceConfig,
    runtime: RuntimeConfig,
) -> Table:
    """How compatible source and target are at each place, before anything is trained."""
    from seqpipe.features.gather import Spill
    from seqpipe.transfer.scores import score_all

    spill = Spill(x_folder, dprime.in_memory_mb * 10**6)
    return score_all(samples, backbones, places, store, spill, features, source, runtime)


def fit_grid(
    cells: Path,
    evaluation: EvaluationConfig,
    samples: Table,
    backbones: list[BackboneRecord],
    places: Table,
    store: Path,
    x_folder: Path,
    frame_cache: Path,
    transfer: TransferConfig,
    clip: ClipConfig,
    dprime: DPrimeConfig,
    runtime: RuntimeConfig,
    svm: SvmConfig,
    svm_rbf: RbfSvmConfig,
    linear: LinearConfig,
    ann: AnnConfig,
    finetune: FinetuneConfig,
) -> Table:
    """Every solution on the corpus, judged on the same test split."""
    from seqpipe.transfer.cells import Cells
    from seqpipe.transfer.grid import Solutions, fit_all
    from seqpipe.transfer.solutions import Judge
    from seqpipe.transfer.target import Study

    study = Study.of(samples, frame_cache, clip, runtime, backbones, places, store, x_folder, dprime)
    classifiers = {"svm": svm, "svm_rbf": svm_rbf, "linear": linear, "ann": ann}
    solutions = Solutions.of(transfer, classifiers, finetune)
    return fit_all(study, solutions, Judge(evaluation, runtime), Cells(cells))


def draw_samples_curve(
    grid: Table,
    cells: Path,
    samples: Table,
    backbones: list[BackboneRecord],
    places: Table,
    store: Path,
    x_folder: Path,
    frame_cache: Path,
    transfer: TransferConfig,
    clip: ClipConfig,
    dprime: DPrimeConfig,
    runtime: RuntimeConfig,
    svm: SvmConfig,
    svm_rbf: RbfSvmConfig,
    linear: LinearConfig,
    ann: AnnConfig,
    finetune: FinetuneConfig,
) -> Table:
    """The solutions that the configuration names, on few samples of each class."""
    from seqpipe.transfer.cells import Cells
    from seqpipe.transfer.curve import samples_curve
    from seqpipe.transfer.grid import Solutions
    from seqpipe.transfer.target import Study

    study = Study.of(samples, frame_cache, clip, runtime, backbones, places, store, x_folder, dprime)
    classifiers = {"svm": svm, "svm_rbf": svm_rbf, "linear": linear, "ann": ann}
    solutions = Solutions.of(transfer, classifiers, finetune)
    return samples_curve(grid, study, transfer, solutions, Cells(cells))


def draw_figures(
    grid: Table,
    curve: Table,
    scores: Table,
    cells: Path,
    samples: Table,
    backbones: list[BackboneRecord],
    places: Table,
    store: Path,
    x_folder: Path,
    frame_cache: Path,
    transfer: TransferConfig,
    clip: ClipConfig,
    dprime: DPrimeConfig,
    runtime: RuntimeConfig,
    svm: SvmConfig,
    svm_rbf: RbfSvmConfig,
    linear: LinearConfig,
    ann: AnnConfig,
    finetune: FinetuneConfig,
) -> dict[str, Picture]:
    """Costs, curve, scores, D' in the plane, and where the fine-tuned CNN looks."""
    from seqpipe.transfer.cells import Cells
    from seqpipe.transfer.figures import all_figures
    from seqpipe.transfer.grid import Solutions
    from seqpipe.transfer.target import Study

    study = Study.of(samples, frame_cache, clip, runtime, backbones, places, store, x_folder, dprime)
    classifiers = {"svm": svm, "svm_rbf": svm_rbf, "linear": linear, "ann": ann}
    solutions = Solutions.of(transfer, classifiers, finetune)
    return all_figures(grid, curve, scores, study, solutions, Cells(cells))


def write_transfer_report(
    grid: Table,
    scores: Table,
    figures: dict[str, Picture],
    samples: Table,
    backbones: list[BackboneRecord],
    corpus: CorpusConfig,
    runtime: RuntimeConfig,
) -> str:
    """The self-contained report."""
    from seqpipe.evaluation.transfer_report import render_transfer_report
    from seqpipe.tracking.provenance import summary
    from seqpipe.transfer.figures import with_accuracy

    name = "digits and shapes" if corpus.path is None else corpus_name(corpus.path)
    return render_transfer_report(
        title=f"seqpipe transfer: {name}",
        summary={
            "corpus": name,
            "source_domain": "; ".join(dict.fromkeys(backbone.source for backbone in backbones)),
            "view": "; ".join(dict.fromkeys(backbone.view_told for backbone in backbones)),
            "seed": runtime.seed,
            "device": ", ".join(sorted(set(grid["device"]))),
            **summary(Path.cwd()),
        },
        grid=grid,
        scores=with_accuracy(scores, grid),
        figures=figures,
        samples=samples,
    )
