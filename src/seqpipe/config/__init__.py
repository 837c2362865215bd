"""The typed parameters: one frozen model a stage.

Values live in ``conf/*/parameters/<stage>.yml`` alone: no field has a default here, so a missing key
is an error as an unknown one is. Kedro checks them all before the first node runs.
"""

from seqpipe.config.base import Count, Part, Positive, Share, Stage, as_text
from seqpipe.config.check import PARAMETERS, check_parameters, flat, takes_text
from seqpipe.config.classifiers import ClassifierConfig, LinearConfig, RbfSvmConfig, SvmConfig, VectorClassifierConfig
from seqpipe.config.data import ActionSequencesConfig, CorpusConfig, DigitsAndShapesConfig, MovingDigitsConfig
from seqpipe.config.evaluation import EvaluationConfig
from seqpipe.config.features import (
    BackboneConfig,
    ClipConfig,
    DPrimeConfig,
    FeaturesConfig,
    SourceConfig,
    View,
    ViewChoice,
    WeightsConfig,
)
from seqpipe.config.finetune import FinetuneConfig, Strategy
from seqpipe.config.frame_labels import FrameLabelsConfig
from seqpipe.config.models import ModelConfig
from seqpipe.config.networks import AnnConfig, LstmConfig
from seqpipe.config.runtime import RuntimeConfig
from seqpipe.config.study import LayerConfig, TransferConfig

__all__ = [
    "PARAMETERS",
    "ActionSequencesConfig",
    "AnnConfig",
    "BackboneConfig",
    "ClassifierConfig",
    "ClipConfig",
    "CorpusConfig",
    "Count",
    "DPrimeConfig",
    "DigitsAndShapesConfig",
    "EvaluationConfig",
    "FeaturesConfig",
    "FinetuneConfig",
    "FrameLabelsConfig",
    "LayerConfig",
    "LinearConfig",
    "LstmConfig",
    "ModelConfig",
    "MovingDigitsConfig",
    "Part",
    "Positive",
    "RbfSvmConfig",
    "RuntimeConfig",
    "Share",
    "SourceConfig",
    "Stage",
    "Strategy",
    "SvmConfig",
    "TransferConfig",
    "VectorClassifierConfig",
    "View",
    "ViewChoice",
    "WeightsConfig",
    "as_text",
    "check_parameters",
    "flat",
    "takes_text",
]
