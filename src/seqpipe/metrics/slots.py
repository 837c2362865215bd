"""Slots: stretches that IOB tags mark, `B-name` where one begins and `I-name` where it goes on."""

from __future__ import annotations

from collections.abc import Sequence

BEGINS, GOES_ON = "B-", "I-"


def are_slots(names: Sequence[str]) -> bool:
    """Whether classes read like IOB tags: one begins with ``B-``, and all others with ``B-``, ``I-`` or are ``O``."""
    tagged = [name.startswith((BEGINS, GOES_ON)) for name in names]
    outside = [name for name, tag in zip(names, tagged, strict=True) if not tag]
    return any(name.startswith(BEGINS) for name in names) and len(outside) <= 1


def slots_of(tags: Sequence[str]) -> set[tuple[int, int, str]]:
    """(first, behind the last, name) of the slots in a sequence of tags.

    As in CoNLL's evaluation (Tjong Kim Sang and Buchholz, 2000): an ``I-`` of another name, or behind nothing, begins a
    slot as well.
    """
    found: set[tuple[int, int, str]] = set()
    first, name = 0, ""
    for place, tag in enumerate([*tags, ""]):
        own = tag[2:] if tag.startswith((BEGINS, GOES_ON)) else ""
        if name and (tag.startswith(BEGINS) or own != name):
            found.add((first, place, name))
            name = ""
        if own and not name:
            first, name = place, own
    return found


def slot_scores(pairs: Sequence[tuple[Sequence[str], Sequence[str]]]) -> dict[str, float]:
    """``slot_f1``, ``slot_precision`` and ``slot_recall`` over all sequences: of slots with their name and both ends.

    Args:
        pairs: The true and the predicted tags of each sequence.
    """
    slots = [(slots_of(truth), slots_of(predicted)) for truth, predicted in pairs]
    right = sum(len(truth & predicted) for truth, predicted in slots)
    told, true = (sum(len(pair[n]) for pair in slots) for n in (1, 0))
    precision, recall = right / told if told else 0.0, right / true if true else 0.0
    f1 = 2 * right / (told + true) if told + true else 0.0
    return {"slot_f1": f1, "slot_precision": precision, "slot_recall": recall}
