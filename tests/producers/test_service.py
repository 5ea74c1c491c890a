"""A service of five processes under the recorder: one leaks, one is killed, all are restarted twice."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

from produced_site import Site, build, read_site, run

SERVICE = Path(__file__).with_name("service.py")
PROCESSES = {
    ("shop.main", None),
    ("shop.web", None),
    ("shop.worker", "mail"),
    ("shop.worker", "stock"),
    ("shop.cache", None),
}
KILLED = ("shop.worker", "stock")


def test_the_site_tells_what_became_of_the_service(tmp_path: Path) -> None:
    """Three starts, a leak in each, a death in the second: the site shows it without any configuration."""
    for dying in ("nobody", "shop.worker:stock", "nobody"):
        run(tmp_path, SERVICE, dying, SITEGEN_MODULES="shop.*", SITEGEN_RESERVE="1 MB")
    site = build(tmp_path)
    every_start_is_a_run_of_all_processes(site)
    the_killed_process_is_seen_and_when_it_died(site)
    the_leak_is_where_it_is(site)


def every_start_is_a_run_of_all_processes(site: Site) -> None:
    """Runs, modules and instances are told from the files' names, and runs are in the order of the starts."""
    runs = [entry["id"] for entry in site.data["runs"]]
    assert len(runs) == 3
    assert runs == sorted(runs)
    for name in runs:
        of_run = [capture for capture in site.captures if capture["run"] == name]
        assert {(capture["module"], capture["instance"]) for capture in of_run} == PROCESSES
        assert len(of_run) == len(PROCESSES)


def the_killed_process_is_seen_and_when_it_died(site: Site) -> None:
    """One capture of all is unfinished; it ends when the process did, before the others of its run."""
    (killed,) = (capture for capture in site.captures if capture["status"] != "ok")
    assert (killed["status"], killed["run"]) == ("unfinished", site.data["runs"][1]["id"])
    assert (killed["module"], killed["instance"]) == KILLED
    assert "killed" in killed["reason"]
    (beside,) = (
        capture
        for capture in site.captures
        if (capture["run"], capture["instance"]) == (killed["run"], "mail")
    )
    assert 0 < killed["duration_seconds"] < beside["duration_seconds"]
    assert "unfinished" in site.page(site.data["runs"][1]["url"])


def the_leak_is_where_it_is(site: Site) -> None:
    """The leaking process has most unfreed memory in each run, and is the one finding, with its function."""
    for entry in site.data["runs"]:
        of_run = [capture for capture in site.captures if capture["run"] == entry["id"]]
        worst = max(of_run, key=lambda capture: capture["leaked_bytes"])
        assert worst["module"] == "shop.cache"
        assert 4_000_000 < worst["leaked_bytes"] < 4_200_000
        assert "remember" in site.page(worst["url"])
    (finding,) = site.data["findings"]
    assert (finding["kind"], finding["module"], finding["run"]) == (
        "leak",
        "shop.cache",
        site.data["runs"][-1]["id"],
    )
    assert finding["where"][0]["function"] == "remember"


def test_chunks_of_one_process_belong_together(tmp_path: Path) -> None:
    """A recording that was cut is one module and instance in one run, in the order of its chunks."""
    program = (
        "import time\n"
        "from sitegen import recorder\n"
        "kept = []\n"
        "with recorder.recording('app:one'):\n"
        "    for _ in range(3):\n"
        "        kept.append(bytearray(1_000_000))\n"
        "        recorder.next_chunk()\n"
    )
    (tmp_path / "program.py").write_text(program)
    run(tmp_path, "program.py", SITEGEN_MODULES="app", SITEGEN_RUN="r", SITEGEN_RESERVE="1 MB")
    captures = build(tmp_path).captures
    assert {(capture["run"], capture["module"], capture["instance"]) for capture in captures} == {
        ("r", "app", "one")
    }
    assert [re.findall(r"\.(\d{3})\.bin", capture["file"]) for capture in captures] == [
        ["001"],
        ["002"],
        ["003"],
        ["004"],
    ]
    assert [capture["leaked_bytes"] // 1_000_000 for capture in captures] == [1, 1, 1, 0]


def test_the_site_builds_itself_when_the_service_ends(tmp_path: Path) -> None:
    """With `SITEGEN_SITE`, there is a site soon after the program has gone, with all that it left."""
    run(tmp_path, SERVICE, "nobody", SITEGEN_MODULES="shop.*", SITEGEN_RESERVE="1 MB", SITEGEN_SITE="site")
    end = time.monotonic() + 60
    while "Open" not in (said := (tmp_path / "site.log").read_text()):
        assert time.monotonic() < end, said
        time.sleep(0.05)
    found = {(capture["module"], capture["instance"]) for capture in read_site(tmp_path / "site").captures}
    assert found == PROCESSES


def test_a_program_that_cannot_be_changed_is_recorded_by_command(tmp_path: Path) -> None:
    """The name that the command gives is the module that the site shows."""
    (tmp_path / "program.py").write_text("kept = bytearray(1_000_000)")
    command = ("-m", "sitegen", "record", "-m", "nightly:job", "--", sys.executable, "program.py")
    run(tmp_path, *command, SITEGEN_RUN="r", SITEGEN_RESERVE="1 MB")
    ((key, capture),) = build(tmp_path).named().items()
    assert key == ("nightly", "job")
    assert (capture["run"], capture["status"]) == ("r", "ok")
    assert capture["peak_bytes"] > 1_000_000
