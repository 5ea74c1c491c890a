"""`sitegen check`: the findings of a run as text, JSON, Markdown, annotations, or a benchmark's figures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from sitegen.analysing import Analysed, Watcher
from sitegen.config import Config
from sitegen.errors import SitegenError, did_you_mean
from sitegen.gathering import gather, store_of
from sitegen.insight.budgets import Severity
from sitegen.insight.finding import Finding
from sitegen.insight.history import Where, run_name
from sitegen.insight.standing import standing
from sitegen.judging import findings_of
from sitegen.markdown_text import escaped
from sitegen.model import full_name
from sitegen.site.sitejson import finding_json
from sitegen.units import counted, format_size, signed_size
from sitegen.visible import in_one_line

ANCHOR = "<!-- sitegen-check -->"
"""Begins every Markdown report, so that a script finds its own comment again and updates it."""

MOST_MARKDOWN = 60_000
"""Characters of a Markdown report: GitHub takes 65,536 in a comment."""


_STANDING = "Steps of earlier runs that still stand:"


class Checked(msgspec.Struct, frozen=True):
    """The findings about one run, and the captures it has. `standing` are steps of earlier runs that last."""

    run: str
    label: str | None
    findings: tuple[Finding, ...]
    standing: tuple[Finding, ...]
    captures: tuple[Analysed, ...]
    warnings: tuple[str, ...]

    def fails(self, *, strict: bool) -> bool:
        """Whether the check ends with 1: for errors, and for warnings too where it is strict."""
        severities = {finding.severity for finding in self.findings}
        return Severity.ERROR in severities or (
            strict and (Severity.WARN in severities or bool(self.warnings))
        )


def check(config: Config, run: str | None, watcher: Watcher) -> Checked:
    """The findings about a run, the newest where none is named. Raises SitegenError for an unknown run."""
    store = store_of(config)
    gathered = gather(config, config.captures, store, watcher)
    # An id names its own run, whatever others are called; of equal labels the newest run's counts.
    runs = {r.label: r.id for r in gathered.runs if r.label} | {r.id: r.id for r in gathered.runs}
    chosen = gathered.runs[-1].id if run is None else runs.get(run)
    if chosen is None:
        raise SitegenError(f"There is no run '{run}'.", did_you_mean(str(run), list(runs)))
    # As it was when that run was the newest.
    until = [r.id for r in gathered.runs].index(chosen) + 1
    known = {r.id for r in gathered.runs[:until]}
    captures = tuple(c for c in gathered.captures if c.source.name.run in known)
    findings = findings_of(captures, gathered.runs[:until], config, store)
    return Checked(
        run=chosen,
        label=gathered.runs[until - 1].label,
        findings=tuple(finding for finding in findings if finding.run == chosen),
        standing=standing(
            findings, chosen, {c.source.name.module for c in captures if c.source.name.run == chosen}
        ),
        captures=tuple(c for c in captures if c.source.name.run == chosen),
        warnings=gathered.warnings,
    )


def written(checked: Checked, form: str) -> str:
    """The check in one of `FORMS`."""
    return FORMS[form](checked)


def write_summary(checked: Checked) -> None:
    """Adds the Markdown to GitHub's job summary, where there is one. Raises SitegenError where it cannot."""
    if file := os.environ.get("GITHUB_STEP_SUMMARY"):
        try:
            with Path(file).open("a", encoding="utf-8") as stream:
                stream.write(_markdown(checked) + "\n")
        except OSError as error:
            raise SitegenError(
                f"the job summary {file} cannot be written: {error.strerror or error}",
                "GITHUB_STEP_SUMMARY names it: unset that, or let it name a file that can be written.",
            ) from None


def _sentence(checked: Checked) -> str:
    errors = sum(finding.severity is Severity.ERROR for finding in checked.findings)
    warnings = sum(finding.severity is Severity.WARN for finding in checked.findings)
    verdict = "fails" if errors else "passes"
    counts = f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"
    named = run_name(checked.run, checked.label)
    if named.startswith("run "):
        named = f"R{named[1:]}"
    return f"{named} {verdict}: {counts} in {counted(len(checked.captures), 'capture')}."


