"""From what lies in class folders to samples: what most of the corpus is made of decides, not a single odd entry.

Three things can be samples: videos, folders of frames, and images (at any depth, as torchvision's ImageFolder takes
them). Images beside clips are their previews or frames; a few videos among images are the exception.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from seqpipe.media.corpora.containers import samples_in
from seqpipe.media.corpora.files import printable, sample_words, sequence_kind
from seqpipe.media.corpora.listing import Row
from seqpipe.media.corpora.names import is_video, promises_video, suffix_of, words
from seqpipe.media.corpora.series import BESIDE_FRAMES, BESIDE_WORDS, frame_series
from seqpipe.media.corpora.walk import Folder, Walk
from seqpipe.media.frames import InvalidSample
from seqpipe.media.text import normal_text

logger = logging.getLogger(__name__)

FORM_WORDS = BESIDE_WORDS | words(
    """video videos clip clips movie movies avi mp4 frame frames img imgs image images picture pictures rgb color colour
    jpg jpgs jpeg jpegs png pngs poster posters cover"""
)
"""Folders, and ends of names, that say in which form a sample lies there, not which sample it is."""
SEPARATORS = ("_", "-", ".", " ")


class ClassFolder(NamedTuple):
    """A folder to be read, the class its name or its parent's says, and the split it lies in, or None."""

    path: Path
    name: str
    split: str | None


Forms = dict[Path, Path | None]
"""Possible samples, each with the sample that it is only another form of, or None."""
Keyed = dict[tuple[str, ...], Path]
"""Samples by what ``_key`` makes of their names."""


@dataclass
class ClassContents:
    """What lies in one class folder (of one split), at any depth."""

    label: str
    split: str | None
    top: Path
    videos: Forms = field(default_factory=dict)
    clips: Forms = field(default_factory=dict)
    """Folders of frames."""
    images: Forms = field(default_factory=dict)
    others: Forms = field(default_factory=dict)
    """Sound, and files whose names promise nothing: probing will tell."""
    frames: dict[Path, list[Path]] = field(default_factory=dict)
    """The images directly in each of ``clips``."""


def read_classes(walk: Walk, folders: Sequence[ClassFolder]) -> list[Row]:
    """The rows of all classes; what ``walk`` rejects on its way is left to it."""
    classes = [_contents(walk, folder) for folder in folders]
    images = _is_of_images(classes)
    rows = [row for contents in classes for row in _rows(contents, images, walk)]
    _tell_mixed(rows)
    _tell_same_labels([folder.name for folder in folders])
    return rows


def _contents(walk: Walk, folder: ClassFolder) -> ClassContents:
    contents = ClassContents(normal_text(folder.name), folder.split, folder.path)
    _gather(walk.read(folder.path, contents.label, folder.split), contents, None)
    listed = contents.videos or contents.clips or contents.images or contents.others
    if not listed and not walk.was_rejected(folder.path):
        logger.warning("%s holds no %s; nothing is taken from it.", printable(str(folder.path)), sample_words())
    _match_by_name(contents)
    return contents


def _gather(folder: Folder, contents: ClassContents, form_of: Path | None) -> None:
    """Adds what lies in the folder; below a folder of frames all is another form of it (masks, flow, a film)."""
    videos, others = ([path for path in folder.videos if is_video(path.name) is known] for known in (True, False))
    is_top = folder.path == contents.top
    films = [video for video in videos if suffix_of(video.name) != ".gif"]  # a GIF is a preview of the frames
    is_clip = not is_top and bool(folder.images) and not films and len(folder.images) > _count_below(folder)
    if is_clip:
        contents.clips[folder.path], contents.frames[folder.path] = form_of, folder.images
        form_of = form_of or folder.path
    else:
        alone = films[0] if len(films) == 1 and not is_top else None
        contents.images |= dict.fromkeys(folder.images, form_of or alone)
    contents.videos |= dict.fromkeys(videos, form_of)
    contents.others |= dict.fromkeys(others, form_of)
    for below in folder.folders:
        _gather(below, contents, form_of)


