"""sitegen against the memray commands that do the same, as a table. Run by hand; see README.md.

python tests/performance/speed.py WORK [small|big|native|stacks|many]... [--rounds N]
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import made
from measuring import Cost, cost_of, median, size_of

THREE = ("flamegraph", "flamegraph --leaks", "flamegraph --temporal")
FIVE = (*THREE, "flamegraph --temporary-allocations", "stats")
AGGREGATED = ("flamegraph", "flamegraph --leaks", "table")  # the rest refuses pytest-memray's captures
SAMPLED = 12
"""Of many captures, memray's commands are run on so many, and their cost is scaled up."""

OPEN = """
import memray, pathlib
for path in sorted(pathlib.Path({!r}).glob("*.bin")):
    with memray.FileReader(path) as reader:
        for record in reader.get_high_watermark_allocation_records(merge_threads=False):
            pass
"""


class Bench:
    """A work directory in which commands are measured, and the table that grows."""

    def __init__(self, work: Path, rounds: int) -> None:
        self.work = work
        self.rounds = rounds
        self.site = work / "site"
        self._aside = work / "aside"

    def row(self, work: str, figure: str, ours: float, theirs: float) -> None:
        """Prints a row: both figures, and their ratio."""
        print(f"| {work} | {figure} | {ours:,.2f} | {theirs:,.2f} | {ours / theirs:.3f} |", flush=True)

    def cold(self, captures: Path, *options: str) -> Cost:
        """A build that knows nothing."""
        return median(self._cold(captures, options) for _ in range(self.rounds))

    def cold_and_opening(self, captures: Path) -> tuple[Cost, Cost]:
        """Builds that know nothing, and opening the captures instead, in turn: both see the machine's moods."""
        opening = [sys.executable, "-c", OPEN.format(str(captures))]
        pairs = [(self._cold(captures, ()), cost_of(opening, self.work)) for _ in range(self.rounds)]
        ours, opened = zip(*pairs, strict=True)
        return median(ours), median(opened)

    def again(self, captures: Path) -> Cost:
        """The build once more."""
        return median(cost_of(self._build(captures, ()), self.work) for _ in range(self.rounds))

    def one_new(self, captures: Path) -> Cost:
        """The build with one capture more than the last one had."""
        growing = self.work / "growing"
        shutil.rmtree(growing, ignore_errors=True)
        shutil.copytree(captures, growing)
        last = max(growing.glob("*.bin"))
        last.rename(self.work / last.name)
        self._cold(growing, ())
        (self.work / last.name).rename(last)
        return cost_of(self._build(growing, ()), self.work)

    def memray(self, capture: Path, commands: Sequence[str]) -> Cost:
        """These commands one after the other."""
        return _sum([self._memray(command, capture) for command in commands])

    def _memray(self, command: str, capture: Path) -> Cost:
        return median(cost_of(_memray(command, capture), self.work) for _ in range(self.rounds))

    def pages(self) -> int:
        """The bytes of the pages that memray's last commands wrote; removes them."""
        written = sum(path.stat().st_size for path in self.work.glob("memray-*.html"))
        for path in self.work.glob("memray-*.html"):
            path.unlink()
        return written

    def _cold(self, captures: Path, options: Sequence[str]) -> Cost:
        self._put_aside()
        return cost_of(self._build(captures, options), self.work)

    def _put_aside(self) -> None:
        """What the last build left is removed at the end: where thousands of files have just been removed, ext4 looks
        at each of them before it makes a new one, which took a quarter of the next build's time.
        """
        self._aside.mkdir(exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=self._aside))
        for directory in (self.site, self.work / ".sitegen-cache"):
            if directory.exists():
                directory.rename(aside / directory.name)

    def close(self) -> None:
        """Removes what was put aside."""
        shutil.rmtree(self._aside, ignore_errors=True)

    def _build(self, captures: Path, options: Sequence[str]) -> list[str | Path]:
        return [sys.executable, "-m", "sitegen", "build", captures, "-o", self.site, *options]


def _memray(command: str, capture: Path) -> list[str | Path]:
    words = command.split()
    name = "-".join(word.strip("-") for word in words)
    output = [] if words[0] == "stats" else ["-f", "-o", f"memray-{name}.html"]
    return [sys.executable, "-m", "memray", *words, *output, capture]


def _sum(costs: Sequence[Cost]) -> Cost:
    return sum(costs, start=Cost(0, 0, 0))


