"""The end of a process, and of a run: what never matched, and the site of what the run left. Stdlib only."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

from sitegen import recorder
from sitegen.errors import did_you_mean
from sitegen.recorder.choose import never_matched
from sitegen.recorder.files import recorded_names
from sitegen.recorder.run import asked, build_command, is_root
from sitegen.recorder.settings import Settings, read_settings

log = logging.getLogger("sitegen.recorder")

_BUILD_AFTER = """
import os, sys
sys.stdin.buffer.read()
os.execv(sys.executable, [sys.executable, "-m", "sitegen", *sys.argv[1:]])
"""
"""Waits until its input ends, which is when the recorded program has gone; then becomes `sitegen`."""


def end_process() -> None:
    """End this process's recording; in the process that fixed the run, sum the run up."""
    recorder.stop()
    if not is_root():
        return
    settings, _ = read_settings(os.environ)
    recorded = recorded_names(settings.directory)
    _report_never_matched(settings, recorded)
    if recorded and settings.site:
        _build_site(settings, settings.site)


def _report_never_matched(settings: Settings, recorded: tuple[str, ...]) -> None:
    known = sorted({*asked, *recorded})
    for pattern in never_matched(settings.modules, known):
        hint = did_you_mean(pattern, known) if known else "Nothing in this program asked to be recorded."
        log.warning("SITEGEN_MODULES: %s matched nothing. %s", pattern, hint)


def _build_site(settings: Settings, site: Path) -> None:
    command = build_command(settings)
    if (crash := _unhandled_exception()) is not None:
        log.error("the program ended with %s; `%s` shows what it left", type(crash).__name__, command)
        return
    report = site.with_name(f"{site.name}.log")
    try:
        site.parent.mkdir(parents=True, exist_ok=True)
        _start_builder([_BUILD_AFTER, "build", str(settings.captures), "-o", str(site)], report)
    except OSError as error:
        log.error("the site could not be built: %s; do it with `%s`", error, command)
        return
    log.info("the site is built into %s when this process has gone; what it says is in %s", site, report)


def _start_builder(code_and_arguments: list[str], report: Path) -> None:
    # This end of the pipe is left open: the system closes it, when nothing of this process is left.
    program_has_gone, _ = os.pipe()
    try:
        with report.open("wb") as output:
            builder = subprocess.Popen(
                [sys.executable, "-c", *code_and_arguments],
                stdin=program_has_gone,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={name: text for name, text in os.environ.items() if name not in _NOT_FOR_BUILDS},
                start_new_session=True,
            )
    finally:
        os.close(program_has_gone)
    builder.returncode = 0  # it outlives this process: nobody waits for it


_NOT_FOR_BUILDS = ("SITEGEN_MODULES", "SITEGEN_SITE")


def _unhandled_exception() -> BaseException | None:
    error: BaseException | None = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
    return error
