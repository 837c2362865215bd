"""Parameters of the tasks whose answer is a sentence: captions of images and of videos, translation."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from seqpipe.config.base import Count, Share, Stage
from seqpipe.config.classifier_base import ClassifierConfig, SearchedConfig
from seqpipe.config.features import LayerOfItsOwn
from seqpipe.config.generation import GenerationConfig
from seqpipe.config.lrcn import ClipCnnConfig
from seqpipe.config.training import TrainingConfig


class VocabularyConfig(Stage):
    """What a sentence is made of; train alone decides."""

    level: Literal["words", "characters", "bpe"] = Field(
        description="What a token is: `words` (and marks), `characters`, or `bpe`, the pieces that byte pair encoding "
        "learns of train (needs `pip install 'seqpipe[bpe]'`)."
    )
    lowercase: bool = Field(description="Read and say capital letters as small ones.")
    min_count: Count = Field(description="Tokens that occur less often in train are unknown, and never said.")
    size: Count = Field(description="Different tokens at most, the most frequent of train.")


class DecoderConfig(ClassifierConfig):
    """A recurrent net that says a sentence, token by token, of what an encoder has read."""

    cell: Literal["gru", "lstm"] = Field(description="The recurrent cell, of encoder and decoder.")
    hidden: Count = Field(description="Units of each recurrent layer (of the encoder: of each direction).")
    embedding: Count = Field(description="Numbers that each token is read as; they are learned.")
    attention: Count = Field(description="Of `decoder_attention`: numbers in which a question and a place meet.")
    factored: bool = Field(
        description="Of `decoder_par`: a first layer reads the tokens alone, and a second one that together with what "
        "is spoken of (LRCN's factored variant, Donahue et al. 2015)."
    )
    tied: bool = Field(
        description="The matrix that scores the tokens is that of their embedding (Press and Wolf, EACL 2017)."
    )
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(
        description="Of what is read, of the embeddings and before the tokens are scored."
    )
    token_dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(
        description="The share of tokens, read or said before, that is unknown in training."
    )
    label_smoothing: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(
        description="Share of the target that is spread over all tokens in training."
    )
    scheduled_sampling: Share = Field(
        description="Share of the tokens said before that are the net's own in training, as it would have said them "
        "behind the true ones (Bengio et al., NeurIPS 2015; in two passes as Mihaylova and Martins, ACL 2019)."
    )
    min_steps: Count = Field(
        description="Steps of training, at least: where an epoch has few batches there are more epochs than "
        "`training.epochs`, for a net does not speak after a few dozen steps."
    )
    training: TrainingConfig = Field(
        description="How the net is trained. The `best` epoch, and `patience`, go by sentences said freely on val, "
        "never by ones whose true words are given."
    )


class CaptionerConfig(DecoderConfig):
    """A decoder that is trained together with the CNN that it speaks of (LRCN, Donahue et al., CVPR 2015).

    The decoder is first trained on what the CNN says as it is, as on D'; then both together (`cnn`), from there on.
    """

    where: Literal["init", "par", "merge", "attention"] = Field(
        description="Where the decoder is told what it speaks of, as that of `decoder_init`, `decoder_par`, "
        "`decoder_merge` or `decoder_attention`."
    )
    cnn: ClipCnnConfig = Field(
        description="How the CNN is trained with the decoder. Its layer and pool are those of the task."
    )

    def deciding(self) -> dict[str, Any]:
        """What of it decides the weights: of a CNN that stays as it is nothing of its training."""
        return super().deciding() | {"cnn": self.cnn.deciding()}


class FixedSentenceConfig(SearchedConfig):
    """One sentence for all, whatever is asked: what every model has to beat."""


class NeighbourConfig(SearchedConfig):
    """The sentence of the sample of train that is nearest."""


class ConsensusConfig(SearchedConfig):
    """Of the sentences of the nearest samples of train the one that is most like the others (Devlin et al. 2015)."""

    neighbours: Count = Field(description="How many samples are asked.")


class CopyConfig(SearchedConfig):
    """The source as it is: what of a translation need not be translated."""


class DictionaryConfig(SearchedConfig):
    """Each token of the source as the one of the targets that goes with it most (IBM model 1, Brown et al. 1993)."""

    rounds: Count = Field(description="Rounds of expectation and maximisation.")


class SentenceConfig(Stage):
    """What the tasks of sentences have in common."""

    vocabulary: VocabularyConfig = Field(description="What a sentence is made of.")
    generation: GenerationConfig = Field(description="How a sentence is found.")
    decoder: DecoderConfig = Field(description="What the decoders have in common here.")
    fixed_sentence: FixedSentenceConfig = Field(description="One sentence for all.")


class CaptionConfig(SentenceConfig):
    """Captions, of whatever modality."""

    nearest_neighbour: NeighbourConfig = Field(description="The first sentence of the nearest sample of train.")
    consensus: ConsensusConfig = Field(description="What the sentences of the nearest samples of train agree on.")
    decoder_par: DecoderConfig = Field(
        description="LRCN's captioner: what is spoken of is read at each step, beside the word. What differs for it."
    )
    decoder_merge: DecoderConfig = Field(
        description="What is spoken of comes behind the recurrent layer, which reads words alone (Tanti et al. 2018). "
        "What differs for it."
    )
    decoder_attention: DecoderConfig = Field(
        description="At each step a look at the places, or frames, that matter now (Bahdanau et al. 2015; Xu et al. "
        "2015). What differs for it."
    )
    captioner: CaptionerConfig = Field(
        description="A decoder and its CNN, trained together: the first solution of transfer learning. "
        "`kedro run --pipeline` with `finetune_` before the task's name. What differs for it from `decoder`."
    )


class ImageCaptioningConfig(CaptionConfig, LayerOfItsOwn):
    """Image captioning: one to many."""


class VideoCaptioningConfig(CaptionConfig, LayerOfItsOwn):
    """Video captioning: many to many. Also of sound and motion."""


class TranslationConfig(SentenceConfig):
    """Translation: many to many, of tokens."""

    copy_source: CopyConfig = Field(description="The source as it is.")
    dictionary: DictionaryConfig = Field(description="Word by word.")
    decoder_init: DecoderConfig = Field(
        description="The source as one vector, with which the decoder begins (Sutskever et al., NeurIPS 2014). What "
        "differs for it."
    )
    decoder_attention: DecoderConfig = Field(
        description="At each step a look at the words of the source that matter now (Bahdanau et al. 2015). What "
        "differs for it."
    )
