"""Captures in: found, named, read in isolated workers, kept as bundles."""
