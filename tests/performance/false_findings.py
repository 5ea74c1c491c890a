"""How often noise alone makes a finding: the table in the docstring of `sitegen.insight.trends`, measured anew.

python tests/performance/false_findings.py [HISTORIES]     takes some minutes for 1,000
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from random import Random

from sitegen.insight.growth import find_growth
from sitegen.insight.points import Effect, Point
from sitegen.insight.trends import find_steps

SIZES = (2, 3, 4, 6, 9, 10, 15, 30)
NOISES = (0.001, 0.01, 0.02, 0.03, 0.1)
LEVEL = 20_000_000


def draws(random: Random) -> dict[str, Callable[[], float]]:
    """Noise of standard deviation 1, by the name of its distribution."""
    return {
        "gauss": lambda: random.gauss(0, 1),
        "laplace": lambda: (random.expovariate(1) - random.expovariate(1)) / 2**0.5,
        "uniform": lambda: random.uniform(-(3**0.5), 3**0.5),
    }


def rate(kind: str, noise: float, size: int, histories: int) -> float:
    """The share of histories of `size` runs on one level in which a step or growth is found."""
    draw = draws(Random(f"{kind} {noise} {size}"))[kind]
    found = 0
    for _ in range(histories):
        runs = [Point(max(0, round(LEVEL * (1 + noise * draw())))) for _ in range(size)]
        found += bool(find_steps(runs, Effect()) or find_growth(runs, Effect()))
    return found / histories


def main(arguments: Sequence[str]) -> None:
    histories = int(arguments[0]) if arguments else 1_000
    print(f"| noise | {' | '.join(f'{size} runs' for size in SIZES)} |")
    print(f"|---|{'---|' * len(SIZES)}")
    for noise in NOISES:
        worst = [max(rate(kind, noise, size, histories) for kind in draws(Random())) for size in SIZES]
        print(f"| {noise:.1%} | {' | '.join(f'{share:.1%}' for share in worst)} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
