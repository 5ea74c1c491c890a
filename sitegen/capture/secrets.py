"""Secrets in command lines, which a site would publish. What looks like one is masked where a capture is read.

Nobody can tell every secret: what is left to itself is a value whose name and form say nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

MASK = "***"

# What the name of an option, variable or query parameter says of its value. Not `--author` or `--tokenizer`.
_SECRET_NAME = re.compile(
    r"passw(?:or)?d|passphrase|pwd(?![a-z])|secret|credential|token(?![a-z])|auth(?:orization)?(?![a-z])"
    r"|(?:api|access|private|account|encryption|signing)[-_]?key",
    re.IGNORECASE,
)
_PASSWORD_IN_URL = re.compile(r"(://[^/?#\s:@]*:)[^/?#\s@]+(?=@)")
# What hosts give out: GitHub, GitLab, Slack, AWS, OpenAI and others, Google, and JSON web tokens. None may fail at the
# end of a long word: it would be looked for again from every dash.
_KNOWN_FORM = re.compile(
    r"\b(?:gh[opsur]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}|A[KS]IA[0-9A-Z]{16}"
    r"|sk-[\w-]{20,}|AIza[\w-]{30,}|eyJ[\w-]{8,}(?:\.[\w-]*){0,2})"
)


@lru_cache  # many captures are of one command
def masked(command: str) -> str:
    """The command line with `***` for the values of options, variables and parameters whose names say that they are
    secret, for passwords in URLs, and for tokens of known forms.
    """
    words = []
    value_follows = False
    for word in re.split(r"(\s+)", command):
        if not word or word.isspace():
            words.append(word)
        elif value_follows and not word.startswith("-"):
            words.append(MASK)
            value_follows = False
        else:
            words.append(_masked_word(word))
            value_follows = word.startswith("-") and "=" not in word and bool(_SECRET_NAME.search(word))
    return "".join(words)


def _masked_word(word: str) -> str:
    parts = word.split("=")
    for place, name in enumerate(parts[:-1], 1):
        if _SECRET_NAME.search(name):
            parts[place:] = [MASK]
            break
    return _KNOWN_FORM.sub(MASK, _PASSWORD_IN_URL.sub(rf"\1{MASK}", "=".join(parts)))
