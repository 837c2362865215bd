"""Nodes of ``transfer``."""

from __future__ import annotations

from pathlib import Path

from seqpipe.config import (
    BackboneConfig,
    ClassifierConfig,
    ClipConfig,
    DatasetConfig,
    EvaluationConfig,
    FeaturesConfig,
    FinetuneConfig,
    LinearConfig,
    RuntimeConfig,
    SourceConfig,
    TransferConfig,
)
from seqpipe.pipelines.backbone.nodes import load_backbone, tried_on_val
from seqpipe.pipelines.types import BackboneRecord, FeatureSpecs, Picture, StudySpec, Table
from seqpipe.tasks.registry import DEFAULT_TASK


def load_backbones(
    transfer: TransferConfig,
    backbone: BackboneConfig,
    source: SourceConfig,
    runtime: RuntimeConfig,
    source_cache: Path,
) -> list[BackboneRecord]:
    """The backbones compared: those of `transfer`, else the one of `backbone`."""
    return [load_backbone(one, source, runtime, source_cache) for one in transfer.compared(backbone)]


def choose_views(
    loaded_backbones: list[BackboneRecord],
    samples: Table,
    transfer: TransferConfig,
    backbone: BackboneConfig,
    clip: ClipConfig,
    features: FeaturesConfig,
    linear: LinearConfig,
    dataset: DatasetConfig,
    runtime: RuntimeConfig,
    feature_store: Path,
    transfer_x: Path,
) -> list[BackboneRecord]:
    """The backbones, each with its view of a frame; where val is asked, at the first of the layers compared."""
    from seqpipe.study.feature_specs import feature_layers_of

    groups = {"linear": linear, "clip": clip}
    given = (DEFAULT_TASK, groups, samples, None, features, dataset, runtime, feature_store, transfer_x)
    on_val = [tried_on_val(one, feature_layers_of(one, transfer.layers), *given) for one in loaded_backbones]
    return [each.with_view(backbone.view) for each in on_val]


def extract_all_layers(
    samples: Table,
    backbones: list[BackboneRecord],
    transfer: TransferConfig,
    clip: ClipConfig,
    features: FeaturesConfig,
    runtime: RuntimeConfig,
    feature_store: Path,
) -> FeatureSpecs:
    """Every layer of every backbone, in one pass over the frames a backbone."""
    from seqpipe.study.feature_specs import extract_all

    return extract_all(samples, backbones, transfer.layers, clip, features, runtime, feature_store)


def define_study(
    samples: Table,
    feature_specs: FeatureSpecs,
    transfer: TransferConfig,
    clip: ClipConfig,
    dataset: DatasetConfig,
    finetune: FinetuneConfig,
    feature_store: Path,
    transfer_x: Path,
    **classifiers: ClassifierConfig,
) -> StudySpec:
    """What is compared and on what, put together once: the steps from here on read none of it anew."""
    from seqpipe.study.study import Settings, define

    settings = Settings.of(transfer, clip, dataset, classifiers, finetune)
    return define(settings, samples, feature_specs, feature_store, transfer_x)


def score_transferability(
    study: StudySpec,
    backbones: list[BackboneRecord],
    features: FeaturesConfig,
    source: SourceConfig,
    runtime: RuntimeConfig,
    feature_store: Path,
    transfer_x: Path,
) -> Table:
    """How compatible source and target are at each feature spec, before anything is trained."""
    from seqpipe.study.transferability import score_all

    return score_all(study.datasets(feature_store, transfer_x), backbones, features, source, runtime)


def fit_grid(
    study: StudySpec,
    backbones: list[BackboneRecord],
    evaluation: EvaluationConfig,
    runtime: RuntimeConfig,
    transfer_runs: Path,
    **folders: Path,
) -> Table:
    """Every solution on the corpus, judged on the same test split."""
    from seqpipe.study.evaluator import Evaluator
    from seqpipe.study.grid import fit_all
    from seqpipe.study.run_store import RunStore

    return fit_all(study.opened(backbones, runtime, **folders), Evaluator(evaluation, runtime), RunStore(transfer_runs))


def draw_learning_curve(
    study: StudySpec,
    backbones: list[BackboneRecord],
    grid: Table,
    runtime: RuntimeConfig,
    transfer_runs: Path,
    **folders: Path,
) -> Table:
    """The solutions that the configuration names, on few samples of each class."""
    from seqpipe.study.curve import learning_curve
    from seqpipe.study.run_store import RunStore

    return learning_curve(grid, study.opened(backbones, runtime, **folders), RunStore(transfer_runs))


def draw_figures(
    study: StudySpec,
    backbones: list[BackboneRecord],
    grid: Table,
    curve: Table,
    transferability: Table,
    runtime: RuntimeConfig,
    transfer_runs: Path,
    **folders: Path,
) -> dict[str, Picture]:
    """Costs, curve, transferability, D' in the plane, and where the fine-tuned CNN looks."""
    from seqpipe.study.figures import all_figures
    from seqpipe.study.run_store import RunStore

    return all_figures(
        grid, curve, transferability, study.opened(backbones, runtime, **folders), RunStore(transfer_runs)
    )


def write_transfer_report(
    grid: Table,
    transferability: Table,
    figures: dict[str, Picture],
    samples: Table,
    backbones: list[BackboneRecord],
) -> str:
    """The self-contained report, made of what lies on disk: no parameter of this command says anything in it."""
    from seqpipe.core.lineage import complete, lineage_of
    from seqpipe.evaluation.report.transfer import TransferInputs, render_transfer_report
    from seqpipe.study.figures import with_accuracy
    from seqpipe.tracking.provenance import summary

    name = complete(lineage_of(samples), "corpus", "samples")["corpus"]["name"]
    inputs = TransferInputs(
        title=f"seqpipe transfer: {name}",
        summary={
            "corpus": name,
            "source_domain": "; ".join(dict.fromkeys(backbone.source for backbone in backbones)),
            "view": "; ".join(dict.fromkeys(backbone.view_told for backbone in backbones)),
            "seed": ", ".join(str(seed) for seed in sorted(set(grid["seed"]))),
            "device": ", ".join(sorted(set(grid["device"]))),
            **summary(Path.cwd()),
        },
        grid=grid,
        transferability=with_accuracy(transferability, grid),
        figures=figures,
        samples=samples,
    )
    return render_transfer_report(inputs)
