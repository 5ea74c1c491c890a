"""Opens a capture with memray's reader, and judges how far it can be believed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import memray
from memray._version import __version__ as memray_version

from sitegen.capture.header import (
    READABLE_BY,
    Header,
    has_trailer,
    is_capture,
    is_mostly_padding,
    is_of_nothing,
    read_header,
)
from sitegen.errors import CaptureError
from sitegen.model import Status

# What memray's reader was seen to raise on damaged captures; the rest would be a defect of ours. MemoryError
# is not among them: what a reader without enough memory has read so far is no measure of anything.
READER_ERRORS = (
    OSError,
    RuntimeError,  # NotImplementedError is one
    ValueError,  # UnicodeDecodeError is one
    OverflowError,
    KeyError,
    IndexError,
    AssertionError,
)

RECORD_AGAIN = "Copy the file again, or record it again."
_COPY_AGAIN = "Figures are lower bounds; copy the file again."

# memray tells nobody else that it stopped in the middle of a file.
_BROKEN_RECORD = re.compile(r"^Memray ERROR: (.+)", re.MULTILINE)


def header_of(path: Path) -> Header:
    """The header of a capture. Raises CaptureError where the file is none."""
    try:
        header = read_header(path)
    except OSError as error:
        raise CaptureError(f"cannot be opened: {error.strerror or error}", "Check its permissions.") from None
    if header is None:
        raise _not_a_capture(path)
    if not header.compressed and is_mostly_padding(path):
        raise CaptureError(
            "ends in more zeros than memray leaves there: it was not written whole", RECORD_AGAIN
        )
    return header


@contextmanager
def opened(
    path: Path, header: Header, max_memory_records: int
) -> Iterator[tuple[memray.FileReader, memray.Metadata, list[memray.MemorySnapshot]]]:
    """The reader that all passes are made with, what it says of the capture, and all snapshots, of which it keeps
    `max_memory_records`.

    Raises CaptureError where memray cannot read anything of it.
    """
    try:
        reader = memray.FileReader(path, max_memory_records=2**31 - 1)
        metadata = reader.metadata  # that of damaged captures cannot always be had
    except READER_ERRORS as error:
        raise _unreadable(path, header, error) from error
    with closing(reader):
        snapshots = list(reader.get_memory_snapshots())
        if len(snapshots) <= max_memory_records:
            yield reader, metadata, snapshots
            return
    # Only a reader with the same limit numbers the windows of temporal records as we keep them.
    with closing(memray.FileReader(path, max_memory_records=max_memory_records)) as limited:
        yield limited, metadata, snapshots


def _not_a_capture(path: Path) -> CaptureError:
    if path.stat().st_size == 0:
        return CaptureError(
            "is empty: the process ended before memray wrote anything",
            "A process killed under --aggregate leaves an empty file; record without --aggregate to keep it.",
        )
    if is_capture(path):
        return CaptureError("is cut short or damaged, so that nothing of it can be read", RECORD_AGAIN)
    return CaptureError("is not a memray capture", "Remove it, or name it without .bin.")


def _unreadable(path: Path, header: Header, error: Exception) -> CaptureError:
    installed = memray_version
    if "incompatible" in str(error):
        reader = READABLE_BY.get(header.version)
        by = f"memray {reader} reads it" if reader else "another memray reads it"
        return CaptureError(
            f"is in memray's format {header.version}: {by}, memray {installed} is installed here",
            "Run `sitegen analyze` where that memray is installed, and build from the bundle.",
        )
    if header.compressed and not has_trailer(path, header):
        return CaptureError("is cut short, so that nothing of it can be read", RECORD_AGAIN)
    what = f"{type(error).__name__} {error}" if isinstance(error, KeyError) else str(error)
    return CaptureError(f"cannot be read by memray {installed}: {what or type(error).__name__}", RECORD_AGAIN)


def status_of(
    path: Path,
    header: Header,
    metadata: memray.Metadata,
    snapshots: Sequence[memray.MemorySnapshot],
    damage: Sequence[str],
    said: Callable[[], str],
) -> tuple[Status, str]:
    """How far a capture can be believed that was read as far as it goes, and why not further.

    `damage` is what memray could not read, `said` gives what it wrote to stderr.
    """
    if damage:
        return Status.DAMAGED, f"Parts could not be read: {damage[0]}. Figures are lower bounds."
    if header.finished:
        reason = _damage_of_finished(path, header, metadata, snapshots, said)
        return (Status.DAMAGED, f"{reason} {_COPY_AGAIN}") if reason else (Status.OK, "")
    # That the last record may be broken is no damage here: zeros that it ends with are taken for padding.
    return Status.UNFINISHED, (
        "No end record: the process was killed, still runs, or ended by os._exit, as forked children "
        "do. Figures are right up to that point."
    )


def _damage_of_finished(
    path: Path,
    header: Header,
    metadata: memray.Metadata,
    snapshots: Sequence[memray.MemorySnapshot],
    said: Callable[[], str],
) -> str:
    """What shows that a capture which was finished is not whole any more; empty where nothing does."""
    counted, read = header.allocations, metadata.total_allocations
    if not header.aggregated and counted != read:
        return f"Cut short: the process counted {counted:,} allocations and frees, the file holds {read:,}."
    if not has_trailer(path, header):
        return "Cut short, or altered: it does not end as memray ends a file."
    if broken := _BROKEN_RECORD.search(said()):
        return f"Reading ended at a broken record ({broken[1]})."
    # Aggregated captures count nothing; but their snapshots are written before their allocations.
    if any(shot.heap > metadata.peak_memory for shot in snapshots):
        return "Cut short, or altered: more memory was in use than it holds allocations for."
    # So are the names of functions. Those of what was mapped (native) come between, whoever allocated.
    known = header.aggregated and not header.compressed and not header.native
    if known and not read and not is_of_nothing(path, header, len(snapshots)):
        return "Cut short, or altered: it names functions, but holds no allocation."
    return ""
