"""CAPTURES become named sources: what counts as one, how it is called, what it may not do to the search."""

from __future__ import annotations

import gzip
import os
import re
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import lz4.frame
import pytest
from msgspec.structs import replace

from sitegen.capture import columns
from sitegen.capture.discover import discover
from sitegen.capture.header import MAGIC
from sitegen.capture.runs import Run
from sitegen.capture.source import Discovery, Kind, Source, bundle_identity
from sitegen.config import Config
from sitegen.errors import SitegenError
from sitegen.model import Name
from sitegen.slugs import slug

HERE = Path(__file__)
SAMPLES = HERE.parents[2] / "sample_captures"
CONFIG = Config()
START = 1_700_000_000_000


def capture(path: Path, started: int = START, native: bool = False) -> Path:
    """A file that begins as a capture does; discovery reads no further."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = MAGIC + struct.pack("=iiBBQQqq", 13, 0x030C0000, native, 0, 9, 4, started, started + 5)
    path.write_bytes(head + b"python\0" + struct.pack("=iQQBBB", 7, 8, 0, 1, 0, 0) + b"\0\0\0")
    return path


def bundle(path: Path, source: Source, run: Run) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(columns.encode(bundle_identity(source, run), {}, frozenset()))
    return path


def found(directory: Path, config: Config = CONFIG) -> Sequence[Source]:
    return discover([directory], config).sources


def only(discovery: Discovery) -> Source:
    (source,) = discovery.sources
    return source


def files(discovery: Discovery) -> list[str]:
    return sorted(source.file for source in discovery.sources)


# --- What is found


def test_a_directory_per_run_gives_runs_modules_and_instances(tmp_path: Path) -> None:
    capture(tmp_path / "2024-05-01/app.web.bin", START)
    capture(tmp_path / "2024-05-01/app.capture@front_door.bin", START + 1)
    capture(tmp_path / "2024-05-02/app.web.bin", START + 2, native=True)
    discovery = discover([tmp_path], CONFIG)
    assert [(s.file, s.name, s.started, s.native) for s in discovery.sources] == [
        (
            "2024-05-01/app.capture@front_door.bin",
            Name("2024-05-01", "app.capture", "front_door"),
            START + 1,
            False,
        ),
        ("2024-05-01/app.web.bin", Name("2024-05-01", "app.web", None), START, False),
        ("2024-05-02/app.web.bin", Name("2024-05-02", "app.web", None), START + 2, True),
    ]
    assert [(run.id, run.started) for run in discovery.runs] == [
        ("2024-05-01", START),
        ("2024-05-02", START + 2),
    ]
    assert discovery.warnings == ()


def test_a_flat_directory_is_one_run(tmp_path: Path) -> None:
    for name in ("a.bin", "b.bin", "memray-s.py.77.bin"):
        capture(tmp_path / "flat" / name)
    sources = found(tmp_path / "flat")
    assert {source.name.run for source in sources} == {"flat"}
    assert [source.id for source in sources] == ["flat/a.bin", "flat/b.bin", "flat/memray-s.py.77.bin"]
    assert [source.name.module for source in sources] == ["a", "b", "s.py"]


def test_the_run_of_a_bare_file_is_its_directory_and_its_path_is_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture(tmp_path / "monday/app.bin")
    monkeypatch.chdir(tmp_path / "monday")
    source = only(discover([Path("app.bin")], CONFIG))
    assert (source.file, source.name.run, source.id) == ("app.bin", "monday", "monday/app.bin")
    source = only(discover([Path()], CONFIG))
    assert (source.file, source.name.run) == ("app.bin", "monday")


def test_any_file_with_the_magic_is_a_capture_and_others_are_not_our_business(tmp_path: Path) -> None:
    capture(tmp_path / "profile")
    capture(tmp_path / "x.dat")
    (tmp_path / "notes.txt").write_text("memray")
    (tmp_path / "empty").touch()
    (tmp_path / "packed.lz4").write_bytes(lz4.frame.compress(b"hello"))
    assert files(discover([tmp_path], CONFIG)) == ["profile", "x.dat"]


def test_frigates_directory_reads_with_its_modules(tmp_path: Path) -> None:
    for name in ("frigate_capture_front_door", "frigate_capture_garage", "frigate_review_segment_manager"):
        capture(tmp_path / "memray_reports" / f"{name}.bin")
    config = replace(CONFIG, modules=("frigate.capture", "frigate.review_segment_manager"))
    assert [source.name for source in found(tmp_path, config)] == [
        Name("memray_reports", "frigate.capture", "front_door"),
        Name("memray_reports", "frigate.capture", "garage"),
        Name("memray_reports", "frigate.review_segment_manager", None),
    ]


def test_pytest_memrays_output_is_named_by_its_metadata(tmp_path: Path) -> None:
    capture(tmp_path / "out/nightly-tests-test_a.py-TestB-test_y[a-b].bin")
    capture(tmp_path / "out/alone.bin")
    metadata = tmp_path / "out/metadata"
    metadata.mkdir()
    (metadata / "nightly-tests-test_a.py-TestB-test_y[a-b].metadata").write_text(
        '{"test_id": "tests/test_a.py::TestB::test_y[a/b]", "peak_memory": 1, "result_file": "/x.bin"}'
    )
    discovery = discover([tmp_path], CONFIG)
    assert [source.name for source in discovery.sources] == [
        Name("nightly", "tests/test_a.py", "TestB::test_y[a/b]"),
        Name("out", "alone", None),
    ]
    assert discovery.runs[0].directories == (tmp_path / "out",)
    assert discovery.warnings == ()


def test_captures_of_tests_that_failed_are_named_as_those_beside_them(tmp_path: Path) -> None:
    """pytest-memray writes no metadata for a test that was skipped or failed; its run stays one run."""
    for test in ("test_a.py-test_y", "test_a.py-TestB-test_failed[1]", "test_b.py-test_skipped"):
        capture(tmp_path / f"out/nightly-tests-{test}.bin")
    (tmp_path / "out/metadata").mkdir()
    (tmp_path / "out/metadata/nightly-tests-test_a.py-test_y.metadata").write_text(
        '{"test_id": "tests/test_a.py::test_y"}'
    )
    assert {source.name for source in discover([tmp_path], CONFIG).sources} == {
        Name("nightly", "tests/test_a.py", "TestB-test_failed[1]"),
        Name("nightly", "tests/test_a.py", "test_y"),
        Name("nightly", "tests-test_b.py-test_skipped", None),
    }


@pytest.mark.parametrize("content", [b"", b"{", b'{"test_id": 5}', b'{"test_id": "\xff"}', b"[]"])
def test_metadata_that_cannot_be_read_costs_a_warning_and_the_name(tmp_path: Path, content: bytes) -> None:
    capture(tmp_path / "out/x.bin")
    (tmp_path / "out/metadata").mkdir()
    (tmp_path / "out/metadata/x.metadata").write_bytes(content)
    discovery = discover([tmp_path], CONFIG)
    assert only(discovery).name == Name("out", "x", None)
    assert ["x.metadata" in warning for warning in discovery.warnings] == [True]


def test_a_pattern_overrides_the_convention_part_by_part(tmp_path: Path) -> None:
    capture(tmp_path / "jobs/17/raw/app@x.bin")
    capture(tmp_path / "jobs/17/raw/web-3.bin")
    config = replace(
        CONFIG,
        pattern=(
            re.compile(r"/(?P<run>\d+)/raw/(?P<module>\w+)-(?P<instance>\d)"),
            re.compile(r"/(?P<run>\d+)/"),
        ),
    )
    discovery = discover([tmp_path], config)
    assert [source.name for source in discovery.sources] == [Name("17", "app", "x"), Name("17", "web", "3")]
    (run,) = discovery.runs
    assert run.directories == (tmp_path / "jobs/17", tmp_path / "jobs/17/raw")


def test_forks_are_numbered_by_start_and_the_parent_keeps_its_name(tmp_path: Path) -> None:
    capture(tmp_path / "run/app.bin", START)
    capture(tmp_path / "run/app.bin.300", START + 1)
    capture(tmp_path / "run/app.bin.200", START + 2)
    (tmp_path / "run/app.bin.100").touch()
    instances = {source.file: source.name.instance for source in found(tmp_path)}
    assert instances == {
        "run/app.bin": None,
        "run/app.bin.300": "fork-1",
        "run/app.bin.200": "fork-2",
        "run/app.bin.100": "fork-3",  # it says nothing of its start
    }


def test_what_the_recorder_wrote_keeps_its_process_and_chunk(tmp_path: Path) -> None:
    capture(tmp_path / "run/app@x~12-2.003.bin")
    source = only(discover([tmp_path], CONFIG))
    assert (source.name, source.process) == (Name("run", "app", "x", 3), "12-2")


def test_the_samples_are_found_as_they_are_described() -> None:
    discovery = discover([SAMPLES], CONFIG)
    assert {run.id for run in discovery.runs} >= {f"release-2.{n}" for n in range(1, 6)}
    assert Name("release-2.4", "app.capture", "garden") in {source.name for source in discovery.sources}
    assert {source.kind for source in discovery.sources} == {Kind.CAPTURE}
    assert all(source.started for source in discovery.sources)


# --- What is broken


def test_what_is_named_like_a_capture_and_is_none_is_broken_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "empty.bin").touch()
    (tmp_path / "foreign.bin").write_bytes(b"\x7fELF")
    (tmp_path / "fork.bin.12").write_bytes(b"?")
    (tmp_path / "cut.bin").write_bytes(lz4.frame.compress(MAGIC + bytes(range(256)) * 20)[:60])
    (tmp_path / "bad.sitegen").write_bytes(b"hello")
    (tmp_path / "gone.bin").symlink_to("nowhere")
    (tmp_path / "loop.bin").symlink_to("loop.bin")
    (tmp_path / "long.bin").symlink_to("long" * 100)
    os.mkfifo(tmp_path / "pipe.bin")
    reasons = {source.file: source.reason for source in found(tmp_path)}
    starts = {
        "empty.bin": "is empty. Either it has only just been opened, or",
        "foreign.bin": "is no memray capture. If it should not be here, add it to `exclude`",
        "fork.bin.12": "is no memray capture.",
        "cut.bin": "is cut short or damaged",
        "bad.sitegen": "is a damaged bundle",
        "gone.bin": "is a link to nowhere, which cannot be reached: No such file",
        "loop.bin": "is a link to loop.bin, which cannot be reached: Too many levels",
        "long.bin": f"is a link to {'long' * 100}, which cannot be reached: File name too long",
        "pipe.bin": "is a named pipe",
    }
    assert reasons.keys() == starts.keys()
    for file, start in starts.items():
        assert reasons[file].startswith(f"The file {start}")
    assert {source.kind for source in found(tmp_path)} == {Kind.BROKEN}


def test_what_may_not_be_read_is_broken_or_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    capture(tmp_path / "secret.bin")
    capture(tmp_path / "secret")
    capture(tmp_path / "locked/a.bin")

    def forbid(name: str, locked: str) -> None:
        allowed = getattr(os, name)

        def guarded(path: Path, *args: object) -> object:
            if Path(path).name.startswith(locked):
                raise PermissionError(13, "Permission denied", str(path))
            return allowed(path, *args)

        monkeypatch.setattr(os, name, guarded)

    forbid("open", "secret")  # permissions would not keep root out
    forbid("scandir", "locked")
    discovery = discover([tmp_path], CONFIG)
    assert only(discovery).file == "secret.bin"
    assert only(discovery).reason == "The file cannot be opened: Permission denied. Check its permissions."
    assert discovery.warnings == (f"{tmp_path}/locked cannot be read: Permission denied",)


def test_a_directory_that_may_only_be_listed_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its captures would be missing without a word: nobody may so much as look at them."""
    capture(tmp_path / "shut/a.bin")

    def forbid(name: str) -> None:
        allowed = getattr(os, name)

        def guarded(path: Path, *args: object, **how: object) -> object:
            if str(path).startswith(f"{tmp_path}/shut/"):
                raise PermissionError(13, "Permission denied", str(path))
            return allowed(path, *args, **how)

        monkeypatch.setattr(os, name, guarded)

    for name in ("open", "stat", "lstat"):
        forbid(name)
    discovery = discover([tmp_path], CONFIG)
    assert not discovery.sources
    assert discovery.warnings == (f"{tmp_path}/shut cannot be read: Permission denied",)


