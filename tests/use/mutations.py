"""Files that nobody would ask about on purpose, made of a real clip by a seed."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Callable
from pathlib import Path


def truncated(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content))]


def flipped(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice([1, 10, 100, 1000])):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def swapped(content: bytes, rng: random.Random) -> bytes:
    a, b, c = sorted(rng.sample(range(1, len(content)), 3))
    return content[:a] + content[b:c] + content[a:b] + content[c:]


def doubled(content: bytes, rng: random.Random) -> bytes:
    return content + content[rng.randrange(len(content)) :]


def zeroed(content: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(content))
    length = min(rng.randrange(1, 4096), len(content) - start)
    return content[:start] + bytes(length) + content[start + length :]


def noise(content: bytes, rng: random.Random) -> bytes:
    return rng.randbytes(rng.randrange(1, 2000))


MUTATIONS: list[Callable[[bytes, random.Random], bytes]] = [truncated, flipped, swapped, doubled, zeroed, noise]
ENDINGS = [".mp4"] * 6 + [".avi", ".mkv", ".png", ".jpg", ".webm", ".gif", ".MP4"]


def write_mutations(clip: Path, folder: Path, count: int, seed: int) -> None:
    """So many files of which some may be whole, most are not, and some are no files at all."""
    rng, content = random.Random(seed), clip.read_bytes()
    folder.mkdir()
    odd_ones(content, folder)
    for n in range(count - len(list(folder.iterdir()))):
        mutate = MUTATIONS[n % len(MUTATIONS)]
        (folder / f"{n:03d}-{mutate.__name__}{rng.choice(ENDINGS)}").write_bytes(mutate(content, rng))


def odd_ones(content: bytes, folder: Path) -> None:
    (folder / "whole.mp4").write_bytes(content)
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "folder.mp4").mkdir()
    (folder / "unreadable.mp4").write_bytes(content)
    (folder / "unreadable.mp4").chmod(0)
    (folder / "gone.mp4").symlink_to(folder / "nowhere.mp4")
    (folder / "round.mp4").symlink_to(folder / "round.mp4")
    (folder / "text.mp4").write_text("no video")
    (folder / "no ending").write_bytes(content)
    os.mkfifo(folder / "pipe.mp4")
    here = os.getcwd()
    os.chdir(folder)  # the name of a socket may not be long
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("socket.mp4")
    finally:
        os.chdir(here)
