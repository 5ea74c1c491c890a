"""app.embeddings: turns every picture into a vector and builds the index that "more like this" asks.

Three phases: the model is loaded, the albums are embedded one by one, the index is built and tried out.
"""

from __future__ import annotations

import heapq
import math
import sys
import time
import zlib
from array import array
from operator import mul
from pathlib import Path

from app import RELEASE, library

SIZE = 1_024
LAYERS = 8


class Model:
    """The weights, layer by layer."""

    def __init__(self, weights: Path) -> None:
        self.layers: list[array[float]] = []
        each = weights.stat().st_size // 4 // LAYERS
        with weights.open("rb") as file:
            for _ in range(LAYERS):
                self.layers.append(read_layer(file, each))
                time.sleep(0.02)

    def embed(self, picture: library.Picture) -> array[float]:
        layer = self.layers[picture.id % LAYERS]
        start = zlib.crc32(picture.title.encode()) % (len(layer) - 2 * SIZE)
        signal, context = layer[start : start + SIZE], layer[-SIZE:]
        return array("f", list(map(mul, signal, context)))


class Index:
    """Vectors by album, with what a search needs to compare them."""

    def __init__(self) -> None:
        self.vectors: dict[int, array[float]] = {}
        self.unit_vectors: dict[int, array[float]] = {}
        self.lengths: dict[int, float] = {}

    def nearest(self, wanted: array[float], count: int) -> list[tuple[float, int]]:
        vectors = self.unit_vectors or self.vectors
        scored = ((similarity(wanted, v), key) for key, v in vectors.items() if key % 40 == 0)
        return heapq.nlargest(count, scored)


def read_layer(file: object, count: int) -> array[float]:
    layer = array("f")
    layer.fromfile(file, count)  # type: ignore[arg-type]  # typeshed asks for a protocol that file objects meet
    return layer


def similarity(a: array[float], b: array[float]) -> float:
    return math.fsum(map(mul, a, b))


def embed_albums(model: Model, folder: Path) -> dict[int, array[float]]:
    store = library.connect(folder)
    vectors: dict[int, array[float]] = {}
    for album in range(1, len(library.ALBUMS) + 1):
        for picture in library.pictures(store, album):
            vectors[picture.id] = model.embed(picture)
        time.sleep(0.05)
    store.close()
    return vectors


def build_index(vectors: dict[int, array[float]]) -> Index:
    """Release 3 compares pictures by angle: it adds a copy of each vector at length one, and keeps both."""
    index = Index()
    for number, (key, vector) in enumerate(vectors.items()):
        length = math.sqrt(similarity(vector, vector))
        if RELEASE >= 3:
            index.unit_vectors[key] = array("f", [value / length for value in vector])
        index.vectors[key] = vector
        index.lengths[key] = length
        if number % 500 == 0:
            time.sleep(0.02)
    return index


def try_searches(index: Index) -> int:
    found = 0
    for key in range(1, 9):
        found += len(index.nearest(index.vectors[key], 5))
        time.sleep(0.02)
    return found


def save_index(index: Index, path: Path) -> None:
    with path.open("wb") as file:
        for vector in (index.unit_vectors or index.vectors).values():
            vector.tofile(file)


def main(folder: Path) -> None:
    model = Model(folder / "weights.bin")
    vectors = embed_albums(model, folder)
    del model
    index = build_index(vectors)
    found = try_searches(index)
    save_index(index, folder / f"index-{RELEASE}.bin")
    print(f"{len(vectors)} vectors, {found} found")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