def test_a_file_that_the_user_names_is_a_source_whatever_it_is(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("hello")
    source = only(discover([tmp_path / "README"], CONFIG))
    assert (source.kind, source.name.module) == (Kind.BROKEN, "README")


@pytest.mark.parametrize("name", ["missing", "a.bin/below"])
def test_a_path_that_does_not_exist_is_wrong_usage(tmp_path: Path, name: str) -> None:
    capture(tmp_path / "a.bin")
    with pytest.raises(SitegenError, match=name) as error:
        discover([tmp_path, tmp_path / name], CONFIG)
    assert error.value.exit_code == 2


def test_a_dangling_link_that_the_user_names_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(SitegenError, match="is a link to nowhere, which is not there"):
        discover([tmp_path / "link"], CONFIG)


def test_a_start_that_no_calendar_has_is_unknown(tmp_path: Path) -> None:
    capture(tmp_path / "run/a.bin", 2**62)
    capture(tmp_path / "run/b.bin", -5)
    discovery = discover([tmp_path], CONFIG)
    assert [source.started for source in discovery.sources] == [None, None]
    assert discovery.runs[0].started == min(source.modified for source in discovery.sources)


def test_a_broken_capture_does_not_date_a_run_that_others_date(tmp_path: Path) -> None:
    capture(tmp_path / "run/a.bin", START)
    (tmp_path / "run/b.bin").touch()
    os.utime(tmp_path / "run/b.bin", (1, 1))
    assert discover([tmp_path], CONFIG).runs[0].started == START


# --- Where is looked


def test_hidden_foreign_and_excluded_directories_are_not_entered(tmp_path: Path) -> None:
    for directory in (".git", "node_modules", "__pycache__", "env", "site", "old", "runs/old", "kept"):
        capture(tmp_path / directory / "a.bin")
    (tmp_path / "env/pyvenv.cfg").touch()
    capture(tmp_path / "kept/b.tmp.bin")
    config = replace(CONFIG, exclude=("old", "*.tmp.bin"))
    discovery = discover([tmp_path], config, exclude=[tmp_path / "site", tmp_path / "not there"])
    assert files(discovery) == ["kept/a.bin"]
    discovery = discover([tmp_path], replace(CONFIG, exclude=("runs/*", "k*")), exclude=[tmp_path / "site"])
    assert files(discovery) == ["old/a.bin"]


def test_a_directory_that_the_user_names_is_entered_whatever_it_is_called(tmp_path: Path) -> None:
    capture(tmp_path / ".hidden/a.bin")
    capture(tmp_path / "node_modules/b.bin")
    discovery = discover([tmp_path / ".hidden", tmp_path / "node_modules"], CONFIG)
    assert files(discovery) == ["a.bin", "b.bin"]


def test_loops_of_links_end_and_what_lies_there_is_found_once_where_it_lies(tmp_path: Path) -> None:
    capture(tmp_path / "z_real/a.bin")
    (tmp_path / "z_real/loop").symlink_to(tmp_path)
    (tmp_path / "a_link").symlink_to("z_real")
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "a.bin").symlink_to("z_real/a.bin")
    assert files(discover([tmp_path], CONFIG)) == ["z_real/a.bin"]