def small(bench: Bench) -> None:
    """Many small captures: cold, against opening them, nothing changed, one new."""
    captures = made.small(bench.work)
    paths = sorted(captures.glob("*.bin"))
    title = f"{len(paths)} small captures"
    ours, opened = bench.cold_and_opening(captures)
    sample = paths[:: len(paths) // SAMPLED][:SAMPLED]
    theirs = Cost(0, 0, 0)
    written = 0
    for path in sample:
        theirs += _sum([cost_of(_memray(command, path), bench.work) for command in AGGREGATED])
        written += bench.pages()
    theirs = theirs.times(len(paths) / len(sample))
    bench.row(
        f"{title}, cold",
        f"wall s, against `{'`, `'.join(AGGREGATED)}` of {SAMPLED}, scaled",
        ours.wall,
        theirs.wall,
    )
    bench.row(f"{title}, cold", "CPU s, against the same", ours.cpu, theirs.cpu)
    bench.row(f"{title}, cold", "CPU s, against opening them and listing their records", ours.cpu, opened.cpu)
    bench.row(
        f"{title}, cold",
        "size in MB, against CDN-linked pages",
        size_of(bench.site) / 1e6,
        written * len(paths) / len(sample) / 1e6,
    )
    again = bench.again(captures)
    bench.row(f"{title}, nothing changed", "wall s, against the cold build", again.wall, ours.wall)
    bench.row(f"{title}, nothing changed", "CPU s, against the cold build", again.cpu, ours.cpu)
    new = bench.one_new(captures)
    bench.row(f"{title}, one of them new", "wall s, against the cold build", new.wall, ours.wall)
    bench.row(f"{title}, one of them new", "CPU s, against the cold build", new.cpu, ours.cpu)


def one(bench: Bench, title: str, captures: Path, figure: Callable[[Cost], float], unit: str) -> None:
    """One capture, all reports, against five commands."""
    (capture,) = captures.glob("*.bin")
    ours = bench.cold(captures, "--jobs", "2")
    theirs = bench.memray(capture, FIVE)
    written = bench.pages()
    bench.row(f"{title}, all reports", f"{unit}, against `{'`, `'.join(FIVE)}`", figure(ours), figure(theirs))
    bench.row(f"{title}, all reports", "peak memory in MB", ours.memory / 1e6, theirs.memory / 1e6)
    bench.row(
        f"{title}, all reports",
        "size in MB, against CDN-linked pages",
        size_of(bench.site) / 1e6,
        written / 1e6,
    )


def big(bench: Bench) -> None:
    """One big capture: all reports, then three."""
    captures = made.big(bench.work)
    (capture,) = captures.glob("*.bin")
    ours = bench.cold(captures, "--jobs", "1")
    both = bench.cold(captures, "--jobs", "2")
    each = {command: bench.memray(capture, (command,)) for command in FIVE}
    five, three = _sum(list(each.values())), _sum([each[command] for command in THREE])
    written = bench.pages()
    title = "one big capture"
    bench.row(f"{title}, all reports", f"CPU s, against `{'`, `'.join(FIVE)}`", ours.cpu, five.cpu)
    bench.row(f"{title}, all reports, two jobs", "wall s, against the same", both.wall, five.wall)
    bench.row(f"{title}, all reports", "peak memory in MB", ours.memory / 1e6, five.memory / 1e6)
    bench.row(
        f"{title}, all reports",
        "size in MB, against CDN-linked pages",
        size_of(bench.site) / 1e6,
        written / 1e6,
    )
    (bench.work / "three.toml").write_text('reports = ["flamegraph", "leaks", "temporal"]\n')
    few = bench.cold(captures, "--config", str(bench.work / "three.toml"), "--jobs", "1")
    bench.row(f"{title}, three reports", f"CPU s, against `{'`, `'.join(THREE)}`", few.cpu, three.cpu)


def native(bench: Bench) -> None:
    """One native capture."""
    one(bench, "native capture", made.native(bench.work), lambda cost: cost.wall, "wall s")


def stacks(bench: Bench) -> None:
    """One capture of many stacks."""
    one(bench, f"{made.STACKS:,} stacks", made.stacks(bench.work), lambda cost: cost.cpu, "CPU s")


def many(bench: Bench) -> None:
    """10,000 captures (100 runs of 100 modules) against 1,000 of the same modules: for each, and memory."""
    few, more = (made.tiny(bench.work, runs, 100) for runs in (10, 100))
    of_few, of_more = bench.cold(few), bench.cold(more)
    title = "10,000 captures against 1,000"
    bench.row(title, "CPU ms for each", of_more.cpu / 10, of_few.cpu)
    bench.row(title, "wall ms for each", of_more.wall / 10, of_few.wall)
    bench.row(title, "peak memory in MB", of_more.memory / 1e6, of_few.memory / 1e6)


BENCHMARKS = {"small": small, "big": big, "native": native, "stacks": stacks, "many": many}


def main() -> None:
    """Measures what was asked for, everything by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("benchmarks", nargs="*", metavar="BENCHMARK", help=", ".join(BENCHMARKS))
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    work = chosen.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    print("| work | figure | sitegen | against | ratio |\n| --- | --- | ---: | ---: | ---: |", flush=True)
    for name in chosen.benchmarks or BENCHMARKS:
        with closing(Bench(work, chosen.rounds)) as bench:
            BENCHMARKS[name](bench)


if __name__ == "__main__":
    main()
