"""The pure part of the viewer, run in the browser against a plain reference in Python, over random trees."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from .conftest import THEME

KEEP, SPLICE, OUT = 0, 1, 3
FRAMES = 9

HELPERS = """
function tree(c) { return calltree.plant(Uint32Array.from(c.parent), Uint32Array.from(c.frame)); }
function own(c) { return { bytes: Float64Array.from(c.bytes), count: Float64Array.from(c.count) }; }
function paths(graph, expand) {
    const found = [];
    const waiting = [[0, []]];
    while (waiting.length) {
        const [node, path] = waiting.pop();
        found.push([path.join("/"), graph.bytes[node], graph.count[node]]);
        for (const child of graph.children(node)) waiting.push([child, [...path, graph.frame[child]]]);
    }
    return found;
}
function moved(c, place, size) {
    const rows = { node: Uint32Array.from(c.bytes.keys()), bytes: c.bytes, count: c.count };
    return calltree.weigh(rows, place, size, null);
}
"""


@dataclass(frozen=True)
class Case:
    """A random tree in preorder; every node holds something or nothing itself."""

    parent: list[int]
    frame: list[int]
    bytes: list[int]
    count: list[int]

    def plain(self) -> dict[str, Any]:
        return {"parent": self.parent, "frame": self.frame, "bytes": self.bytes, "count": self.count}

    def path(self, node: int) -> list[int]:
        """The frames from the root down to the node."""
        frames = []
        while node:
            frames.append(self.frame[node])
            node = self.parent[node]
        return frames[::-1]

    def stacks(self) -> Iterator[tuple[list[int], int, int]]:
        for node in range(len(self.parent)):
            if self.count[node]:
                yield self.path(node), self.bytes[node], self.count[node]


def random_case(seed: int) -> Case:
    """Trees with recursion, equal frames in many places, empty branches and memory at the root."""
    chance = random.Random(seed)
    children: list[dict[int, int]] = [{}]
    for _ in range(chance.randint(0, 60)):
        node = 0
        for _ in range(chance.randint(1, 9)):
            frame = chance.randint(1, FRAMES)
            if frame not in children[node]:
                children[node][frame] = len(children)
                children.append({})
            node = children[node][frame]
    parent, frames = [0], [0]
    waiting = [(0, 0, frame) for frame in sorted(children[0], reverse=True)]
    while waiting:
        above, old, frame = waiting.pop()
        new = len(parent)
        parent.append(above)
        frames.append(frame)
        below = children[children[old][frame]]
        waiting += [(new, children[old][frame], other) for other in sorted(below, reverse=True)]
    held = [chance.choice([0, 0, 1, 3, 2**33]) for _ in parent]
    return Case(
        parent, frames, [size * chance.randint(1, 9) for size in held], [int(size > 0) for size in held]
    )


CASES = [random_case(seed) for seed in range(120)]


@pytest.fixture(scope="module")
def pure(browser: Browser) -> Iterator[Page]:
    """A page with nothing but the pure part."""
    page = browser.new_page()
    for script in ("dom.js", "calltree.js"):
        page.add_script_tag(path=str(THEME / "static" / script))
    page.add_script_tag(content=HELPERS)
    yield page
    page.close()


def ask(page: Page, function: str, argument: Any) -> Any:
    """What a function of the page makes of the argument; as text, for the driver is slow with large data."""
    text = page.evaluate(f"text => JSON.stringify(({function})(JSON.parse(text)))", json.dumps(argument))
    return json.loads(text)


def summed(stacks: Iterator[tuple[tuple[int, ...], int, int]]) -> dict[str, tuple[int, int]]:
    """What every prefix of the stacks holds."""
    total: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for stack, size, count in stacks:
        for depth in range(len(stack) + 1):
            row = total["/".join(map(str, stack[:depth]))]
            row[0] += size
            row[1] += count
    return {path: (size, count) for path, (size, count) in total.items() if size or not path}


def as_dict(rows: list[list[Any]]) -> dict[str, tuple[int, int]]:
    """The rows by their path; a path that occurs twice would be two siblings that should be one."""
    assert len({row[0] for row in rows}) == len(rows)
    return {path: (size, count) for path, size, count in rows}


def test_a_graph_holds_the_sums_of_its_stacks(pure: Page) -> None:
    """Every node of the plain graph holds what its stacks hold."""
    found = ask(
        pure,
        "cases => cases.map(c => paths(calltree.graph(tree(c), calltree.held(tree(c), own(c)), 'bytes')))",
        [c.plain() for c in CASES],
    )
    for case, rows in zip(CASES, found, strict=True):
        expected = summed((tuple(stack), size, count) for stack, size, count in case.stacks())
        assert as_dict(rows) == (expected or {"": (0, 0)})


def test_children_lie_side_by_side_inside_their_parent(pure: Page) -> None:
    """In both measures, boxes begin inside their parent, do not overlap, and do not reach beyond it.

    However often they were looked at, and from wherever.
    """
    script = """cases => cases.flatMap(c => ["bytes", "count"].flatMap(metric => {
        const t = tree(c);
        const graphs = [calltree.graph(t, calltree.held(t, own(c)), metric), calltree.inverted(t, own(c), metric)];
        return graphs.flatMap(g => {
            for (const from of [0, Math.floor(g.value.length / 2), 1, 0]) g.visit(from, 0, () => {}, () => {});
            const wrong = [];
            for (let node = 0; node < g.value.length; node++) {
                let edge = g.start[node];
                for (const child of g.children(node)) {
                    if (g.start[child] !== edge) wrong.push([node, child]);
                    edge = g.start[child] + g.value[child];
                }
                if (edge > g.start[node] + g.value[node]) wrong.push([node]);
            }
            return wrong;
        });
    }))"""
    assert ask(pure, script, [case.plain() for case in CASES]) == []


def test_hiding_frames_splices_them_out_and_merges_what_becomes_equal(pure: Page) -> None:
    """Spliced frames vanish from every stack; left-out frames take what is below them along; totals stay."""
    fates = [
        [KEEP, *(random.Random(seed).choice([KEEP, KEEP, SPLICE, OUT]) for _ in range(FRAMES))]
        for seed in range(len(CASES))
    ]
    found = ask(
        pure,
        """([cases, fates]) => cases.map((c, i) => {
            const { tree: t, place } = calltree.hide(tree(c), Uint8Array.from(fates[i]));
            for (let node = 1; node < t.parent.length; node++) {
                const inside = t.parent[node] < node && t.end[node] <= t.end[t.parent[node]];
                if (!inside) throw new Error("no preorder");
            }
            return paths(calltree.graph(t, calltree.held(t, moved(c, place, t.parent.length)), "bytes"));
        })""",
        [[case.plain() for case in CASES], fates],
    )

    def shown(stack: list[int], fate: list[int]) -> tuple[int, ...]:
        frames: list[int] = []
        for frame in stack:
            if fate[frame] == OUT:
                break
            if fate[frame] == KEEP:
                frames.append(frame)
        return tuple(frames)

    for case, fate, rows in zip(CASES, fates, found, strict=True):
        expected = summed((shown(stack, fate), size, count) for stack, size, count in case.stacks())
        assert as_dict(rows) == (expected or {"": (0, 0)})


def test_an_inverted_graph_holds_the_sums_of_the_turned_stacks(pure: Page) -> None:
    """Inverted, every node holds what the stacks that end in it hold; the whole stays the whole."""
    found = ask(
        pure,
        "cases => cases.map(c => paths(calltree.inverted(tree(c), own(c), 'bytes')))",
        [c.plain() for c in CASES],
    )
    for case, rows in zip(CASES, found, strict=True):
        expected = summed((tuple(stack[::-1]), size, count) for stack, size, count in case.stacks())
        assert as_dict(rows) == (expected or {"": (0, 0)})


def test_a_graph_shown_in_part_is_the_same_graph(pure: Page) -> None:
    """Looking only at what is wide enough finds the same boxes as looking at everything and choosing."""
    script = """cases => cases.map(c => ["graph", "inverted"].map(kind => {
        const t = tree(c);
        const sums = kind === "graph" ? calltree.held(t, own(c)) : own(c);
        const whole = calltree[kind](t, sums, "bytes");
        const least = whole.value[0] / 7;
        const wide = paths(whole).filter(row => row[1] >= least && row[1] > 0).map(row => row.slice(0, 2));
        const part = calltree[kind](t, sums, "bytes");
        const seen = [];
        const name = node => (node ? [...name(part.parent[node]), part.frame[node]] : []);
        part.visit(0, least, node => seen.push([name(node).join("/"), part.bytes[node]]), () => {});
        return [wide.sort(), seen.sort()];
    }))"""
    for graphs in ask(pure, script, [case.plain() for case in CASES]):
        for wide, seen in graphs:
            assert wide == seen


def test_a_function_holds_each_byte_once(pure: Page) -> None:
    """Own and total figures by frame: recursion counts once, and the own figures sum to the whole."""
    found = ask(
        pure,
        f"""cases => cases.map(c => {{
            const t = tree(c);
            const first = calltree.outermost(t, t.frame, {FRAMES + 1});
            const total = calltree.sumUp(t, own(c).bytes);
            const {{ self, whole }} = calltree.byGroup(t, t.frame, {FRAMES + 1}, own(c).bytes, first, total);
            return [[...self], [...whole]];
        }})""",
        [case.plain() for case in CASES],
    )
    for case, (self_bytes, total_bytes) in zip(CASES, found, strict=True):
        stacks = list(case.stacks())
        for frame in range(1, FRAMES + 1):
            assert self_bytes[frame] == sum(size for stack, size, _ in stacks if stack and stack[-1] == frame)
            assert total_bytes[frame] == sum(size for stack, size, _ in stacks if frame in stack)
        assert sum(self_bytes) == sum(case.bytes)


def test_both_halves_of_a_sandwich_hold_the_function(pure: Page) -> None:
    """Callers hold what the outermost places of the function hold, callees what is below these, merged."""
    chosen = 4
    found = ask(
        pure,
        """([cases, chosen]) => cases.map(c => {
            const t = tree(c);
            return calltree.sandwich(t, own(c), "bytes", t.frame, chosen).map(g => paths(g));
        })""",
        [[case.plain() for case in CASES], chosen],
    )
    for case, (above, below) in zip(CASES, found, strict=True):
        stacks = [(stack, size, count) for stack, size, count in case.stacks() if chosen in stack]
        at = [stack.index(chosen) for stack, _, _ in stacks]
        callers = summed((tuple(s[:i][::-1]), size, n) for (s, size, n), i in zip(stacks, at, strict=True))
        callees = summed((tuple(s[i + 1 :]), size, n) for (s, size, n), i in zip(stacks, at, strict=True))
        assert as_dict(above) == (callers or {"": (0, 0)})
        assert as_dict(below) == (callees or {"": (0, 0)})


def test_what_a_choice_of_frames_holds_counts_once(pure: Page) -> None:
    """The share that a search finds: stacks with any of the frames, each once."""
    chosen = [int(frame in (2, 5)) for frame in range(FRAMES + 1)]
    found = ask(
        pure,
        """([cases, chosen]) => cases.map(c => {
            const total = calltree.sumUp(tree(c), own(c).bytes);
            return sumOf(calltree.topmost(tree(c), total, Uint8Array.from(chosen)).map(node => total[node]));
        })""",
        [[case.plain() for case in CASES], chosen],
    )
    for case, held in zip(CASES, found, strict=True):
        assert held == sum(size for stack, size, _ in case.stacks() if {2, 5} & set(stack))


def test_a_union_of_two_trees_keeps_both_sides(pure: Page) -> None:
    """Trees put one behind the other grow together into one, and both find their nodes in it."""
    found = ask(
        pure,
        """pairs => pairs.map(pair => {
            const parent = [0], frame = [0], fate = [0], offsets = [];
            for (const c of pair) {
                const offset = parent.length;
                offsets.push(offset);
                c.parent.forEach((above, node) => {
                    parent.push(node ? above + offset : 0);
                    frame.push(c.frame[node]);
                    fate.push(node ? KEEP : TOP);
                });
            }
            const columns = [Uint32Array.from(parent), Uint32Array.from(frame), Uint8Array.from(fate)];
            const { tree: t, place } = calltree.regrow(...columns);
            return pair.map((c, side) => {
                const at = c.parent.map((_, node) => place[offsets[side] + node]);
                const sums = moved(c, Uint32Array.from(at), t.parent.length);
                return paths(calltree.graph(t, calltree.held(t, sums), "bytes"));
            });
        })""",
        [[a.plain(), b.plain()] for a, b in zip(CASES[::2], CASES[1::2], strict=True)],
    )
    for pair, sides in zip(zip(CASES[::2], CASES[1::2], strict=True), found, strict=True):
        for case, rows in zip(pair, sides, strict=True):
            expected = summed((tuple(stack), size, count) for stack, size, count in case.stacks())
            assert as_dict(rows) == (expected or {"": (0, 0)})


def test_stacks_of_20000_frames_do_not_overflow(pure: Page) -> None:
    """A stack as deep as recursion can make it is summed, hidden in part, inverted and cut in two."""
    depth = 20_000
    result = ask(
        pure,
        """depth => {
            const parent = Uint32Array.from({ length: depth + 1 }, (_, i) => Math.max(0, i - 1));
            const frame = Uint32Array.from({ length: depth + 1 }, (_, i) => i && 1 + i % 3);
            const t = calltree.plant(parent, frame);
            const sums = { bytes: new Float64Array(depth + 1), count: new Float64Array(depth + 1) };
            sums.bytes[depth] = 5;
            const seen = [];
            calltree.inverted(t, sums, "bytes").visit(0, 1, node => seen.push(node), () => {});
            const hidden = calltree.hide(t, Uint8Array.from([0, 1, 0, 0])).tree.parent.length;
            const [above, below] = calltree.sandwich(t, sums, "bytes", frame, 2);
            const whole = calltree.graph(t, calltree.held(t, sums), "bytes").value[0];
            return [whole, seen.length, hidden, above.value[0], below.value[0]];
        }""",
        depth,
    )
    assert result == [5, depth + 1, 1 + depth - depth // 3, 5, 5]