def test_links_to_the_outside_are_followed_and_the_run_is_the_real_directory(tmp_path: Path) -> None:
    capture(tmp_path / "store/2024-05-01/a.bin")
    capture(tmp_path / "store/blob")
    (tmp_path / "view/run").mkdir(parents=True)
    (tmp_path / "view/latest").symlink_to("../store/2024-05-01")
    (tmp_path / "view/run/b.bin").symlink_to("../../store/blob")
    assert [(source.file, source.name) for source in found(tmp_path / "view")] == [
        ("latest/a.bin", Name("2024-05-01", "a", None)),
        ("run/b.bin", Name("run", "b", None)),
    ]


def test_overlapping_arguments_and_hard_links_give_one_source_each(tmp_path: Path) -> None:
    capture(tmp_path / "run/a.bin")
    (tmp_path / "run/same.bin").hardlink_to(tmp_path / "run/a.bin")
    paths = [tmp_path / "run", tmp_path, tmp_path / "run/a.bin"]
    assert files(discover(paths, CONFIG)) == ["a.bin"]
    assert files(discover(paths[1:], CONFIG)) == ["run/a.bin"]


def test_the_order_of_directory_entries_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for run in "cab":
        for name in ("y.bin", "x.bin", "x.bin.7", "x.bin.6"):
            capture(tmp_path / run / name)
    expected = discover([tmp_path], CONFIG)
    scandir = os.scandir

    class Backwards:
        def __init__(self, path: Path) -> None:
            with scandir(path) as entries:
                self.entries = sorted(entries, key=lambda entry: entry.name, reverse=True)

        def __enter__(self) -> list[os.DirEntry[str]]:
            return self.entries

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(os, "scandir", Backwards)
    assert discover([tmp_path], CONFIG) == expected


