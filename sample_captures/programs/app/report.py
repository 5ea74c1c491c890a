"""app.report: what storing the pictures cost, as a spreadsheet and an XML file for the accountant."""

from __future__ import annotations

import csv
import io
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from statistics import quantiles
from xml.etree import ElementTree

from app import RELEASE, library

WEEKS = 6


def cost_rows(folder: Path) -> Iterator[dict[str, object]]:
    store = library.connect(folder)
    for week in range(WEEKS):
        for album in range(1, len(library.ALBUMS) + 1):
            for picture in library.pictures(store, album):
                yield {"week": week, **picture._asdict(), "cost": Decimal(picture.cost)}
        time.sleep(0.04)
    store.close()


def totals_by_place(rows: Iterable[dict[str, object]]) -> dict[str, list[Decimal]]:
    totals: dict[str, list[Decimal]] = defaultdict(list)
    for row in rows:
        totals[str(row["place"])].append(Decimal(str(row["cost"])))
    return totals


def write_csv(rows: Iterable[dict[str, object]], target: io.TextIOBase) -> None:
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(target, list(row))
            writer.writeheader()
        writer.writerow(row)


def write_xml(totals: dict[str, list[Decimal]], path: Path) -> None:
    root = ElementTree.Element("costs")
    for place, costs in sorted(totals.items()):
        node = ElementTree.SubElement(root, "place", name=place, total=str(sum(costs)))
        for quarter in quantiles(costs, n=4):
            ElementTree.SubElement(node, "quartile").text = str(quarter)
    ElementTree.ElementTree(root).write(path, encoding="utf-8")


def weekly_report(folder: Path) -> None:
    """Until release 4 the report held every row in memory, and the spreadsheet as one string as well."""
    if RELEASE >= 4:
        totals = totals_by_place(cost_rows(folder))
        with (folder / "costs.csv").open("w", newline="") as file:
            write_csv(cost_rows(folder), file)
    else:
        rows = list(cost_rows(folder))
        totals = totals_by_place(rows)
        table = io.StringIO(newline="")
        write_csv(rows, table)
        (folder / "costs.csv").write_text(table.getvalue(), newline="")
    write_xml(totals, folder / "costs.xml")


if __name__ == "__main__":
    weekly_report(Path(sys.argv[1]))
