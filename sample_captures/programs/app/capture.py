"""app.capture: one process per camera. Keeps the last frames, writes a clip when something moves.

Memory goes up with the buffer of frames, then steeply while a clip is encoded, and falls when it is written.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import time
import zlib
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from app import library


@dataclass(frozen=True, slots=True)
class Camera:
    name: str
    width: int
    height: int
    frames: int
    buffer: int
    moves_every: int


@dataclass(frozen=True, slots=True)
class Frame:
    luma: bytearray
    chroma: bytes


CAMERAS = {
    "front_door": Camera("front_door", 1280, 720, frames=54, buffer=17, moves_every=18),
    "garden": Camera("garden", 640, 480, frames=60, buffer=22, moves_every=25),
}


def read_frame(camera: Camera, rng: random.Random) -> Frame:
    return Frame(expose(camera, rng), colour_planes(camera, rng))


def expose(camera: Camera, rng: random.Random) -> bytearray:
    row = rng.randbytes(camera.width)
    return bytearray(row * camera.height)


def colour_planes(camera: Camera, rng: random.Random) -> bytes:
    return rng.randbytes(camera.width * camera.height // 8) * 4


def motion_score(before: Frame, now: Frame) -> float:
    old, new = before.luma[::4096], now.luma[::4096]
    return sum(abs(a - b) for a, b in zip(old, new, strict=True)) / len(new)


def encode_clip(frames: deque[Frame]) -> bytes:
    """One compressed stream of all frames."""
    encoder = zlib.compressobj(level=1)
    parts = []
    for frame in frames:
        parts.append(encoder.compress(bytes(frame.luma)))
        parts.append(encoder.compress(frame.chroma))
    parts.append(encoder.flush())
    return b"".join(parts)


def write_clip(store: sqlite3.Connection, camera: Camera, frames: deque[Frame]) -> None:
    row = (camera.name, len(frames), encode_clip(frames))
    with store:
        store.execute("insert into clip (camera, frames, body) values (?, ?, ?)", row)


def watch(camera: Camera, store: sqlite3.Connection) -> None:
    rng = random.Random(camera.name)
    recent: deque[Frame] = deque(maxlen=camera.buffer)
    quietest = 255.0
    for number in range(1, camera.frames + 1):
        frame = read_frame(camera, rng)
        if recent:
            quietest = min(quietest, motion_score(recent[-1], frame))
        recent.append(frame)
        if number % camera.moves_every == 0:
            write_clip(store, camera, recent)
            recent.clear()
        time.sleep(0.035)
    print(f"{camera.name}: {camera.frames} frames, quietest {quietest:.0f}")


def main(folder: Path, name: str) -> None:
    store = library.connect(folder)
    watch(CAMERAS[name], store)
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
