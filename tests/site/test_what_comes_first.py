"""What a page shows first: the largest instance, and steps that still stand."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from command import run_sitegen
from made_captures import SAMPLES, write_capture
from made_history import write_history

MB = 1_000_000


def built(tmp_path: Path, runs: int, names: list[str | None], peak: Callable[[int, int], int | None]) -> Path:
    write_history(tmp_path / "captures", runs, names, peak)
    run_sitegen("build", "captures", "-o", "site", cwd=tmp_path)
    return tmp_path / "site"


def members(page: Path) -> list[str]:
    return re.findall(r'<tr class="member"><th><a [^>]*>([^<]*)</a>', page.read_text())


def standing(site: Path) -> list[str]:
    """The earlier steps on the front page, as markup to the end of their lines: what is said, and the run."""
    _, _, after = (site / "index.html").read_text().partition("Steps of earlier runs that still stand")
    return re.findall(r"peak of app.*", after.partition("</section>")[0])


def test_the_largest_instance_is_listed_first(tmp_path: Path) -> None:
    sizes = (2 * MB, 9 * MB, 2 * MB, 4 * MB)
    site = built(tmp_path, 1, ["alpha", "beta", "delta", "gamma"], lambda _, place: sizes[place])
    expected = ["beta", "gamma", "alpha", "delta"]
    assert members(site / "modules" / "app.html") == expected
    assert members(site / "runs" / "run-000.html") == expected


def test_a_step_of_an_earlier_run_stays_on_the_front_page(tmp_path: Path) -> None:
    site = built(tmp_path, 8, [None], lambda run, _: 20 * MB if run < 5 else 30 * MB)
    (message,) = standing(site)
    assert "rose from 20.000MB to 30.000MB" in message
    assert "run-005" in message


def test_a_step_that_was_taken_back_does_not(tmp_path: Path) -> None:
    site = built(tmp_path, 12, [None], lambda run, _: 30 * MB if 4 <= run < 8 else 20 * MB)
    assert not standing(site)


def test_a_step_of_the_newest_run_is_named_once(tmp_path: Path) -> None:
    site = built(tmp_path, 6, [None], lambda run, _: 20 * MB if run < 5 else 30 * MB)
    assert not standing(site)
    assert (site / "index.html").read_text().count("peak of app rose") == 1


def test_what_one_run_has_of_one_module_stands_together(sample_site: Path) -> None:
    """Its peak, its leaks and its allocations grow for one reason: on the front page they take one place of five."""
    page = (sample_site / "index.html").read_text()
    newest, _, still = page.partition("Modules</h2>")[0].partition("Steps of earlier runs that still stand")
    assert re.findall(r'class="kind">(\w+)</span>', newest) == ["leak", "new"]
    assert re.findall(r"<li>(\w+): <a [^>]*>([\w ]+) of app\.review", newest) == [
        ("growth", "leaked memory"),
        ("growth", "peak"),
        ("growth", "number of allocations"),
    ]
    assert re.findall(r'class="kind">(\w+)</span>', still) == ["step"]
    assert re.findall(r"<li>(\w+): <a [^>]*>([\w ]+) of app", still) == [("step", "number of allocations")]


def test_an_instance_that_left_no_capture_is_said_on_the_front_page(tmp_path: Path) -> None:
    site = built(tmp_path, 3, ["back", "front"], lambda run, place: None if run == 2 and place else MB)
    page = (site / "index.html").read_text()
    assert "app:front has no capture, as it had in run 1 (run-001)" in page
    assert "1 of 2 instances" in page


def troubles(home: Path, broken: list[str]) -> str:
    """What the front page says of captures that did not end well, where these are the broken ones: RUN/NAME."""
    for name in broken:
        path = home / "captures" / f"{name}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"no capture")
    run_sitegen("build", "captures", "-o", "site", cwd=home)
    _, _, after = (home / "site" / "index.html").read_text().partition('id="troubled"')
    return after.partition("</section>")[0]


def test_a_module_that_never_ends_well_takes_one_place_on_the_front_page(tmp_path: Path) -> None:
    """Where the question is what is wrong now. Its newest capture is named, the others are counted."""
    listed = troubles(tmp_path, [f"run-{run:03}/app" for run in range(15)])
    assert re.findall(r"run-(\d+) · ", listed) == ["014"]
    assert '<a href="modules/app.html">14 more of app</a>' in listed
    assert "see the runs" not in listed


def test_the_front_page_lists_few_of_many_modules_that_did_not_end_well(tmp_path: Path) -> None:
    old = [f"run-0/app{module}" for module in range(8)]
    listed = troubles(tmp_path, [*old, "run-1/app5", "run-1/app7"])
    assert re.findall(r"· (run-\d/app\d)\.bin", listed) == ["run-1/app5", "run-1/app7", *old[:3]]
    assert listed.count("more of") == 2
    assert "And 3 more: see the runs." in listed


def test_functions_lead_to_themselves_over_the_runs_from_the_second_run_on(tmp_path: Path) -> None:
    """One run has no page that shows one over the runs: a link would lead nowhere."""
    for runs, leads in ((1, False), (2, True)):
        site = built(tmp_path / str(runs), runs, [None], lambda *_: MB)
        pages = [site / "functions.html", *site.glob("functions/*.html")]
        assert len(pages) == (3 if leads else 1)  # nor does it need a page of its own beside that of all
        for page in pages:
            assert ("#one&amp;function=" in page.read_text()) is leads
        assert (' id="one"' in (site / "functions.html").read_text()) is leads
        assert (site / "data" / "functions.js").exists() is leads


def test_what_one_run_or_one_module_cannot_tell_takes_no_place(tmp_path: Path) -> None:
    """Changes and curves over the runs come with the second run, names of modules with the second module. Until then
    the peak on the front page leads to where it is explained.
    """
    for runs, over_runs in ((1, False), (2, True)):
        site = built(tmp_path / str(runs), runs, [None], lambda *_: MB)
        index, run = (site / "index.html").read_text(), max(site.glob("runs/*.html")).read_text()
        assert ("Over the runs" in index, 'class="run"' in index, "<th>Change" in run) == (over_runs,) * 3
        assert (
            '<td><a href="captures/run-000/app.bin.html"><span title="1,000,000 bytes">1.000MB' in index
        ) is not over_runs
        assert "In modules" not in (site / "functions.html").read_text() + run
    two = tmp_path / "two"
    for module in ("app", "other"):
        write_capture(two / "captures" / f"{module}.bin", [([("f", "app.py", 1)], MB)])
    run_sitegen("build", "captures", "-o", "site", cwd=two)
    assert "In modules" in (two / "site" / "functions.html").read_text()


def test_a_run_of_one_process_is_no_service(tmp_path: Path) -> None:
    recorded = SAMPLES / "runs" / "release-2.5" / "app.report.bin"
    for names, called in (("a", "Memory over time"), ("ab", "The whole service")):
        home = tmp_path / names
        (home / "captures").mkdir(parents=True)
        for name in names:
            shutil.copy(recorded, home / "captures" / f"{name}.bin")
        run_sitegen("build", "captures", "-o", "site", cwd=home)
        assert f'<h2 id="service">{called}</h2>' in (home / "site" / "runs" / "captures.html").read_text()
        functions = (home / "site" / "functions.html").read_text()
        assert ("all processes" in functions, "service view" in functions) == (len(names) > 1,) * 2


def test_there_is_a_page_to_compare_as_soon_as_two_captures_can_be_read(tmp_path: Path) -> None:
    captures = tmp_path / "captures"
    captures.mkdir()
    (captures / "broken.bin").write_bytes(b"no capture")
    for names, compared in ((("a",), False), (("a", "b"), True)):
        for name in names:
            write_capture(captures / f"{name}.bin", [([("f", "app.py", 1)], MB)])
        run_sitegen("build", "captures", "-o", "site", cwd=tmp_path)
        assert (tmp_path / "site" / "compare.html").exists() is compared
        assert ('href="compare.html"' in (tmp_path / "site" / "index.html").read_text()) is compared


def test_the_site_s_functions_are_more_than_those_of_a_run_s_own_page(sample_site: Path) -> None:
    """There is a page for every run: it stays small."""
    rows = {
        page.name: page.read_text().count("<tr><th>")
        for page in (sample_site / "functions.html", sample_site / "functions" / "release-2.5.html")
    }
    assert rows["functions.html"] > 2 * rows["release-2.5.html"] > 0


def test_functions_of_less_than_a_thousandth_each_are_folded_away_and_added_up(sample_site: Path) -> None:
    """Nobody reads long lists of them; but how many there are and what they hold together is said."""
    page = (sample_site / "functions.html").read_text()
    listed = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
    assert "&lt;0.1 %" not in listed
    folded = re.findall(
        r"<summary>(\d+) more, of less than 0.1 % each: [\d.]+kB(.*?)</details>", page, re.DOTALL
    )
    assert folded
    for count, table in folded:
        assert table.count("&lt;0.1 %") == int(count)
    assert re.search(r"\d+ others held [\d.]+kB together", page)


def test_charts_over_the_runs_begin_with_the_second(tmp_path: Path) -> None:
    once = built(tmp_path / "once", 1, [None], lambda *_: MB)
    twice = built(tmp_path / "twice", 2, [None], lambda *_: MB)
    assert 'class="charts"' not in (once / "modules" / "app.html").read_text()
    assert 'class="charts"' in (twice / "modules" / "app.html").read_text()


def test_an_empty_table_of_functions_is_one_of_functions(tmp_path: Path) -> None:
    """Of a run in which nothing was held the tables stay apart: functions, then packages."""
    write_capture(tmp_path / "captures" / "run" / "app.bin", [])
    run_sitegen("build", "captures", "-o", "site", cwd=tmp_path)
    page = (tmp_path / "site" / "functions.html").read_text()
    assert page.count("Nothing was held.") == 4
    assert re.findall(r"<thead><tr><th>(\w+)", page) == ["Function", "Package"] * 2


@pytest.mark.parametrize(("captures", "others"), [(9, False), (10, True)])
def test_a_capture_leads_to_eight_beside_it_and_to_all_where_there_are_more(
    tmp_path: Path, captures: int, others: bool
) -> None:
    for number in range(captures):
        write_capture(tmp_path / "captures" / "run" / f"app@{number}.bin", [([("main", "app.py", 1)], 1000)])
    run_sitegen("build", "captures", "-o", "site", cwd=tmp_path)
    for page in (tmp_path / "site" / "captures").rglob("*.html"):
        beside = page.read_text().partition("<dt>Beside it</dt>")[2].partition("</div>")[0]
        assert len(re.findall(r'href="app@?\S*\.html"', beside)) == 8
        assert ("modules/app.html" in beside) == others
