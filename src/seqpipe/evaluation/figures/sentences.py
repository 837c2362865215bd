"""Figures of models of sentences."""

from __future__ import annotations

import logging

from matplotlib.figure import Figure

from seqpipe.core.lineage import lineage_of
from seqpipe.evaluation.base import Judged
from seqpipe.evaluation.figures.attention import looks
from seqpipe.evaluation.figures.attention_places import attention_places, shows_places
from seqpipe.evaluation.figures.attention_steps import attention_steps
from seqpipe.evaluation.figures.attention_words import attention_words
from seqpipe.evaluation.figures.classification import learning_curves, trials_figure
from seqpipe.evaluation.figures.sentence_lengths import lengths_figure, positions_figure
from seqpipe.evaluation.figures.sentence_sheet import sentence_sheet
from seqpipe.evaluation.figures.style import png_bytes
from seqpipe.evaluation.report.section import Column
from seqpipe.evaluation.report.sentence_examples import EACH, with_closest
from seqpipe.evaluation.sentence_examples import examples
from seqpipe.evaluation.sentences import scores_of
from seqpipe.metrics.sentences.flavours import Kind
from seqpipe.modalities.base import READ
from seqpipe.modalities.drawn import drawable
from seqpipe.modalities.pictures import Pictures

log = logging.getLogger(__name__)


def sentence_figures(judged: Judged, kind: Kind, primary: Column) -> dict[str, bytes]:
    """PNG bytes by name: training and search where there were some, lengths, where it looks, examples as pictures."""
    scores = scores_of(judged.predictions, kind)
    drawn = {"lengths": lengths_figure(judged.predictions, scores, primary)}
    if (by_position := positions_figure(scores)) is not None:
        drawn["positions"] = by_position
    if len(judged.history):
        drawn["learning_curves"] = learning_curves(judged.history, {primary.key: f"{primary.heading}, said freely"})
    if len(judged.trials) > 1:
        drawn["trials"] = trials_figure(judged.trials, {primary.key: "higher"}, primary.heading)
    drawn |= _attention(judged, kind, primary) | _sheet(judged, kind, primary)
    return {name: png_bytes(figure) for name, figure in drawn.items()}


def _attention(judged: Judged, kind: Kind, primary: Column) -> dict[str, Figure]:
    """Where it looks, in the form that fits what it reads; nothing of a model that does not look."""
    places = int(judged.fit["task"]["places"])
    found = looks(judged.predictions, kind, primary, places)
    if not found:
        return {}
    if READ in judged.predictions:
        return {"attention_words": attention_words(found, [list(look.row[READ]) for look in found])}
    if max(len(look.row["times_s"]) for look in found) > 1:
        return {"attention_steps": attention_steps(found, judged.samples, drawable(judged.samples), places)}
    backbone = lineage_of(judged.predictions).get("backbone", {})
    if not shows_places(backbone) or not isinstance(drawable(judged.samples), Pictures):
        log.info("Where in a picture it looks is not drawn: the places are means over several crops of a frame.")
        return {}
    return {"attention_places": attention_places(found, judged.samples, backbone)}


def _sheet(judged: Judged, kind: Kind, primary: Column) -> dict[str, Figure]:
    """The examples as their modality draws them; tokens are read in the report's table."""
    by = drawable(judged.samples)
    if by is None or READ in judged.predictions:
        return {}
    shown = with_closest(examples(judged.predictions, kind, primary.key, EACH), kind)
    return {"examples": sentence_sheet(shown, judged.samples, by, primary)}
