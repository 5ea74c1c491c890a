"""The program whose capture the viewer's tests look at: threads, a cache, leaks, recursion, imports."""

import json
import threading
import time
from types import FunctionType

KEPT: list[bytearray] = []
CACHE: dict[int, bytes] = {}


def build_cache() -> None:
    for number in range(600):
        CACHE[number] = bytes(1_500)


def leak_steadily() -> None:
    KEPT.append(bytearray(40_000))


def parse(rows: int) -> list[object]:
    return [json.loads(json.dumps({str(row): list(range(50))})) for row in range(rows)]


def recurse(depth: int) -> list[bytearray]:
    return [bytearray(700) for _ in range(200)] if depth == 0 else recurse(depth - 1)


def peak() -> None:
    held = [bytearray(1_000_000) for _ in range(6)]
    time.sleep(0.05)
    del held


def work(rounds: int) -> None:
    for _ in range(rounds):
        KEPT.append(bytearray(9_000))
        parse(10)
        time.sleep(0.01)


def leak() -> None:
    KEPT.append(bytearray(600))


def leak_in_many_functions() -> None:
    """More of them than a page lists: how many leak in what is imported is another matter with every Python."""
    for number in range(20):
        name = f"leak_{number}"
        FunctionType(leak.__code__.replace(co_name=name, co_qualname=name), globals())()


def main() -> None:
    build_cache()
    threads = [threading.Thread(target=work, args=(12,), name=f"worker-{number}") for number in range(2)]
    for thread in threads:
        thread.start()
    deep = recurse(40)
    import decimal  # a real import while the tracker runs
    import fractions

    for number in range(15):
        leak_steadily()
        bytearray(300_000)
        table = {key: [value + key for value in range(30)] for key in range(300)}
        if number == 7:
            peak()
        time.sleep(0.01)
    for thread in threads:
        thread.join()
    leak_in_many_functions()
    KEPT.append(bytearray(len(deep) + len(table) + bool(decimal) + bool(fractions)))


if __name__ == "__main__":
    main()