def _count_below(folder: Folder) -> int:
    """Videos and folders of images below a folder."""
    return sum(len(sub.videos) + bool(sub.images) + _count_below(sub) for sub in folder.folders)


def _match_by_name(contents: ClassContents) -> None:
    """Marks by name what is made from a clip or an image: ``a01/``, ``a01_thumb.jpg``, ``a01.wav`` of ``a01.mp4``."""
    top = contents.top
    videos, clips = _plainly_named(contents.videos, top), _plainly_named(contents.clips, top)
    sequences = clips | videos
    for path, form_of in contents.others.items():
        contents.others[path] = form_of or videos.get(_key(path, top))
    for path, form_of in contents.videos.items():
        contents.videos[path] = form_of or (sequences.get(_key(path, top)) if _is_beside(path, top) else None)
    for path, form_of in contents.clips.items():
        samples = sequences if _is_beside(path, top) else videos
        contents.clips[path] = (
            form_of or samples.get(_key(path, top)) or _made_from(contents.frames[path], top, samples)
        )
    _match_images(contents, sequences)


def _match_images(contents: ClassContents, sequences: Keyed) -> None:
    top, images = contents.top, contents.images
    besides = {path for path in images if _is_beside(path, top)}
    if not sequences and not besides:
        return  # as a rule, and there may be a million of them
    samples = _plainly_named(images, top)
    for path, form_of in images.items():
        key = _key(path, top)
        images[path] = form_of or _named_like(key, sequences) or (samples.get(key) if path in besides else None)


def _made_from(pictures: Sequence[Path], top: Path, samples: Keyed) -> Path | None:
    """The first of the samples that most images of a folder are named like: it holds previews, or frames, of all."""
    matches = [_named_like(_key(picture, top), samples) for picture in pictures] if samples else []
    found = [match for match in matches if match]
    return found[0] if len(found) > len(pictures) / 2 else None


def _plainly_named(forms: Forms, top: Path) -> Keyed:
    """By their keys the samples whose names do not say that they are made from another."""
    return {_key(path, top): path for path, form_of in forms.items() if form_of is None and not _is_beside(path, top)}


def _is_beside(path: Path, top: Path) -> bool:
    return bool(BESIDE_FRAMES.search(str(path)[len(str(top)) :].casefold()))


def _key(path: Path, top: Path) -> tuple[str, ...]:
    """Which sample of the class it is: its place below the class folder, without suffix and words for the form.

    ``a01.mp4``, ``frames/a01/``, ``a01/video.mp4`` and ``a01/a01.mp4`` are all a01.
    """
    *folders, name = (normal_text(part).casefold() for part in path.parts[len(top.parts) :])
    suffix = suffix_of(name)
    stem = name.removesuffix(suffix) if promises_video(name) or suffix[1:].isalpha() else name
    for separator in SEPARATORS:
        start, _, end = stem.rpartition(separator)
        stem = start if start and end in FORM_WORDS else stem
    kept = [folder for folder in folders if folder not in FORM_WORDS]
    return tuple(kept) if kept and (stem in FORM_WORDS or stem == kept[-1]) else (*kept, stem)


def _named_like(key: tuple[str, ...], samples: Keyed) -> Path | None:
    """The sample of the same name, or whose name this one begins with: ``a01_0001.jpg``."""
    *folder, stem = key
    ends = [at for at, letter in enumerate(stem) if letter in SEPARATORS]
    names = [stem, *(stem[:end] for end in reversed(ends))]
    return next((samples[(*folder, name)] for name in names if (*folder, name) in samples), None)


def _is_of_images(classes: Sequence[ClassContents]) -> bool:
    """Whether the corpus is one of still images: more of them lie loose than there are clips, or images in folders."""
    sequences = sum(_samples(contents.videos) + _samples(contents.clips) for contents in classes)
    loose = sum(_samples(contents.images) for contents in classes)
    in_folders = sum(
        len(contents.frames[clip]) for contents in classes for clip, of in contents.clips.items() if of is None
    )
    return loose > max(sequences, in_folders)


