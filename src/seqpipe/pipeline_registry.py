"""The pipelines ``kedro run`` knows."""

from __future__ import annotations

from kedro.pipeline import Pipeline

from seqpipe.models.registry import default_kinds, kinds_reading
from seqpipe.pipelines.backbone.pipeline import create_pipeline as backbone
from seqpipe.pipelines.compare.pipeline import create_pipeline as compare
from seqpipe.pipelines.dataset.pipeline import create_pipeline as dataset
from seqpipe.pipelines.features.pipeline import create_pipeline as features
from seqpipe.pipelines.finetune.pipeline import create_pipeline as finetune
from seqpipe.pipelines.fuse.pipeline import create_pipeline as fuse
from seqpipe.pipelines.ingest.pipeline import create_pipeline as ingest
from seqpipe.pipelines.lrcn.pipeline import create_pipeline as lrcn
from seqpipe.pipelines.memory.pipeline import create_pipeline as memory
from seqpipe.pipelines.model.pipeline import create_pipeline as model
from seqpipe.pipelines.task.pipeline import create_pipeline as task
from seqpipe.pipelines.task.pipeline import models_of
from seqpipe.pipelines.transfer.pipeline import create_pipeline as transfer
from seqpipe.tasks.registry import DEFAULT_TASK, TASKS, finetuned


def register_pipelines() -> dict[str, Pipeline]:
    """One pipeline a stage and one a kind of model; by default the stages, and the kinds that are default.

    ``finetune``, ``transfer`` and every other task are whole by themselves: they begin with the corpus, and keep their
    samples apart; with ``finetune_`` before its name, a task's models of frames are trained as well. ``lrcn`` is whole
    too, on the samples and the D' of the default. ``memory`` looks into the models that the default left, ``fuse``
    mixes the answers of any two.
    """
    stages = {"ingest": ingest("moving_digits"), "backbone": backbone(), "features": features(), "dataset": dataset()}
    models = {kind: model(kind) for kind in kinds_reading("features", "clip")}
    last = compare(default_kinds(), DEFAULT_TASK)
    default = [*stages.values(), *(models[kind] for kind in default_kinds()), last]
    tasks = {name: of for name, of in TASKS.items() if name != DEFAULT_TASK}
    of_frames, before = kinds_reading("frames", "clip"), stages["ingest"] + stages["backbone"]
    to_dataset = sum(stages.values(), Pipeline([]))
    whole = {
        **{kind: finetune(before, kind) for kind, entry in of_frames.items() if not entry.beside},
        **{kind: lrcn(to_dataset, models, kind) for kind, entry in of_frames.items() if entry.beside},
        "transfer": transfer(),
        "memory": memory(),
        "fuse": fuse(),
        **{name: task(name) for name in tasks},
        **{finetuned(name): task(name, frames=True) for name, of in tasks.items() if models_of(of, "frames")},
    }
    return {"__default__": sum(default, Pipeline([])), **stages, **models, "compare": last, **whole}
