"""The findings as an Atom feed, for readers that tell entries by their ids."""

from __future__ import annotations

from xml.etree import ElementTree

from made_analyses import FACTS

from sitegen.capture.runs import Notes, Run
from sitegen.insight.budgets import Severity
from sitegen.insight.finding import Finding, Kind, Told
from sitegen.insight.history import Figure
from sitegen.model import Name, Status
from sitegen.site.assemble import assemble
from sitegen.site.captures import Entry
from sitegen.site.feed import feed
from sitegen.summary import Figures

ATOM = "{http://www.w3.org/2005/Atom}"


def ids_of(*messages: str, base_url: str = "") -> list[str]:
    """The ids of entries about broken budgets of one module's peak, with these messages."""
    entry = Entry(
        "r/app.bin", "r/app.bin", Name("r", "app", None), None, Figures(Status.OK, "", FACTS), "k", "d"
    )
    findings = [
        Finding(Kind.BUDGET, Severity.ERROR, "app", None, "r", Figure.PEAK, None, 2, Told(message, message))
        for message in messages
    ]
    site = assemble([entry], (Run("r", started=0),), findings, Notes(), "Site", base_url)
    return [each.text or "" for each in ElementTree.fromstring(feed(site)).iterfind(f"{ATOM}entry/{ATOM}id")]


def test_findings_of_one_run_module_and_figure_are_entries_of_their_own() -> None:
    """A peak over its limit can have grown too far as well."""
    assert ids_of("over its budget") == ["urn:sitegen:r/app/budget/peak"]
    assert ids_of("over its budget", "grew") == [
        "urn:sitegen:r/app/budget/peak",
        "urn:sitegen:r/app/budget/peak/2",
    ]


def test_ids_stand_below_the_address_of_the_site() -> None:
    base = "https://example.org/memory/"
    assert ids_of("over its budget", base_url=base) == [f"{base}r/app/budget/peak"]
