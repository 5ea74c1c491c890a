"""Keeps one comment on a pull request up to date: `comment.py NUMBER FILE`. The standard library alone.

The comment is found by the anchor that is the file's first line, an HTML comment. Takes the token from GITHUB_TOKEN,
and the repository and the address of the API from what GitHub sets in every job.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = 100


def main(number: str, file: str) -> int:
    """Writes the comment. A token that may not write, as those of forks, costs a warning alone."""
    text = Path(file).read_text("utf-8")
    anchor = text.partition("\n")[0]
    repository = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}"
    try:
        for comment in comments(f"{repository}/issues/{int(number)}/comments"):
            # Anybody can write the anchor: a comment of somebody else is not ours to change.
            if comment["body"].startswith(anchor) and comment["user"]["type"] == "Bot":
                call("PATCH", f"{repository}/issues/comments/{comment['id']}", {"body": text})
                return 0
        call("POST", f"{repository}/issues/{int(number)}/comments", {"body": text})
    except urllib.error.HTTPError as error:
        if error.code not in (401, 403, 404):
            raise
        print(f"::warning::The pull request got no comment: {error.code} {error.reason}.")
    return 0


def comments(url: str) -> Iterator[dict[str, Any]]:
    """All comments, page by page."""
    page = 1
    while found := call("GET", f"{url}?per_page={PAGE}&page={page}"):
        yield from found
        if len(found) < PAGE:
            return
        page += 1


def call(method: str, url: str, body: dict[str, str] | None = None) -> Any:
    """One request to the API, and its answer."""
    request = urllib.request.Request(
        url,
        method=method,
        data=json.dumps(body).encode() if body else None,
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
