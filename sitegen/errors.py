"""The errors that sitegen tells people about: what happened, to what, and what to do."""

from __future__ import annotations

from collections.abc import Iterable


class SitegenError(Exception):
    """Something a person can mend. `message` says what happened, `hint` what to do.

    The command line prints both, without a traceback, and ends with `exit_code`.
    """

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class ConfigError(SitegenError):
    """The configuration cannot be used."""


class NothingToBuildError(SitegenError):
    """No capture, bundle or history was found where the user pointed."""


class CaptureError(SitegenError):
    """One capture could not be read. It costs that capture's page, never the build."""


class BundleError(CaptureError):
    """A bundle is damaged, or of a version that this sitegen does not read."""


class StoreError(SitegenError):
    """What was read cannot be kept: no capture's fault, so it ends the build and costs none its page."""


class PublishError(SitegenError):
    """The site cannot be written where the user wants it."""


MOST_KNOWN = 40


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """What was probably meant by a word: the most like it, if at least so much; None where nothing is."""
    from difflib import get_close_matches  # late: hardly a command has anything to ask

    return next(iter(get_close_matches(word, list(known), n=1, cutoff=likeness)), None)


def did_you_mean(word: str, known: list[str]) -> str:
    """`Did you mean 'modules'?`, or what is known, at most `MOST_KNOWN` of it, when nothing is near."""
    near = nearest(word, known)
    if near is not None:
        return f"Did you mean '{near}'?"
    more = f" and {len(known) - MOST_KNOWN:,} more" if len(known) > MOST_KNOWN else ""
    return f"Known: {', '.join(sorted(known)[:MOST_KNOWN])}{more}."
