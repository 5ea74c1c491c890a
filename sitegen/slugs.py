"""One function that makes a path part, or a URL part, out of any text."""

from __future__ import annotations

import hashlib
import re

MAX_LENGTH = 80
_HASH_DIGITS = 8
_LONGEST_PART = MAX_LENGTH + 20  # of a capture's id: a slug, a hash, a number

_SLUG = re.compile(r"[a-z0-9_][a-z0-9._-]*(?<!\.)", re.ASCII)
_LOST = re.compile(r"[^a-z0-9._-]+", re.ASCII)
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul"}
    | {f"{device}{number}" for device in ("com", "lpt") for number in "0123456789"}
)


def slug(text: str) -> str:
    """A name that is safe as a file name on every system and in a URL, and that no other text shares.

    Text that is such a name already comes back as it is: `[a-z0-9._-]`, at most 80 characters, no leading dot
    or dash, no trailing dot, not a device name of Windows (`con`, `nul.txt`). In any other, letters become
    small, what does not fit becomes a dash, and `-` with 8 hexadecimal digits of the text's SHA-256 follows.
    """
    if _fits(text):
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_DIGITS]
    stem = _LOST.sub("-", text.lower()).strip("-.")
    # Windows reserves a device's name before the first dot, whatever follows it.
    stem = f"_{stem}" if _is_device(stem) else stem
    stem = stem[: MAX_LENGTH - _HASH_DIGITS - 1].rstrip("-.")
    return f"{stem}-{digest}" if stem else digest


def capture_id(run: str, file: str) -> str:
    """The id of a capture, `run/file`: two slugs. No file of a site made for an id is another's, or the site's.

    Ids lead to data/ID.js and data/ID.temporal.js, beside which the site has scripts of its own.
    """
    first, second = slug(run), slug(file)
    return f"{first}{'_' * first.endswith('.js')}/{second}{'_' * second.endswith('.temporal')}"


def is_capture_id(text: str) -> bool:
    """Whether `capture_id` can have given it, with what is added to tell captures apart."""
    parts = text.split("/")
    return (
        len(parts) == 2
        and all(len(p) <= _LONGEST_PART and _SLUG.fullmatch(p) and not _is_device(p) for p in parts)
        and not parts[0].endswith(".js")
        and not parts[1].endswith(".temporal")
    )


def _fits(text: str) -> bool:
    return len(text) <= MAX_LENGTH and _SLUG.fullmatch(text) is not None and not _is_device(text)


def _is_device(name: str) -> bool:
    return name.partition(".")[0] in _RESERVED
