"""What a worker does with one capture or bundle: everything the site needs of it, as bytes."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec.structs import replace

from sitegen import summary
from sitegen.capture import bundle, history
from sitegen.capture.header import read_header
from sitegen.capture.options import ReadOptions
from sitegen.errors import BundleError
from sitegen.insight.brief import brief
from sitegen.insight.prune import fold
from sitegen.insight.suppressions import parse_suppressions
from sitegen.model import Analysis
from sitegen.reporters import choose
from sitegen.summary import Figures

_MANY_RECORDS = 200_000
"""The passes over so many take a fifth of a second, a copy of a process a tenth of that."""

_RECORD_BYTES = 4


class Settings(msgspec.Struct, frozen=True):
    """What decides over the outcome, besides the file itself. Part of the store's key."""

    read: ReadOptions
    reports: tuple[str, ...]
    max_nodes: int
    reporters: tuple[str, ...] = ()  # identities of those that are not sitegen's own
    suppressions: str = ""  # known leaks, in LeakSanitizer's form
    brief: bool = False  # whether the page is of a run that is no longer among the newest: no intervals


class Parts(msgspec.Struct, frozen=True):
    """One capture, ready for the store.

    `figures` are those of the summary. `functions` are the function tables of peak and leaks. `main` and
    `temporal` are the whole analysis as containers; `page` and `page_temporal` the folded ones, equal to the
    whole where nothing is folded.
    """

    figures: Figures
    summary: bytes
    functions: bytes
    main: bytes
    temporal: bytes
    page: bytes
    page_temporal: bytes


def analyse_capture(path: Path, settings: Settings, processes: int = 1) -> Parts:
    """Reads a capture, in up to so many processes. Raises CaptureError where nothing can be known of it."""
    # Imported late: memray takes a moment, and only workers need it.
    from sitegen.capture.reader import read_capture

    if processes > 1:
        processes = min(processes, worth_processes(path))
    return parts_of(read_capture(path, settings.read, processes), settings)


def worth_processes(path: Path) -> int:
    """By how many processes at once a capture is read fastest: two where the passes over it are long."""
    try:
        header = read_header(path)
    except OSError:
        return 1
    if header is None or header.aggregated:
        return 1
    # A process that was killed counted nothing; its file is not compressed.
    records = header.allocations or path.stat().st_size // _RECORD_BYTES
    return 2 if records >= _MANY_RECORDS else 1


def analyse_bundle(path: Path, settings: Settings) -> Parts:
    """Reads a bundle. Raises BundleError where it is damaged."""
    return parts_of(load_bundle(path), settings)


def analyse_history(path: Path, settings: Settings) -> Parts:
    """Reads the data file of a published page. Raises BundleError where it is damaged."""
    return parts_of(history.load(path), settings)


def load_bundle(path: Path) -> Analysis:
    """The analysis in a bundle file, without the name that comes first in it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BundleError(f"cannot be opened: {error.strerror or error}", "Check its permissions.") from None
    return bundle.decode_file(data)[0]


def parts_of(analysis: Analysis, settings: Settings) -> Parts:
    """An analysis as the parts that the store keeps."""
    whole = bundle.encode(analysis, {})
    if settings.brief:
        folded = shown = brief(analysis, settings.max_nodes)
    else:
        folded, shown = fold(analysis, settings.max_nodes), analysis
    page = whole if folded is analysis else bundle.encode(folded, {})
    known = parse_suppressions(settings.suppressions)
    told = summary.summarise(shown, folded.folded, choose(settings.reports), known)
    return Parts(
        figures=told.figures,
        summary=summary.to_json(replace(told, brief=settings.brief)),
        functions=summary.tables_to_json(analysis),
        main=whole.main,
        temporal=whole.temporal,
        page=page.main,
        page_temporal=page.temporal,
    )
