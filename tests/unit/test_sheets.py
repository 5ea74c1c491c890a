"""Lists that grow with every run: where they are cut, what stays as it is, what leads where."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_analyses import FACTS

from sitegen.capture.runs import Notes, Run
from sitegen.model import Name, Status
from sitegen.site import urls
from sitegen.site.assemble import assemble
from sitegen.site.captures import Entry
from sitegen.site.fingerprint import Fingerprints
from sitegen.site.sheets import NEWEST, ROWS, sheets
from sitegen.site.views import AllCapturesView, AllRunsView, IndexView, ModuleView, Page, Site
from sitegen.summary import Figures


@given(st.lists(st.integers(1, 30), min_size=1, max_size=400))
def test_every_entry_is_on_one_page_in_order_and_no_page_is_short_or_long(rows: list[int]) -> None:
    parts = [rows[part] for part in sheets(rows)]
    assert [row for part in parts for row in part] == rows
    if len(parts) > 1:
        assert all(sum(part) >= ROWS for part in parts)
    assert all(sum(part) < 2 * ROWS + 30 for part in parts)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=200), st.lists(st.integers(1, 30), max_size=200))
def test_what_a_full_page_holds_stays_in_it_while_the_list_grows(before: list[int], new: list[int]) -> None:
    then, now = sheets(before), sheets(before + new)
    assert now[: len(then) - 1] == then[:-1]


def site_of(runs: int, modules: Sequence[str] = ("app",)) -> Site:
    of = [Run(f"run-{number:04}", started=number) for number in range(runs)]
    figures = Figures(Status.OK, "", FACTS, 1000, None, 7)
    entries = [
        Entry(
            f"{run.id}/{module}.bin",
            f"{run.id}/{module}.bin",
            Name(run.id, module, None),
            None,
            figures,
            "k",
            "d",
        )
        for run in of
        for module in modules
    ]
    return assemble(entries, of, [], Notes(), "Site")


def page_of(site: Site, url: str) -> Page:
    return next(page for page in site.pages if page.url == url)


def test_few_runs_are_all_on_the_page_itself() -> None:
    site = site_of(NEWEST)
    index, module = page_of(site, urls.INDEX).view, page_of(site, urls.module("app")).view
    assert isinstance(index, IndexView)
    assert isinstance(module, ModuleView)
    assert (len(index.runs), index.all_runs) == (NEWEST, None)
    assert (len(module.captures), module.all_captures, module.present) == (NEWEST, None, NEWEST)
    assert not [page.url for page in site.pages if "/all/" in page.url]


def test_of_many_runs_the_newest_stay_and_all_are_in_the_list() -> None:
    """The page leads to the newest part of the list, every part to those beside it."""
    runs = 2 * ROWS + 7
    site = site_of(runs)
    index, module = page_of(site, urls.INDEX).view, page_of(site, urls.module("app")).view
    assert [row.info.id for row in index.runs] == [
        f"run-{number:04}" for number in range(runs - 1, runs - NEWEST - 1, -1)
    ]
    assert index.all_runs == urls.all_runs(2)
    assert [row.info.id for row, _ in module.captures] == [row.info.id for row in index.runs]
    assert (module.all_captures, module.present) == (urls.all_captures("app", 2), runs)
    newest, oldest = page_of(site, urls.all_runs(2)), page_of(site, urls.all_runs(1))
    assert isinstance(newest.view, AllRunsView)
    assert newest.title == "All runs, page 2 of 2"
    listed = [*newest.view.runs, *oldest.view.runs]
    assert [row.info.id for row in listed] == [f"run-{number:04}" for number in reversed(range(runs))]
    assert (newest.view.sheet.newer, newest.view.sheet.older) == (None, oldest.url)
    assert (oldest.view.sheet.newer, oldest.view.sheet.older) == (newest.url, None)
    parts = [page_of(site, urls.all_captures("app", number)).view for number in (2, 1)]
    assert all(isinstance(part, AllCapturesView) for part in parts)
    assert [row for part in parts for row, _ in part.captures] == listed


@pytest.mark.parametrize("url", [urls.all_runs(1), urls.all_captures("app", 1), urls.functions("run-0205")])
def test_a_full_page_and_the_functions_of_a_run_are_not_drawn_again_for_a_new_run(url: str) -> None:
    first, then = (
        Fingerprints().of("common", page_of(site_of(runs), url)) for runs in (2 * ROWS + 6, 2 * ROWS + 7)
    )
    assert first == then


def test_the_pages_of_modules_whose_names_end_in_numbers_are_told_apart() -> None:
    site = site_of(2 * ROWS, ("a", "a-1", "a-1-1"))
    found = [page.url for page in site.pages]
    assert len(found) == len(set(found))


def test_what_every_page_leads_to_does_not_change_with_a_new_run() -> None:
    """Else all pages would."""
    assert site_of(3).nav == site_of(4).nav
    assert urls.FUNCTIONS in {page.url for page in site_of(3).pages}
