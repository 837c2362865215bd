"""Captions in JSON: COCO's, Karpathy's splits of it and of Flickr's, and those of MSR-VTT."""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.files import visible
from seqpipe.media.corpora.listed_files import FilesBelow
from seqpipe.media.corpora.listing import Row, split_named, splits_in
from seqpipe.media.corpora.text_files import read_text
from seqpipe.media.parts.kept import Kept
from seqpipe.media.references.gathered import Told, gathered, tell_unmentioned
from seqpipe.media.references.tables import one_line

SUFFIX = ".json"
KARPATHY_TRAIN = "restval"
"""What Karpathy calls the part of COCO's validation side that is trained on."""
HINTS = (b'"caption"', b'"sentences"')
"""What a file with captions has in it somewhere; files of boxes, which may be large, have not."""


class Captioned(NamedTuple):
    """A caption of a file that is named in JSON, and what else is said of it."""

    name: str
    sentence: str
    split: str | None = None
    group: str | None = None


def is_coco(root: Path) -> bool:
    """Whether ``root`` is COCO's or Karpathy's JSON of captions, or a folder with such, also in ``annotations``."""
    return any(_kind(file) in ("coco", "karpathy") for file in _files(root))


def is_msrvtt(root: Path) -> bool:
    """Whether ``root`` is JSON as MSR-VTT has it, or a folder with such."""
    return any(_kind(file) == "msrvtt" for file in _files(root))


def read_coco(root: Path) -> list[Row]:
    """A row an image, with its captions: Lin et al., Microsoft COCO (2014); Karpathy & Fei-Fei (2015).

    Splits are Karpathy's, of which ``restval`` is trained on; of COCO's files what their names say.

    Raises:
        UserError: Several files are of one split, or none of the images is there.
    """
    return _rows(root, ("coco", "karpathy"))


def read_msrvtt(root: Path) -> list[Row]:
    """A row a clip, with its captions: Xu et al., MSR-VTT (2016).

    Where no split is given, clips of one video on the net are a group. Errors as of ``read_coco``.
    """
    return _rows(root, ("msrvtt",))


def _files(root: Path) -> list[Path]:
    """The JSON files in or at ``root`` that may hold captions."""
    if root.is_file():
        found = [root]
    else:
        below = [entry for entry in visible(root) if "annot" in entry.name.casefold() and os.path.isdir(entry)]
        found = [file for folder in (root, *below) for file in visible(folder)]
    return [file for file in found if file.suffix.casefold() == SUFFIX and os.path.isfile(file) and _hints(file)]


def _hints(file: Path) -> bool:
    try:
        with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
            return any(text.find(hint) >= 0 for hint in HINTS)
    except (OSError, ValueError):  # ValueError: an empty file
        return False


def _parsed(file: Path) -> Any:
    try:
        return json.loads(read_text(file))
    except ValueError as error:
        raise UserError(f"{file} is no JSON ({error}); mend it, or move it away.") from error


_json = Kept(_parsed)


def _kind(file: Path) -> str | None:
    """Whose form a file has, by its content; None: of none that is known."""
    data = _json(file)
    if not isinstance(data, dict):
        return None
    if _has(data.get("images"), "sentences"):
        return "karpathy"
    if _has(data.get("images"), "file_name") and _has(data.get("annotations"), "caption"):
        return "coco"
    return "msrvtt" if _has(data.get("videos"), "video_id") and _has(data.get("sentences"), "caption") else None


def _has(entries: Any, field: str) -> bool:
    return isinstance(entries, list) and bool(entries) and isinstance(entries[0], dict) and field in entries[0]


def _rows(root: Path, kinds: tuple[str, ...]) -> list[Row]:
    files = [file for file in _files(root) if _kind(file) in kinds]
    if not files:
        raise UserError(f"{root} holds no JSON of captions in the form of {' or '.join(kinds)}; mend corpus.path.")
    _check_splits(files, root)
    listed = FilesBelow(_media_folder(root))
    captions = [(file, caption) for file in files for caption in READERS[str(_kind(file))](_json(file), file)]
    rows = gathered([_told(caption, listed, file) for file, caption in captions], str(root))
    listed.log_respelled(files[0])
    tell_unmentioned(rows, files)
    return rows


def _check_splits(files: list[Path], root: Path) -> None:
    """Raises UserError where several files may hold the same images."""
    splits = [tuple(sorted(splits_in(file.stem))) for file in files]
    if len(set(splits)) < len(splits):
        names = ", ".join(file.name for file in files)
        raise UserError(f"{root} holds several files of captions ({names}): name one of them by corpus.path.")


def _media_folder(root: Path) -> Path:
    """Where the files are looked for: beside the folder of annotations, where one of these is named."""
    folder = root.parent if root.is_file() else root
    return folder.parent if root.is_file() and "annot" in folder.name.casefold() else folder


def _told(caption: Captioned, listed: FilesBelow, file: Path) -> Told:
    split = split_named(caption.split or "", str(file))
    return Told(listed.find(caption.name), [one_line(caption.sentence)], split, caption.group)


def _of_coco(data: Mapping[str, Any], file: Path) -> Iterator[Captioned]:
    names = {image["id"]: str(image["file_name"]) for image in data["images"]}
    said = splits_in(file.stem)
    split = said.pop() if len(said) == 1 else None
    for annotation in data["annotations"]:
        if annotation["image_id"] not in names:
            raise UserError(f"{file} has a caption of the image {annotation['image_id']}, which it does not list.")
        yield Captioned(names[annotation["image_id"]], str(annotation["caption"]), split)


def _of_karpathy(data: Mapping[str, Any], _: Path) -> Iterator[Captioned]:
    for image in data["images"]:
        split = "train" if image.get("split") == KARPATHY_TRAIN else image.get("split")
        name = "/".join(filter(None, (image.get("filepath"), image["filename"])))
        for sentence in image["sentences"]:
            yield Captioned(name, str(sentence.get("raw") or " ".join(sentence.get("tokens", ()))), split)


def _of_msrvtt(data: Mapping[str, Any], file: Path) -> Iterator[Captioned]:
    videos = {video["video_id"]: video for video in data["videos"]}
    divided = any(video.get("split") for video in videos.values())
    for sentence in data["sentences"]:
        if sentence["video_id"] not in videos:
            raise UserError(f"{file} has a caption of the video {sentence['video_id']}, which it does not list.")
        video = videos[sentence["video_id"]]
        split, group = video.get("split"), None if divided else video.get("url")
        yield Captioned(video["video_id"], str(sentence["caption"]), "val" if split == "validate" else split, group)


READERS = {"coco": _of_coco, "karpathy": _of_karpathy, "msrvtt": _of_msrvtt}
"""What makes captions of JSON, by its form."""
