"""The typed parameters: one frozen model a stage.

Values live in ``conf/*/parameters/<stage>.yml`` alone: no field has a default here, so a missing key
is an error as an unknown one is. Kedro checks them all before the first node runs.
"""

from seqpipe.config.base import Count, Part, Positive, Share, Stage, as_text, block_of, flat, leaves
from seqpipe.config.check import PARAMETERS, add_group, check_parameters, takes_text
from seqpipe.config.classifier_base import ClassifierConfig
from seqpipe.config.classifiers import (
    FrameLinearConfig,
    LinearConfig,
    RbfSvmConfig,
    SolverConfig,
    SvmConfig,
    VectorClassifierConfig,
)
from seqpipe.config.data import (
    ActionSequencesConfig,
    CorpusConfig,
    DigitsAndShapesConfig,
    LayoutName,
    MovingDigitsConfig,
)
from seqpipe.config.evaluation import EvaluationConfig
from seqpipe.config.exams import CellRates, ExamName, ExamsConfig
from seqpipe.config.features import (
    BackboneConfig,
    ClipConfig,
    DatasetConfig,
    FeaturesConfig,
    SourceConfig,
    StreamConfig,
    View,
    ViewChoice,
    WeightsConfig,
)
from seqpipe.config.finetune import FinetuneConfig, Strategy
from seqpipe.config.frame_labels import FrameLabelsConfig
from seqpipe.config.fuse import FuseConfig
from seqpipe.config.inherited import INHERITED, with_inherited
from seqpipe.config.memory import MemoryConfig
from seqpipe.config.models import ModelConfig
from seqpipe.config.networks import AnnConfig, FrameRecurrentConfig, RecurrentConfig
from seqpipe.config.runtime import RuntimeConfig
from seqpipe.config.study import LayerConfig, TransferConfig
from seqpipe.config.training import CnnTrainingConfig, TrainingConfig

__all__ = [
    "INHERITED",
    "PARAMETERS",
    "ActionSequencesConfig",
    "AnnConfig",
    "BackboneConfig",
    "CellRates",
    "ClassifierConfig",
    "ClipConfig",
    "CnnTrainingConfig",
    "CorpusConfig",
    "Count",
    "DatasetConfig",
    "DigitsAndShapesConfig",
    "EvaluationConfig",
    "ExamName",
    "ExamsConfig",
    "FeaturesConfig",
    "FinetuneConfig",
    "FrameLabelsConfig",
    "FrameLinearConfig",
    "FrameRecurrentConfig",
    "FuseConfig",
    "LayerConfig",
    "LayoutName",
    "LinearConfig",
    "MemoryConfig",
    "ModelConfig",
    "MovingDigitsConfig",
    "Part",
    "Positive",
    "RbfSvmConfig",
    "RecurrentConfig",
    "RuntimeConfig",
    "Share",
    "SolverConfig",
    "SourceConfig",
    "Stage",
    "Strategy",
    "StreamConfig",
    "SvmConfig",
    "TrainingConfig",
    "TransferConfig",
    "VectorClassifierConfig",
    "View",
    "ViewChoice",
    "WeightsConfig",
    "add_group",
    "as_text",
    "block_of",
    "check_parameters",
    "flat",
    "leaves",
    "takes_text",
    "with_inherited",
]