def _samples(forms: Forms) -> int:
    return sum(form_of is None for form_of in forms.values())


def _rows(contents: ClassContents, images: bool, walk: Walk) -> Iterator[Row]:
    """The class's samples and rejects; a class that has none of what the corpus is made of is taken as it is."""
    if images and (contents.images or contents.clips):
        yield from _image_rows(contents)
    elif contents.videos or contents.clips or not contents.images:
        yield from _sequence_rows(contents, walk)
    else:
        yield from _image_rows(contents)


def _image_rows(contents: ClassContents) -> Iterator[Row]:
    row = Row(contents.top, "image", contents.label, contents.split)
    for image, form_of in contents.images.items():
        yield _as_form(row._replace(path=image), form_of if form_of in contents.images else None)
    for image in chain.from_iterable(contents.frames.values()):
        yield row._replace(path=image)
    for path in (*contents.videos, *contents.others):
        yield row._replace(path=path, kind="video").rejected("other_kind", "It is no still image, as its class's are.")
    if contents.clips:
        _tell_folders_of_images(contents)


def _tell_folders_of_images(contents: ClassContents) -> None:
    logger.warning(
        "%d images in %d folder(s) inside the class folder %s, such as %s, are taken for images of their own, as most "
        "of the corpus lies loose; where such a folder holds the frames of a clip, write a manifest.csv.",
        sum(map(len, contents.frames.values())),
        len(contents.clips),
        printable(contents.top.name),
        printable(next(iter(contents.clips)).name),
    )


def _sequence_rows(contents: ClassContents, walk: Walk) -> Iterator[Row]:
    row = Row(contents.top, "video", contents.label, contents.split)
    for path, form_of in (contents.videos | contents.others).items():
        for sample in samples_in(path):
            yield _as_form(row._replace(path=sample, kind=sequence_kind(sample)), form_of)
    for clip, form_of in contents.clips.items():
        yield _as_form(row._replace(path=clip, kind="frames"), form_of)
        if form_of is None:
            _tell_left_out(contents.frames[clip], walk)
    for image, form_of in contents.images.items():
        odd = row._replace(path=image, kind="image").rejected("other_kind", "It is a still image among clips.")
        yield _as_form(odd, form_of)


def _as_form(row: Row, form_of: Path | None) -> Row:
    if form_of is None:
        return row
    return row.rejected("other_form", f"Another form of the sample {form_of.name}, which is used.")


def _tell_left_out(images: Sequence[Path], walk: Walk) -> None:
    try:
        frames = set(frame_series(images))
    except InvalidSample:
        return  # probing will say so
    for image in images:
        if image not in frames:
            walk.pass_over("not of the frames they lie among", image.name)


def _tell_mixed(rows: Sequence[Row]) -> None:
    """Warns where some classes are of images and others of clips: a model may learn the kind, not the content."""
    stills = {row.label for row in rows if row.reason is None and row.kind == "image"}
    clips = {row.label for row in rows if row.reason is None and row.kind != "image"}
    if stills and clips:
        logger.warning(
            "Classes differ in kind: still images in %s, clips in %s; a model may learn that in place of the content.",
            _named(stills),
            _named(clips),
        )


def _tell_same_labels(names: Iterable[str]) -> None:
    """Says which folders are one class though their names differ in bytes."""
    spelled: dict[str, set[str]] = {}
    for name in names:
        spelled.setdefault(normal_text(name), set()).add(name)
    for label, spellings in spelled.items():
        if len(spellings) > 1:
            logger.info("%d folder names that look alike are the one class %r.", len(spellings), printable(label))


def _named(labels: Iterable[str | None]) -> str:
    names = sorted(printable(str(label)) for label in labels)
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
