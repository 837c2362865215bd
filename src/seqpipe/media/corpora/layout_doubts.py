"""Folders that would be learnt as classes and hardly are any: splits nearly recognised, kinds of files, parts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seqpipe.media.corpora.class_folders import FORM_WORDS
from seqpipe.media.corpora.files import printable
from seqpipe.media.corpora.folder_layouts import folders_in, holds_samples
from seqpipe.media.corpora.listing import split_of, splits_in
from seqpipe.media.corpora.names import words

NEVER_CLASSES = words("videos clips frames images imgs img jpg jpegs png avi mp4 annotations")
"""Of the words for a form of samples those that name no class among others."""


def doubt_of_classes(root: Path) -> str | None:
    """Why the folders in ``root`` are probably no classes, and what to do (no full stop); None where they may be."""
    folders = _holding(root)
    return _like_splits(root, folders) or _inner_splits(root, folders) or _forms(root, folders) or _same(root, folders)


def doubt_of_split_classes(root: Path) -> str | None:
    """The same of the folders inside the split folders."""
    doubts = (_forms(folder, _holding(folder)) for folder in _holding(root) if split_of(folder.name))
    return next(filter(None, doubts), None)


def doubt_of_class_splits(root: Path) -> str | None:
    """The same of class folders that hold splits: are there more classes inside these?"""
    return _same(root, [split for folder in _holding(root) for split in _holding(folder)])


def _holding(root: Path) -> list[Path]:
    return [folder for folder in folders_in(root) if holds_samples(folder)]


def _like_splits(root: Path, folders: Sequence[Path]) -> str | None:
    named = [folder for folder in folders if split_of(folder.name)]
    resembling = [folder for folder in folders if splits_in(folder.name)]
    if not named and len(set().union(*(splits_in(folder.name) for folder in resembling))) < 2:
        return None  # a class may be called train_station
    if len(named) == 1 and _may_be_class(named[0], folders):
        return None
    return _sentence(
        root,
        named or resembling,
        "read like splits, not like classes, but cannot be read as such: put the files of each class in a folder named "
        "after it inside folders named train, val and test, and everything else elsewhere",
    )


def _may_be_class(folder: Path, folders: Sequence[Path]) -> bool:
    """Whether it is one of several alike that has the word train for a name, as among vehicles."""
    alike = all(not folders_in(other) for other in folders)
    return split_of(folder.name) == "train" and len(folders) > 2 and alike


def _inner_splits(root: Path, folders: Sequence[Path]) -> str | None:
    named = [folder for folder in folders if any(split_of(sub.name) for sub in _holding(folder))]
    if not named:
        return None
    return _sentence(
        root,
        named,
        "hold folders that read like splits, but not every folder does so: give each class the same train, val and "
        "test folders, with nothing beside them",
    )


def _forms(root: Path, folders: Sequence[Path]) -> str | None:
    alone = [folder for folder in folders if folder.name.casefold() in NEVER_CLASSES]
    every = folders if all(folder.name.casefold() in FORM_WORDS for folder in folders) else []
    if not alone and not every:
        return None
    return _sentence(
        root,
        every or alone,
        "say what kind of files lie in them, not of which class these are: point corpus.path to the one with the class "
        "folders, or write a manifest.csv",
    )


def _same(root: Path, folders: Sequence[Path]) -> str | None:
    """Folders that hold folders of the same names, words without numbers: which of the two are the classes?"""
    inner = [{sub.name for sub in folders_in(folder) if _is_word(sub.name)} for folder in folders]
    every = set().union(*inner)
    if len(folders) < 2 or not every or any(len(names) < max(2, len(every) / 2) for names in inner):
        return None
    return _sentence(
        root,
        folders,
        f"all hold folders of the same names ({', '.join(map(printable, sorted(every)[:4]))}), so that either may be "
        "the classes: put the classes outermost, or inside train, val and test folders",
    )


def _is_word(name: str) -> bool:
    """Whether it may name a class: no number of a clip or person, no kind of file."""
    return not any(letter.isdigit() for letter in name) and name.casefold() not in FORM_WORDS


def _sentence(root: Path, folders: Sequence[Path], doubt: str) -> str:
    names = [repr(printable(folder.name)) for folder in folders]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"The folder(s) {', '.join(names[:5])}{more} in {printable(str(root))} {doubt}"
