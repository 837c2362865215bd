"""The typed parameters: one frozen model a stage.

Values live in ``conf/*/parameters/<stage>.yml`` alone: no field has a default here, so a missing key
is an error as an unknown one is. Kedro checks them all before the first node runs.
"""

from seqpipe.config.audio import AudioConfig, MelodiesConfig
from seqpipe.config.base import Count, Part, Positive, Share, Stage, as_text, block_of, flat, leaves
from seqpipe.config.check import PARAMETERS, add_group, check_parameters, takes_text
from seqpipe.config.classifier_base import (
    MANY_STEPS,
    OF_MANY_STEPS,
    OF_SEVERAL_STEPS,
    OF_TOKENS,
    OF_VECTORS,
    ClassifierConfig,
    SearchedConfig,
)
from seqpipe.config.classifiers import (
    FrameLinearConfig,
    LinearConfig,
    RbfSvmConfig,
    RocketConfig,
    SolverConfig,
    SvmConfig,
    VectorClassifierConfig,
)
from seqpipe.config.data import (
    ActionSequencesConfig,
    CaptionedActionsConfig,
    CaptionedDigitsConfig,
    CorpusConfig,
    DigitsAndShapesConfig,
    LayoutName,
    MovingDigitsConfig,
    ReferenceLayoutName,
)
from seqpipe.config.evaluation import EvaluationConfig
from seqpipe.config.exams import CellRates, ExamName, ExamsConfig
from seqpipe.config.features import (
    BackboneConfig,
    ClipConfig,
    DatasetConfig,
    FeaturesConfig,
    LayerOfItsOwn,
    SnippetConfig,
    SourceConfig,
    StreamConfig,
    View,
    ViewChoice,
    WeightsConfig,
)
from seqpipe.config.finetune import EndToEndConfig, FinetuneConfig, Strategy
from seqpipe.config.frame_labels import FrameLabelsConfig
from seqpipe.config.fuse import FuseConfig
from seqpipe.config.generation import GenerationConfig
from seqpipe.config.inherited import INHERITED, with_inherited
from seqpipe.config.lrcn import ClipCnnConfig, LrcnConfig
from seqpipe.config.memory import MemoryConfig
from seqpipe.config.models import ModelConfig
from seqpipe.config.motion import MotionConfig, PenTrajectoriesConfig
from seqpipe.config.networks import AnnConfig, FrameRecurrentConfig, RecurrentConfig
from seqpipe.config.next_token import NextTokenConfig
from seqpipe.config.runtime import RuntimeConfig
from seqpipe.config.sentences import (
    CaptionConfig,
    CaptionerConfig,
    ConsensusConfig,
    CopyConfig,
    DecoderConfig,
    DictionaryConfig,
    FixedSentenceConfig,
    ImageCaptioningConfig,
    NeighbourConfig,
    SentenceConfig,
    TranslationConfig,
    VideoCaptioningConfig,
    VocabularyConfig,
)
from seqpipe.config.study import LayerConfig, TransferConfig
from seqpipe.config.text import DistantWordsConfig, SpokenNumbersConfig, TextConfig
from seqpipe.config.training import CnnTrainingConfig, TrainingConfig

__all__ = [
    "INHERITED",
    "MANY_STEPS",
    "OF_MANY_STEPS",
    "OF_SEVERAL_STEPS",
    "OF_TOKENS",
    "OF_VECTORS",
    "PARAMETERS",
    "ActionSequencesConfig",
    "AnnConfig",
    "AudioConfig",
    "BackboneConfig",
    "CaptionConfig",
    "CaptionedActionsConfig",
    "CaptionedDigitsConfig",
    "CaptionerConfig",
    "CellRates",
    "ClassifierConfig",
    "ClipCnnConfig",
    "ClipConfig",
    "CnnTrainingConfig",
    "ConsensusConfig",
    "CopyConfig",
    "CorpusConfig",
    "Count",
    "DatasetConfig",
    "DecoderConfig",
    "DictionaryConfig",
    "DigitsAndShapesConfig",
    "DistantWordsConfig",
    "EndToEndConfig",
    "EvaluationConfig",
    "ExamName",
    "ExamsConfig",
    "FeaturesConfig",
    "FinetuneConfig",
    "FixedSentenceConfig",
    "FrameLabelsConfig",
    "FrameLinearConfig",
    "FrameRecurrentConfig",
    "FuseConfig",
    "GenerationConfig",
    "ImageCaptioningConfig",
    "LayerConfig",
    "LayerOfItsOwn",
    "LayoutName",
    "LinearConfig",
    "LrcnConfig",
    "MelodiesConfig",
    "MemoryConfig",
    "ModelConfig",
    "MotionConfig",
    "MovingDigitsConfig",
    "NeighbourConfig",
    "NextTokenConfig",
    "Part",
    "PenTrajectoriesConfig",
    "Positive",
    "RbfSvmConfig",
    "RecurrentConfig",
    "ReferenceLayoutName",
    "RocketConfig",
    "RuntimeConfig",
    "SearchedConfig",
    "SentenceConfig",
    "Share",
    "SnippetConfig",
    "SolverConfig",
    "SourceConfig",
    "SpokenNumbersConfig",
    "Stage",
    "Strategy",
    "StreamConfig",
    "SvmConfig",
    "TextConfig",
    "TrainingConfig",
    "TransferConfig",
    "TranslationConfig",
    "VectorClassifierConfig",
    "VideoCaptioningConfig",
    "View",
    "ViewChoice",
    "VocabularyConfig",
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
