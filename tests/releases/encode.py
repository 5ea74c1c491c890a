"""Encodes a domain name with the release of idna that is on the path, and records that: `encode.py CAPTURE`."""

import sys

import memray

with memray.Tracker(sys.argv[1]):
    import idna

    idna.encode("königsgäßchen.example")
