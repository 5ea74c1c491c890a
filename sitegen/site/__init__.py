"""Pages out: every URL decided in `assemble`, every page rendered once, published atomically."""
