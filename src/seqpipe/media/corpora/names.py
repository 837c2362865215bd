"""What a name promises: a video, an image, a file beside the data, or something of the system."""

from __future__ import annotations

import os
import re
from functools import cache

from seqpipe.media.medium import listed_files


def words(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


VIDEO_SUFFIXES = words(
    """.mp4 .m4v .mov .avi .mkv .webm .mpg .mpeg .mpe .m1v .m2v .ts .m2ts .mts .wmv .asf .flv .f4v .3gp .3g2 .ogv .vob
    .divx .mjpeg .mjpg .y4m .gif .fli .flc .h264 .264 .h265 .265 .hevc .ivf .mxf .dv .rm .rmvb"""
)
AUDIO_SUFFIXES = words(".wav .mp3 .aac .m4a .flac .ogg .opus .wma .aif .aiff .amr")
"""Listed like videos, so that probing says that they hold none: a sample is never silently dropped."""
IMAGE_SUFFIXES = words(
    ".jpg .jpeg .jpe .jfif .png .bmp .webp .tif .tiff .ppm .pgm .pbm .avif .heic .heif .hif .jp2 .jxl .tga"
)
"""The usual ones, also those that not every Pillow reads; what else it reads is asked of it."""
SIDE_SUFFIXES = words(
    """.txt .md .rst .rtf .tex .bib .pdf .doc .docx .odt .ppt .pptx .htm .html .css .js .url .lnk .nfo .log
    .csv .tsv .xls .xlsx .ods .json .jsonl .ndjson .xml .xsd .yaml .yml .toml .ini .cfg .conf .lst .list .names .data
    .srt .vtt .ass .ssa .sbv .lrc .idx .eaf .pfsx .textgrid .trs .cha .boris .skeleton .bvh .c3d
    .npy .npz .pkl .pickle .pt .pth .ckpt .onnx .safetensors .h5 .hdf .hdf5 .mat .parquet .feather .arrow .db .sqlite
    .py .pyc .ipynb .m .r .sh .bat .ps1 .c .cpp .h .java .zip .tar .gz .tgz .bz2 .xz .7z .rar
    .md5 .sha1 .sha256 .sfv .lock .cache"""
)
"""Texts, tables, subtitles, annotations, arrays, models, programs, archives and checksums: never a sample."""
SIDE_STEMS = re.compile(
    r"(readme|licen[cs]e|copying|copyright|notice|authors|contributors|changelog|changes|citation|credits|install|todo"
    r"|version|makefile|dockerfile|checksums?|(md5|sha\d+)sums?)([-_. ].*)?"
)
SYSTEM_NAMES = re.compile(
    # Synology, QNAP, Windows and its disk check, Linux, Android, macOS, Python, and what training tools leave
    r"[.~].*|@eadir|#recycle|#snapshot|@recycle|@recently-snapshot|@sharebin|@tmp|@syno.*|\$recycle\.bin|recycler"
    r"|system volume information|thumbs\.db|ehthumbs(_vista)?\.db|desktop\.ini|autorun\.inf|found\.\d{3}|lost\+found"
    r"|lost\.dir|__macosx.*|icon\r|network trash folder|temporary items|__pycache__|node_modules|mlruns|mlartifacts"
    r"|wandb|lightning_logs"
)
"""Hidden entries, and what systems and tools put beside the data (thumbnails, bins, caches)."""


def is_system(name: str) -> bool:
    """Whether the entry belongs to the system or to a tool and not to the corpus."""
    return bool(SYSTEM_NAMES.fullmatch(name.casefold()))


def is_side_file(name: str) -> bool:
    """Whether the file is known to be no sample: a text, a table, an annotation, a licence."""
    if (files := listed_files()) is not None:
        return suffix_of(name) not in files.kinds
    if (suffix := suffix_of(name)) in SIDE_SUFFIXES:
        return True
    return bool(SIDE_STEMS.fullmatch(name.casefold())) and suffix not in VIDEO_SUFFIXES and suffix not in IMAGE_SUFFIXES


def is_video(name: str) -> bool:
    """Whether the name promises a video."""
    return suffix_of(name) in VIDEO_SUFFIXES


def promises_video(name: str) -> bool:
    """Whether the name promises a video or sound, so that it is probed as one."""
    return is_video(name) or suffix_of(name) in AUDIO_SUFFIXES


def is_image(name: str) -> bool:
    """Whether the name promises a still image."""
    suffix = suffix_of(name)
    return suffix in IMAGE_SUFFIXES or (suffix in _pillow_suffixes() and not promises_video(name))


def suffix_of(name: str) -> str:
    """The suffix in lower case, with its dot; blanks at its end are a slip."""
    return os.path.splitext(name)[1].casefold().strip()


@cache
def _pillow_suffixes() -> frozenset[str]:
    """The suffixes that the installed Pillow has a reader for."""
    from PIL import Image

    extensions = Image.registered_extensions()
    return frozenset(suffix for suffix, name in extensions.items() if name in Image.OPEN) - SIDE_SUFFIXES
