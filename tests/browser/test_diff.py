"""The browser's comparison is Python's: any two trees give the same functions, files, packages, stacks and renames."""

from __future__ import annotations

import base64
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from made_analyses import FACTS, ROOT_DIRECTORY, analysis_of
from msgspec.structs import replace
from playwright.sync_api import Page

from sitegen.capture import bundle
from sitegen.insight.compare import compare
from sitegen.insight.comparison import Comparison, Metric
from sitegen.insight.prune import fold
from sitegen.model import Analysis, FrameKind

from .conftest import open_page, write_data, write_html

METRICS = {
    Metric.PEAK: ("peak", "bytes"),
    Metric.LEAKS: ("leaks", "bytes"),
    Metric.ALLOCATIONS: ("peak", "count"),
}
COMPARED = """async ([pairs, metrics]) => {
    const found = [];
    for (const pair of pairs) {
        const sides = (await Promise.all(pair.map(sitegen.decode))).map(model);
        const both = diff(sides, new Map());
        const { groupOf, groups, files, fileOf } = both.frames;
        const called = at => at ? [groups[at].name, files[groups[at].file].name] : ["<no frames>", ""];
        found.push(metrics.map(([view, metric]) => {
            both.settings = { view, metric };
            const changed = rows => rows.filter(row => row.at(-6) || row.at(-5));
            const packages = [...new Set(files.map(file => file.package || "<no frames>"))];
            const packageOf = Array.from(fileOf, file => packages.indexOf(files[file].package || "<no frames>"));
            const by = (of, all) => changed(both.changes(of, all.length).map((row, i) => [all[i], ...row]));
            const [before, after] = both.stacks();
            const { parent, frame } = both.base;
            const stacks = [...before.keys()].filter(node => before[node] !== after[node]).map(node => {
                const path = node ? [] : [[...called(0), 0]];
                for (let at = node; at; at = parent[at]) path.unshift([...called(frame[at]), both.lines()[at]]);
                return [path, before[node], after[node]];
            });
            const own = both.changes(groupOf, groups.length);
            return {
                functions: changed(own.map((row, at) => [...called(at), ...row])),
                files: by(fileOf, files.map(file => file.name)), packages: by(packageOf, packages), stacks,
                renames: both.renames().map(pair => pair.map(called)),
            };
        }));
    }
    return found;
}"""


def made(chance: random.Random, root: str, names: Sequence[str]) -> Analysis:
    """A tree of a few files, some of which lie elsewhere on the other side, with native frames here and there."""
    native = chance.random() < 0.3
    files = [
        "main.py",
        "app/db.py",
        "app/utils.py",
        "lib/utils.py",
        f"{chance.choice(['src/', ''])}core/io.py",
    ]
    kinds = {"malloc": FrameKind.NATIVE, "_PyObject_Malloc": FrameKind.INTERNAL} if native else {}
    libraries = {"malloc": "libc.so", "_PyObject_Malloc": "Objects/obmalloc.c"}

    def rows() -> list[tuple[list[tuple[str, str, int]], int, int]]:
        return [
            (
                [
                    (
                        name,
                        libraries.get(name) or f"{root}/{chance.choice(files)}",
                        chance.randint(1, 3),
                    )
                    for name in chance.choices([*names, *kinds], k=chance.randint(0, 5))
                ],
                chance.choice([0, 10, 990, 1000, 1010, 5000]),
                chance.randint(0, 9),
            )
            for _ in range(chance.randint(0, 14))
        ]

    return analysis_of(rows(), rows(), root=root, facts=replace(FACTS, native=native), kinds=kinds)


def renamed_throughout(depth: int) -> tuple[Analysis, Analysis]:
    """Functions of one file that call each other so deep, each with another name on the other side."""
    before, after = (
        analysis_of(
            [
                (
                    [(f"{name}_{n}" if 0 < n < depth else "main", "app/db.py", n) for n in range(depth + 1)],
                    99,
                    1,
                )
            ]
        )
        for name in ("old", "new")
    )
    return before, after


