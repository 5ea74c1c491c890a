"""What browsers are told about every page: one policy, in the pages themselves and in the headers of hosts."""

from __future__ import annotations

# Holds for `file://` too, where 'self' is the directory that the page was opened from.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'"
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}
"""What a server sends with every file of a site."""

ASSETS_CACHE = "public, max-age=31536000, immutable"
"""The caching of `assets/`: its names change with the content."""