# --- Ids


def test_equal_names_of_one_run_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    for side in ("east", "west"):
        capture(tmp_path / side / "run/app.bin")
    capture(tmp_path / "east/run/web.bin")
    sources = found(tmp_path)
    assert {source.name.run for source in sources} == {"run"}
    ids = {source.file: source.id for source in sources}
    assert ids["east/run/web.bin"] == "run/web.bin"
    assert ids["east/run/app.bin"].startswith("run/app.bin-")
    assert len(set(ids.values())) == 3


def test_equal_paths_below_different_arguments_have_different_ids(tmp_path: Path) -> None:
    for side in ("east", "west", "north"):
        capture(tmp_path / side / "run/app.bin")
    discovery = discover([tmp_path / side for side in ("west", "east", "north")], CONFIG)
    assert len({source.id for source in discovery.sources}) == 3


def test_ids_are_safe_whatever_a_path_holds(tmp_path: Path) -> None:
    names = ["<b>.bin", 'q"uote\n.bin', "CON.bin", "App.bin", "app.bin", "x" * 240 + ".bin"]
    for name in names:
        capture(tmp_path / "Ru n" / name)
    capture(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9/\xff.bin")))
    sources = found(tmp_path)
    assert len({source.id for source in sources}) == len(names) + 1
    for source in sources:
        run, _, file = source.id.partition("/")
        assert (slug(run), slug(file)) == (run, file)
    for source in sources:
        (source.file + source.name.run + source.name.module).encode()  # text that every encoder takes
    assert Name("caf\\xe9", "\\xff", None) in {source.name for source in sources}


# --- Bundles


def test_a_bundle_is_what_its_capture_was(tmp_path: Path) -> None:
    for side in ("east", "west"):
        capture(tmp_path / "captures" / side / "run/app@x~5.001.bin", START + len(side))
    capture(tmp_path / "captures/east/run/tests.bin.8")
    run = Run("run", START, "Label", "abc", notes="Text.")
    originals = found(tmp_path / "captures")
    for number, source in enumerate(originals):
        bundle(tmp_path / "bundles" / f"{number}.sitegen", source, run)
    discovery = discover([tmp_path / "bundles"], CONFIG)
    assert {source.kind for source in discovery.sources} == {Kind.BUNDLE}
    # Which module a name means was decided where the bundle was made.
    assert discover([tmp_path / "bundles"], replace(CONFIG, modules=("a",))).sources == discovery.sources

    def told(source: Source) -> Source:
        return replace(source, path="", kind=Kind.CAPTURE, size=0, modified=0)

    assert list(map(told, discovery.sources)) == list(map(told, originals))
    assert discovery.runs[0].carried == (run,) * 3


def test_forks_of_bundles_made_one_by_one_are_numbered_together(tmp_path: Path) -> None:
    for process in (7, 8):
        original = capture(tmp_path / f"{process}/run/app.bin.{process}", START + process)
        source = only(discover([original], CONFIG))
        assert source.name.instance == "fork-1"
        bundle(tmp_path / "all" / f"{process}.sitegen", source, Run("run", START))
    assert {source.name.instance for source in found(tmp_path / "all")} == {"fork-1", "fork-2"}


def test_a_bundle_counts_beside_the_capture_it_was_made_of(tmp_path: Path) -> None:
    original = capture(tmp_path / "run/app.bin")
    source = only(discover([tmp_path], CONFIG))
    bundle(tmp_path / "made/a.sitegen", source, Run("run", START))
    bundle(tmp_path / "made/twice.sitegen", source, Run("run", START))
    assert only(discover([tmp_path], CONFIG)).kind is Kind.BUNDLE
    capture(original, START + 1)  # recorded anew: another capture
    both = {(source.kind, source.started) for source in found(tmp_path)}
    assert both == {(Kind.BUNDLE, START), (Kind.CAPTURE, START + 1)}


def test_a_bundle_may_not_choose_an_id_that_is_not_its_own(tmp_path: Path) -> None:
    source = only(discover([capture(tmp_path / "run/app.bin")], CONFIG))
    bundle(tmp_path / "b/x.sitegen", replace(source, id="../../evil"), Run("run", START))
    assert only(discover([tmp_path / "b"], CONFIG)).id == "run/app.bin"


@pytest.mark.parametrize("header", [{"started": 5}, {"started": 5, "source": None, "run": None}])
def test_a_bundle_that_does_not_say_whose_it_is_is_named_by_its_path(
    tmp_path: Path, header: dict[str, object]
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/app@x.bin.sitegen").write_bytes(columns.encode(header, {}, frozenset()))
    assert only(discover([tmp_path], CONFIG)).name == Name("run", "app", "x")


def test_a_bundle_with_an_odd_header_is_broken(tmp_path: Path) -> None:
    whole = columns.encode({"started": 5}, {}, frozenset())
    (tmp_path / "shape.sitegen").write_bytes(columns.encode({"started": "x"}, {}, frozenset()))
    (tmp_path / "cut.sitegen").write_bytes(whole[:15])
    (tmp_path / "empty.sitegen").touch()
    (tmp_path / "long.sitegen").write_bytes(
        gzip.compress(columns.MAGIC + struct.pack("<II", 1, 2**31) + b"{" * 100)
    )
    (tmp_path / "utf8.sitegen").write_bytes(
        gzip.compress(columns.MAGIC + struct.pack("<II", 1, 15) + b'{"started":"\xff"}')
    )
    sources = found(tmp_path)
    assert len(sources) == 5
    assert {source.kind for source in sources} == {Kind.BROKEN}
    assert all("bundle" in source.reason or "cut short" in source.reason for source in sources)


def test_discovery_does_not_load_memray() -> None:
    code = "import sys, sitegen.capture.discover; sys.exit('memray' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
