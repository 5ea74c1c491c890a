"""Pure figures of analyses: no I/O, no memray, no HTML."""
