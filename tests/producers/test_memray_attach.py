"""`memray attach`: a process that nobody thought of recording when it was started."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from produced_site import build, run

PROGRAM = """
import time
kept = []
def serve():
    while True:
        kept.append(bytearray(100_000))
        time.sleep(0.01)
print("serving", flush=True)
serve()
"""

DEBUGGER = hasattr(sys, "remote_exec") or shutil.which("gdb") or shutil.which("lldb")


@pytest.mark.skipif(not DEBUGGER, reason="memray attaches by gdb, lldb or Python 3.14's own way")
def test_a_running_process_is_recorded_from_outside(tmp_path: Path) -> None:
    """What the process leaks from then on is on its page, by the function that does it."""
    (tmp_path / "serve.py").write_text(PROGRAM)
    (tmp_path / "captures").mkdir()
    capture = tmp_path / "captures" / "server.bin"
    with subprocess.Popen([sys.executable, "serve.py"], cwd=tmp_path, stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == b"serving\n"
            run(tmp_path, "-m", "memray", "attach", "-o", str(capture), str(server.pid))
            time.sleep(0.3)
            run(tmp_path, "-m", "memray", "detach", str(server.pid))
        finally:
            server.kill()
    site = build(tmp_path)
    (found,) = site.captures
    assert (found["module"], found["status"]) == ("server", "ok")
    assert found["leaked_bytes"] > 500_000
    assert "serve" in site.page(found["url"])
