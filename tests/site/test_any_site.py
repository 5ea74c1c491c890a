"""Any captures make a site: whatever their figures are, every page is drawn, and its links lead to what is there."""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping, Sequence
from html import unescape
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_analyses import FACTS, Stack, analysis_of
from msgspec.structs import replace

from sitegen.analyse import Parts, Settings, parts_of
from sitegen.analysing import Analysed
from sitegen.capture.options import ReadOptions
from sitegen.capture.runs import Notes, Run
from sitegen.capture.source import Kind, Source
from sitegen.capture.store import Store
from sitegen.config import Budget, Config
from sitegen.judging import findings_of
from sitegen.model import PREVIOUS, Analysis, Baseline, Name, Snapshots, Stats, Status, Thread
from sitegen.reporters import choose, templates_of
from sitegen.site.assemble import assemble
from sitegen.site.captures import Entry
from sitegen.site.render import render
from sitegen.site.theme import load_theme
from sitegen.site.views import Site
from sitegen.slugs import slug
from sitegen.summary import Figures

READ = Settings(ReadOptions(), tuple(report.name for report in choose(())), 50)
OLDER = replace(READ, brief=True)
THEMES = {name: load_theme(name, templates_of(choose(()))) for name in ("default", "paper")}
MAIN: Stack = [("main", "/home/me/project/app.py", 1), ("<module>", "/home/me/project/work.py", 3)]
ODD: Stack = [('"><b>`x`', "/home/me/project/<i>&.py", 2)]
NO_SNAPSHOTS = Snapshots(*(array("Q") for _ in range(4)))


def analyses() -> dict[str, Analysis]:
    """Captures of every kind, and such as no program makes."""
    usual = analysis_of(
        [(MAIN, 5_000_000, 10), (ODD, 70_000, 3)],
        [(MAIN, 2_000_000, 4)],
        lifetimes=[(MAIN, 1, 3, 5_000_000, 10), (ODD, 0, 2, 70_000, 3)],
        heap=[0, 5_000_000, 5_070_000, 2_000_000],
    )
    many = Stats(123, 9_999_999, (("malloc", 100), ("mmap", 23)), (), (), (), (), ())
    return {
        "usual": replace(usual, stats=many),
        "larger": replace(
            analysis_of([(MAIN, 50_000_000, 10)], heap=[50_000_000]), peak_rss_bytes=90_000_000, stats=many
        ),
        "empty": analysis_of([]),
        "no stack": analysis_of([([], 1000, 1)]),
        "nothing in time": replace(usual, snapshots=NO_SNAPSHOTS, lifetimes=None),
        "aggregated": replace(
            usual, facts=replace(FACTS, aggregated=True), lifetimes=None, leaked_allocations=None, stats=None
        ),
        "backwards": replace(usual, facts=replace(FACTS, started=5000, ended=5000)),
        "unfinished": replace(usual, status=Status.UNFINISHED, reason="No end record."),
        "damaged": replace(usual, status=Status.DAMAGED, reason="It ends `early` & <oddly>."),
        "huge": analysis_of([(MAIN, 2**46, 2**40)], [(MAIN, 2**46, 2**40)], heap=[2**46]),
        "threads": replace(usual, threads=tuple(Thread(i, f"<t{i}>") for i in range(40))),
    }


class Kept(Store):
    """A store that knows all of them."""

    def __init__(self) -> None:
        self.parts: dict[str, Parts] = {}
        for name, analysis in analyses().items():
            for read, suffix in ((READ, ""), (OLDER, " brief")):
                self.parts[name + suffix] = parts_of(analysis, read)

    def get(self, key: str, part: str) -> bytes | None:
        return self.part(key, part)

    def part(self, key: str, part: str) -> bytes:
        data = getattr(self.parts[key], part)
        assert isinstance(data, bytes)
        return data


STORE = Kept()
FAILED = Figures(Status.FAILED, "It is no capture.")
MODULES = ("app", "app.web", "findings", "findings_", 'x"<y>')
INSTANCES = (None, "a", "ü/b")

Told = Mapping[tuple[str, str | None, int | None], str]
"""What was captured in a run: module, instance and chunk, and which of the analyses that gives."""

process = st.tuples(st.sampled_from(MODULES), st.sampled_from(INSTANCES), st.sampled_from((None, 1, 2)))
told = st.dictionaries(process, st.sampled_from(["failed", *analyses()]), min_size=1, max_size=6)
texts = st.sampled_from((None, "", "The <same> label", "main"))
histories = st.lists(st.tuples(told, texts, texts), min_size=1, max_size=5)
BUDGET = ("app*", Budget(peak=1_000_000, leaked=0, severity="error"))
configs = st.builds(
    Config,
    base_url=st.sampled_from((None, "https://example.org/memory/")),
    budgets=st.sampled_from(((), (BUDGET,))),
    baseline=st.sampled_from((PREVIOUS, Baseline("branch", "main"), Baseline("median", count=2))),
)


def captures_of(histories: Sequence[Told]) -> list[Analysed]:
    """The captures of runs, in the order of their ids. The newest two runs are kept whole."""
    found = []
    for number, captured in enumerate(histories):
        for (module, instance, chunk), what in captured.items():
            key = None if what == "failed" else what + (" brief" if number < len(histories) - 2 else "")
            name = Name(f"run {number}", module, instance, chunk)
            file = f"{module}@{instance}.{chunk}.bin"
            id_ = f"{slug(name.run)}/{slug(file)}"
            source = Source(file, file, Kind.CAPTURE, name, id_, 0, 1, 1, "7" if chunk else None)
            figures = STORE.parts[key].figures if key else FAILED
            found.append(Analysed(source, figures, key, what, known=False))
    return sorted(found, key=lambda one: one.source.id)


def site_of(history: Sequence[tuple[Told, str | None, str | None]], config: Config) -> Site:
    """The site of runs with these labels and branches."""
    captures = captures_of([told for told, _, _ in history])
    runs = [
        Run(f"run {number}", 1000 * number, label, branch=branch, notes="*Words*")
        for number, (_, label, branch) in enumerate(history)
    ]
    findings = findings_of(captures, runs, config, STORE)
    entries = [
        Entry(c.source.id, c.source.file, c.source.name, c.source.process, c.figures, c.key, c.digest)
        for c in captures
    ]
    notes = Notes("Front", {"app": "Of `app`."})
    return assemble(entries, runs, findings, notes, "Any <site>", config.base_url or "", config.baseline)


@pytest.mark.parametrize("theme", ["default", "paper"])
@settings(max_examples=30)
@given(history=histories, config=configs)
def test_every_page_is_drawn_and_every_link_leads_somewhere(
    theme: str, history: Sequence[tuple[Told, str | None, str | None]], config: Config
) -> None:
    files = {
        file.path: b"".join(file.make()).decode()
        for file in render(site_of(history, config), THEMES[theme], STORE)
    }
    pages = {path: text for path, text in files.items() if path.endswith(".html")}
    ids = {path: re.findall(r'\bid="([^"]*)"', text) for path, text in pages.items()}
    home = urlsplit(config.base_url or "/").path
    for path, page in pages.items():
        assert len(ids[path]) == len(set(ids[path])), f"{path} has an id twice"
        for target in re.findall(r'(?:href|src)="([^"]*)"', page):
            url = urlsplit(urljoin(f"{home}{path}", unescape(target)))
            if url.netloc:
                continue
            to, fragment = url.path.removeprefix(home), unquote(url.fragment.partition("&")[0])
            assert to in files, f"{path} leads to {target}"
            assert not fragment or fragment in ids[to], f"{path} leads to {target}"
