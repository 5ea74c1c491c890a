"""The helper process of live accounting.

It reads paths of captures, one JSON string a line, and answers each with a line of JSON: `{"file",
"allocations", "allocated_bytes", "live", "live_bytes", "seconds"}`, or `{"file", "error"}`.

Run as a file, so that it imports nothing but memray. It ends when its input does, as it does when the
recorded program ends, however that comes about.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from memray import FileReader
from memray._memray import compute_statistics

POLITENESS = 19


def count(path: str) -> dict[str, object]:
    """The figures of a capture as far as it is written, and how many seconds it took to get them."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sitegen-") as directory:
        # The capture grows on, and the two readings below have to see the same.
        copy = Path(directory) / "capture"
        shutil.copyfile(path, copy)
        statistics = compute_statistics(str(copy), num_largest=1)
        with FileReader(copy) as reader:
            live = [
                (r.n_allocations, r.size) for r in reader.get_leaked_allocation_records(merge_threads=True)
            ]
    return {
        "allocations": statistics.total_num_allocations,
        "allocated_bytes": statistics.total_memory_allocated,
        "live": sum(number for number, _ in live),
        "live_bytes": sum(size for _, size in live),
        "seconds": time.monotonic() - started,
    }


def main() -> None:
    """Answer until the input ends."""
    os.nice(POLITENESS)
    for line in sys.stdin:
        path = json.loads(line)
        try:
            answer = count(path)
        except Exception as error:
            answer = {"error": str(error) or type(error).__name__}
        sys.stdout.write(json.dumps({"file": path, **answer}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
