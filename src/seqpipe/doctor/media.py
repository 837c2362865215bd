"""Which videos, images and recordings can be read."""

from __future__ import annotations

from pathlib import Path

from seqpipe.doctor.finding import Finding, listed

CODECS = {
    "H.264": ("h264",),
    "HEVC": ("hevc",),
    "VP8": ("vp8",),
    "VP9": ("vp9",),
    # FFmpeg's own decoder of the name av1 needs a GPU.
    "AV1": ("libdav1d", "libaom-av1"),
    "MPEG-4": ("mpeg4",),
    "MPEG-2": ("mpeg2video",),
    "MJPEG": ("mjpeg",),
    "ProRes": ("prores",),
    "WMV": ("wmv2", "wmv3"),
    "FFV1": ("ffv1",),
}
"""The usual codecs of videos, each with the decoders of FFmpeg of which one is enough."""
SOUNDS = {
    "PCM": ("pcm_s16le",),
    "FLAC": ("flac",),
    "MP3": ("mp3float", "mp3"),
    "AAC": ("aac",),
    "Vorbis": ("vorbis", "libvorbis"),
    "Opus": ("opus", "libopus"),
    "WMA": ("wmav2",),
}
"""The usual codecs of sound, likewise."""
NEEDED_CODEC, ENCODER = "H.264", "libx264"
"""What the embedded corpora are written and read with."""

IMAGES = {"JPEG": "jpg", "PNG": "zlib", "WebP": "webp", "AVIF": "avif", "TIFF": "libtiff", "JPEG 2000": "jpg_2000"}
"""Formats of images, each with what Pillow calls the library behind it."""
NEEDED_IMAGES = ("JPEG", "PNG")


def videos(_: Path) -> Finding:
    """The codecs that PyAV decodes."""
    there = {name: any(has_codec(decoder) for decoder in decoders) for name, decoders in CODECS.items()}
    facts = {"decodes": there, "encodes_h264": has_codec(ENCODER, "w")}
    lacks = []
    if not (there[NEEDED_CODEC] and facts["encodes_h264"]):
        lacks.append(
            f"This PyAV cannot {'write' if there[NEEDED_CODEC] else 'read'} {NEEDED_CODEC}, which the embedded corpora "
            "are made of: take PyAV's own build (`pip install --force-reinstall --only-binary=av av`)."
        )
    return Finding(f"Decoded are {_named(there)}.", facts, tuple(lacks), _hints(there, {NEEDED_CODEC}, "videos", "av"))


def sounds(_: Path) -> Finding:
    """The codecs of sound that PyAV decodes."""
    there = {name: any(has_codec(decoder) for decoder in decoders) for name, decoders in SOUNDS.items()}
    return Finding(f"Decoded are {_named(there)}.", there, (), _hints(there, set(), "recordings", "av"))


def has_codec(name: str, mode: str = "r") -> bool:
    """Whether PyAV's FFmpeg can read (``r``) or write (``w``) by the codec of this name."""
    import av.codec

    try:
        av.codec.Codec(name, mode)  # type: ignore[arg-type]
    except ValueError:  # PyAV's UnknownCodecError is one
        return False
    return True


def images(_: Path) -> Finding:
    """The formats that Pillow reads."""
    from PIL import features

    there = {name: bool(features.check(library)) for name, library in IMAGES.items()}
    lacks = tuple(
        f"This Pillow cannot read {name}: take Pillow's own build (`pip install --force-reinstall --only-binary=pillow "
        "pillow`)."
        for name in NEEDED_IMAGES
        if not there[name]
    )
    return Finding(f"Read are {_named(there)}.", there, lacks, _hints(there, set(NEEDED_IMAGES), "images", "pillow"))


def _named(there: dict[str, bool]) -> str:
    return listed([name for name, found in there.items() if found])


def _hints(there: dict[str, bool], needed: set[str], what: str, package: str) -> tuple[str, ...]:
    missing = [name for name, found in there.items() if not found and name not in needed]
    if not missing:
        return ()
    return (
        f"{listed(missing)} cannot be read: such {what} go to the quarantine. `pip install --upgrade {package}` brings "
        "a build that may.",
    )