def _text(checked: Checked) -> str:
    lines = [_sentence(checked)]
    for finding in checked.findings:
        lines.append(f"{finding.severity:5}  {finding.kind:7}  {finding.message}")
        lines += [
            f"                  {_amount(finding, place)}  {place.function}  {place.file}"
            for place in finding.telling
        ]
    if checked.standing:
        lines += [
            "",
            _STANDING,
            *(f"       {finding.kind:7}  {finding.message}" for finding in checked.standing),
        ]
    return "\n".join(map(in_one_line, lines))


def _json(checked: Checked) -> str:
    document = {
        "run": checked.run,
        "passes": not checked.fails(strict=False),
        "findings": [finding_json(finding) for finding in checked.findings],
        "standing": [finding_json(finding) for finding in checked.standing],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def _markdown(checked: Checked) -> str:
    """One table, its details folded, cut before a comment would be too long."""
    lines = [ANCHOR, f"### Memory: {escaped(_sentence(checked))}", ""]
    if checked.findings:
        lines += ["| | Finding |", "| --- | --- |"]
        lines += [f"| {_MARKS[f.severity]} {f.kind} | {escaped(f.message)} |" for f in checked.findings]
    else:
        lines.append("Nothing stepped up, grew, leaked steadily or broke a budget in this run.")
    if checked.standing:
        lines += ["", _STANDING, "", *(f"* {escaped(finding.message)}" for finding in checked.standing)]
    details = [line for finding in checked.findings for line in _details(finding)]
    if details:
        lines += ["", "<details><summary>Where in the code</summary>", "", *details, "", "</details>"]
    text = "\n".join(lines)
    if len(text) <= MOST_MARKDOWN:
        return text
    cut = text[:MOST_MARKDOWN].rpartition("\n")[0]
    if "<details>" in cut:
        cut += "\n\n</details>"  # what comes next is not to be folded away
    return f"{cut}\n\nCut here: the rest is on the site."


def _details(finding: Finding) -> Iterator[str]:
    if finding.where:
        yield f"* {escaped(finding.message)}"
        for place in finding.telling:
            yield f"  * {_amount(finding, place)} {escaped(place.function)} ({escaped(place.file)})"


def _amount(finding: Finding, place: Where) -> str:
    return signed_size(place.delta) if finding.is_of_change else format_size(place.delta)


def _github(checked: Checked) -> str:
    """Workflow commands: an annotation for every finding that is no mere information."""
    commands = {Severity.ERROR: "error", Severity.WARN: "warning", Severity.INFO: "notice"}
    lines = [
        f"::{commands[f.severity]} title={_property(f'Memory: {f.kind} in {f.module}')}::{_data(f.message)}"
        for f in checked.findings
    ]
    lines += [
        f"::notice title={_property(f'Memory: still up in {f.module}')}::{_data(f.message)}"
        for f in checked.standing
    ]
    return "\n".join([*lines, _data(_sentence(checked))])


def _data(text: str) -> str:
    """Text of a workflow command: it must not begin another one."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Text of a property of a workflow command: it must not end there either."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _benchmark(checked: Checked) -> str:
    """`[{name, unit, value}]`, as benchmark-tracking actions read it: smaller is better."""
    rows = [
        {"name": f"{full_name(name.module, name.instance)} {figure}", "unit": "bytes", "value": value}
        for capture in checked.captures
        if capture.figures.status.trusted
        for name in [capture.source.name]
        for figure, value in (("peak", capture.figures.peak_bytes), ("leaked", capture.figures.leaked_bytes))
        if value is not None
    ]
    return msgspec.json.format(msgspec.json.encode(rows), indent=2).decode()


_MARKS = {Severity.ERROR: "❌", Severity.WARN: "⚠️", Severity.INFO: "ℹ️"}  # noqa: RUF001 - the sign is meant
FORMS = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "github": _github,
    "benchmark": _benchmark,
}
"""Format -> what writes it."""
