"""Names for what flows between nodes.

Kedro reads the nodes' annotations whenever a project command starts, so they must not import torch or
pandas: ``kedro registry list`` would wait for them. The real types are in the comments.
"""

from __future__ import annotations

from typing import Any, TypeAlias

Table: TypeAlias = Any  # pandas.DataFrame
BackboneRecord: TypeAlias = Any  # seqpipe.encoders.backbones.Backbone, or seqpipe.encoders.base.SequenceEncoder
FeatureSpecs: TypeAlias = Any  # list[seqpipe.study.feature_specs.SpecFeatures]
StudySpec: TypeAlias = Any  # seqpipe.study.study.StudySpec
FeatureDataset: TypeAlias = Any  # seqpipe.data.dataset.FeatureDataset
Samples: TypeAlias = (
    Any  # seqpipe.data.base.Dataset: seqpipe.data.dataset.FeatureDataset or .frame_dataset.FrameDataset
)
FittedModel: TypeAlias = Any  # seqpipe.models.base.Model
TrainedModel: TypeAlias = Any  # seqpipe.memory.opened.Trained, or None where there is no such model
ModelResults: TypeAlias = Any  # seqpipe.evaluation.results.Results
Picture: TypeAlias = bytes  # a PNG