def figures(rows: Any, *names: str) -> list[list[Any]]:
    return sorted(
        [
            *(getattr(row, name) for name in names),
            row.own.delta, row.total.delta, row.own.before, row.own.after, row.total.before, row.total.after,
        ]
        for row in rows
    )  # fmt: skip


def without_lines(stacks: Any) -> list[Any]:
    return sorted([[frame[:2] for frame in path], before, after] for path, before, after in stacks)


def expected(comparison: Comparison) -> dict[str, Any]:
    stacks = [
        [[[f.function, f.file, f.line] for f in row.stack], row.own.before, row.own.after]
        for row in comparison.stacks()
    ]
    return {
        "functions": figures(comparison.functions, "function", "file"),
        "files": figures(comparison.files, "name"),
        "packages": figures(comparison.packages, "name"),
        "stacks": sorted(stacks),
        "renames": sorted(
            [[r.before.function, r.before.file], [r.after.function, r.after.file]] for r in comparison.renames
        ),
    }


def encoded(analysis: Analysis) -> str:
    return base64.b64encode(bundle.encode(analysis, {}).main).decode()


def scripts(tab: Page, folder: Path) -> Page:
    for name in ("before", "after"):
        write_data(folder, name, analysis_of([]), {})
    return open_page(
        tab, write_html(folder / "two.html", "two_captures.html", before="before", after="after")
    )


def test_any_two_trees_differ_as_the_command_says(tab: Page, tmp_path: Path) -> None:
    """Other roots, native frames on one side, comprehensions, recursion and renames included; to the byte."""
    chance = random.Random(20261121)
    common = ["main", "load", "parse", "<listcomp>", "<module>"]
    pairs = [
        (
            made(chance, ROOT_DIRECTORY, [*common, "build_index", "read_layer"]),
            made(chance, "/srv/elsewhere", [*common, "make_index", "read_layer2"]),
        )
        for _ in range(80)
    ]
    pairs += map(renamed_throughout, (10, 99, 110, 130))
    page = scripts(tab, tmp_path)
    found = page.evaluate(COMPARED, [[list(map(encoded, pair)) for pair in pairs], list(METRICS.values())])
    offered = 0
    for pair, by_metric in zip(pairs, found, strict=True):
        for metric, shown in zip(METRICS, by_metric, strict=True):
            wanted = expected(compare(*pair, metric))
            if pair[0].facts.native != pair[1].facts.native:
                # Places that are one without native frames are one to the browser, whatever their line weighs.
                shown["stacks"], wanted["stacks"] = (
                    without_lines(shown["stacks"]),
                    without_lines(wanted["stacks"]),
                )
            assert {name: sorted(rows) for name, rows in shown.items()} == wanted, metric
            offered += len(wanted["renames"])
    assert offered > 5


def test_folding_a_side_changes_no_function_and_adds_no_stack(tab: Page, tmp_path: Path) -> None:
    """Pages of old runs keep few nodes: their functions are exact; nothing differs from its folded self."""
    chance = random.Random(7)
    whole = [made(chance, ROOT_DIRECTORY, ["main", "load", "parse", "<module>"]) for _ in range(40)]
    folded = [fold(analysis, chance.randint(1, 8)) for analysis in whole]
    others = whole[1:] + whole[:1]
    pairs = [*zip(whole, folded, strict=True), *zip(folded, others, strict=True)]
    page = scripts(tab, tmp_path)
    found = page.evaluate(COMPARED, [[list(map(encoded, pair)) for pair in pairs], list(METRICS.values())])
    for position, by_metric in enumerate(found):
        for metric, shown in zip(METRICS, by_metric, strict=True):
            if position < len(whole):
                assert not shown["functions"] + shown["files"] + shown["packages"] + shown["stacks"]
            else:
                base, head = pairs[position]
                if base.facts.native == head.facts.native:
                    wanted = compare(base, head, metric)
                    assert sorted(shown["functions"]) == figures(wanted.functions, "function", "file")
                    delta = sum(after - before for _, before, after in shown["stacks"])
                    assert delta == wanted.delta
