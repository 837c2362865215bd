"""The pictures of an image file that are its frames: one, or the sequence that an animation or a stack holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from seqpipe.media.frames import InvalidSample

ONE_PICTURE_FORMATS = frozenset({"ICNS", "ICO", "MPO", "PSD"})
"""Their further pictures are sizes, previews, views or layers of the one that Pillow opens."""
SUBFILE_TYPE, BITS_PER_SAMPLE, PHOTOMETRIC, MAX_SAMPLE_VALUE = 254, 258, 262, 281
"""TIFF 6.0 tags."""
REDUCED_OR_MASK = 1 | 4
"""Bits of ``SUBFILE_TYPE``: a smaller copy of another page, a transparency mask for it."""
ASPECT_TOLERANCE = 0.05
"""Levels of a pyramid are rounded to whole pixels, thumbnails to their frame."""


@dataclass(frozen=True)
class Picture:
    """One picture, upright, in the mode that it is stored in.

    Attributes:
        image: Its pixels.
        max_value: The value that the file declares as the highest there can be, where it does.
        white_is_zero: Whether its grey counts downwards.
        shown_s: How long an animation shows it, seconds; None where it is none.
        reduced_bits: Bits a colour in the file where Pillow hands on only the upper 8 of them, else None.
    """

    image: Image.Image
    max_value: int | None
    white_is_zero: bool
    shown_s: float | None
    reduced_bits: int | None


def open_image(path: str | Path, max_pixels: float) -> Image.Image:
    """Reads an image's header alone; raises InvalidSample where it is no image or larger than ``max_pixels``."""
    try:
        image = Image.open(path)
    except Image.DecompressionBombError as error:
        raise InvalidSample("too_large", f"{error}".rstrip(".") + ".") from error
    except UnidentifiedImageError as error:
        raise InvalidSample("unreadable", "It is no image that can be read.") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise InvalidSample("unreadable", f"It cannot be opened as an image: {error}.") from error
    _check_size(image, max_pixels)
    return image


def _check_size(image: Image.Image, max_pixels: float) -> None:
    if image.width * image.height > max_pixels:
        size = f"{image.width} x {image.height}"
        raise InvalidSample("too_large", f"Its {size} pixels are more than the {max_pixels / 1e6:g} million allowed.")


def frame_numbers(image: Image.Image) -> Sequence[int]:
    """Which of the file's pictures are its frames, by their number in it.

    Raises:
        InvalidSample: ``several_pictures``: neither a sequence of one size nor one picture and its smaller copies.
    """
    count = getattr(image, "n_frames", 1)
    if count == 1 or image.format in ONE_PICTURE_FORMATS:
        return [image.tell()]
    if image.format == "TIFF":
        return _pages(image, count)
    return range(1 if image.info.get("default_image") else 0, count)  # APNG: a still for those who cannot animate


def _pages(image: Image.Image, count: int) -> list[int]:
    sizes: dict[int, tuple[int, int]] = {}
    for page in range(count):
        image.seek(page)
        if not image.tag_v2.get(SUBFILE_TYPE, 0) & REDUCED_OR_MASK:  # type: ignore[attr-defined]
            sizes[page] = image.size
    image.seek(0)
    first = next(iter(sizes), 0)
    if len(set(sizes.values())) <= 1:
        return list(sizes) or [first]
    if all(_is_smaller_copy(size, sizes[first]) for page, size in sizes.items() if page != first):
        return [first]
    listed = ", ".join(f"{width} x {height}" for width, height in dict.fromkeys(sizes.values()))
    detail = f"Its {len(sizes)} pictures are of several sizes ({listed}); write each to a file of its own."
    raise InvalidSample("several_pictures", detail)


def _is_smaller_copy(size: tuple[int, int], of: tuple[int, int]) -> bool:
    across, down = size[0] / of[0], size[1] / of[1]
    return max(across, down) < 1.0 and abs(across - down) < ASPECT_TOLERANCE


def pictures(path: str | Path, max_pixels: float = float("inf")) -> Iterator[Picture]:
    """The file's frames in order, as Pillow decodes them; raises InvalidSample, also where it breaks off on the way."""
    with open_image(path, max_pixels) as image:
        try:
            numbers = frame_numbers(image)
            for number in numbers:
                if len(numbers) > 1 or number != image.tell():
                    image.seek(number)
                _check_size(image, max_pixels)
                yield _loaded(image, len(numbers) > 1)
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            raise InvalidSample("truncated", f"The image breaks off: {error}.") from error


def picture_counts(path: str | Path, max_pixels: float) -> tuple[int, int]:
    """(frames, pictures in all) that an image file says it holds. Raises InvalidSample."""
    with open_image(path, max_pixels) as image:
        try:
            return len(frame_numbers(image)), getattr(image, "n_frames", 1)
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            raise InvalidSample("truncated", f"The image breaks off: {error}.") from error


def only_picture(path: str | Path, max_pixels: float = float("inf")) -> Picture:
    """The picture of a file that may hold no other: a frame in a folder of frames."""
    found = pictures(path, max_pixels)
    picture = next(found)
    if picture.shown_s is not None or next(found, None) is not None:
        raise InvalidSample("several_pictures", "It holds several pictures, where a frame is one.")
    return picture


def _loaded(image: Image.Image, animated: bool) -> Picture:
    tags = getattr(image, "tag_v2", {})
    stored = str(getattr(image, "tile", ""))  # as the file packs it: RGB;16B is read as RGB
    reduced_bits = 16 if ";16" in stored and not image.mode.startswith("I") else None
    upright = ImageOps.exif_transpose(image)
    shown_ms = image.info.get("duration") if animated else None
    return Picture(
        upright,
        _declared_max(tags),
        tags.get(PHOTOMETRIC) == 0,
        None if shown_ms is None else float(shown_ms) / 1000.0,
        reduced_bits,
    )


def _declared_max(tags: dict[int, tuple[int, ...]]) -> int | None:
    """From a TIFF's tags; that it could use the whole range of its type says nothing of how much it does."""
    depth = max(tags.get(BITS_PER_SAMPLE, (8,)))
    highest = max(tags.get(MAX_SAMPLE_VALUE, (2**depth - 1,)))
    return highest if depth % 8 or highest < 2**depth - 1 else None
