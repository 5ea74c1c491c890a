"""`sitegen compare` and the captures of `sitegen export`: reads what is named, by way of the store."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec.structs import replace

from sitegen import comparison_text as written
from sitegen.analysing import Analysed, Watcher
from sitegen.capture import bundle
from sitegen.capture.leads_to import is_directory
from sitegen.capture.store import Store
from sitegen.capture.walk import check
from sitegen.config import Config
from sitegen.errors import CaptureError, SitegenError
from sitegen.gathering import Gathered, gather, store_of
from sitegen.insight.comparison import Metric
from sitegen.insight.pairs import Member, ModuleComparison, Pair, compare_pair, pair_runs
from sitegen.model import Analysis


class Compared(msgspec.Struct, frozen=True):
    """Two captures, or two runs, compared."""

    base: str
    head: str
    metric: Metric
    modules: tuple[ModuleComparison, ...]
    of_runs: bool
    warnings: tuple[str, ...]

    def written(self, form: str) -> str:
        """The comparison as `text`, `json` or `markdown`."""
        if form == "text":
            return written.text(self.modules, self.metric)
        if form == "markdown":
            return written.markdown(self.modules, self.metric)
        if self.of_runs:
            return written.as_json(written.runs_json(self.modules, self.metric, self.base, self.head))
        comparison = self.modules[0].comparison
        if comparison is None:
            raise SitegenError(
                "These captures cannot be compared.", " ".join(self.modules[0].comparable.reasons)
            )
        return written.as_json(written.comparison_json(comparison, self.base, self.head))


def compare_paths(base: Path, head: Path, metric: str, config: Config, watcher: Watcher) -> Compared:
    """Compares two captures or bundles, or two directories of runs.

    Raises SitegenError where a path does not exist, where one is a directory and the other is not, or where
    a single capture cannot be read.
    """
    for path in (base, head):
        check(path)
    store = store_of(config)
    if is_directory(base) != is_directory(head):
        raise SitegenError("A run can only be compared with a run.", "Name two captures, or two directories.")
    if is_directory(base):
        sides = [_gathered(path, config, store, watcher) for path in (base, head)]
        pairs = pair_runs(*([_member(capture) for capture in side.captures] for side in sides))
        # One pair in memory at a time: a run can have many large captures.
        modules = tuple(
            compare_pair(pair.map(lambda capture: load(capture, store)), Metric(metric)) for pair in pairs
        )
        warnings = (*sides[0].warnings, *sides[1].warnings)
        return Compared(str(base), str(head), Metric(metric), modules, True, warnings)
    captures = [read_one(path, config, store, watcher) for path in (base, head)]
    name = captures[1].source.name
    pair = Pair(name.module, name.instance, *(load(capture, store) for capture in captures))
    return Compared(str(base), str(head), Metric(metric), (compare_pair(pair, Metric(metric)),), False, ())


def read_one(path: Path, config: Config, store: Store, watcher: Watcher) -> Analysed:
    """The one capture or bundle that is named. Raises SitegenError where there is none, or it cannot be read."""
    if is_directory(path):
        raise SitegenError(f"{path} is a directory.", "Name one capture or bundle.")
    capture = _gathered(path, config, store, watcher).captures[0]
    if capture.key is None:
        raise CaptureError(f"{path}: {capture.figures.reason}")
    return capture


def _gathered(path: Path, config: Config, store: Store, watcher: Watcher) -> Gathered:
    """What is at a path. The history of the site that is configured is nothing of it."""
    return gather(replace(config, history=()), [path], store, watcher)


def load(capture: Analysed, store: Store) -> Analysis:
    """The whole analysis of a capture that was read."""
    if capture.key is None:
        raise CaptureError(f"{capture.source.file}: {capture.figures.reason}")
    key = capture.key
    return bundle.decode(b"".join(store.part(key, part) for part in ("main", "temporal")))[0]


def _member(capture: Analysed) -> Member[Analysed]:
    return Member(capture.source.name, capture.figures.status, capture.figures.peak_bytes, capture)
