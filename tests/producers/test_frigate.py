"""A directory as Frigate lays out its `memray_reports`: one flat directory, written over by every start."""

from __future__ import annotations

from pathlib import Path

from produced_site import build, run

# Each process names its file after itself, `:` replaced, and makes a page of it at a normal exit.
PROGRAM = """
import os, signal, sys
import memray

def record(name, size, dies=False):
    if pid := os.fork():
        os.waitpid(pid, 0)
        return
    file = f"config/memray_reports/{name.replace(':', '_')}.bin"
    tracker = memray.Tracker(file)
    tracker.__enter__()
    kept = bytearray(size)
    if dies:
        os.kill(os.getpid(), signal.SIGKILL)
    tracker.__exit__(None, None, None)
    with open(file.replace(".bin", ".html"), "w") as page:
        page.write("<!doctype html>")
    os._exit(0)

os.makedirs("config/memray_reports")
record("frigate.capture:front_door", 1_000_000)
record("frigate.capture:back_yard", 2_000_000)
record("frigate.process:front_door", 3_000_000, dies=True)
record("frigate.review_segment_manager", 4_000_000)
record("frigate.embeddings", 5_000_000)
"""

CONFIG = """
modules = ["frigate.capture", "frigate.process"]
"""


def test_cameras_are_instances_of_their_modules(tmp_path: Path) -> None:
    """Two lines of configuration tell modules from cameras; the pages beside the captures do not disturb."""
    (tmp_path / "frigate.py").write_text(PROGRAM)
    run(tmp_path, "frigate.py")
    site = build(tmp_path, "config/memray_reports", CONFIG)
    found = {key: (capture["status"], capture["run"]) for key, capture in site.named().items()}
    assert found == {
        ("frigate.capture", "front_door"): ("ok", "memray_reports"),
        ("frigate.capture", "back_yard"): ("ok", "memray_reports"),
        ("frigate.process", "front_door"): ("unfinished", "memray_reports"),
        ("frigate.review_segment_manager", None): ("ok", "memray_reports"),
        ("frigate.embeddings", None): ("ok", "memray_reports"),
    }
    sizes = {key: capture["leaked_bytes"] // 1_000_000 for key, capture in site.named().items()}
    assert sizes["frigate.process", "front_door"] == 3
    assert sizes["frigate.embeddings", None] == 5


def test_without_configuration_every_process_is_a_module_of_its_own(tmp_path: Path) -> None:
    """Underscores alone never split a name: nothing is guessed."""
    (tmp_path / "frigate.py").write_text(PROGRAM)
    run(tmp_path, "frigate.py")
    site = build(tmp_path, "config/memray_reports")
    assert "frigate.capture_front_door" in {capture["module"] for capture in site.captures}
    assert {capture["instance"] for capture in site.captures} == {None}
