"""The names of captures, line by line as the convention has them."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.capture.naming import (
    MAX_FILE_NAME,
    FileName,
    Fork,
    file_name,
    forked_instance,
    is_named_like_capture,
    number_forks,
    read_by_pattern,
    read_file_name,
    read_pytest_name,
)

FRIGATE = ("frigate.capture", "frigate", "frigate.review_segment")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("app.capture.bin", FileName("app.capture")),
        ("front_door_camera.bin", FileName("front_door_camera")),
        ("profile.memray", FileName("profile.memray")),
        ("no suffix", FileName("no suffix")),
        (".bin", FileName(".bin")),
        ("app.bin.4711", FileName("app", fork=4711)),
        ("memray-app.bin", FileName("app")),
        ("memray-script.py.4711.bin", FileName("script.py")),
        ("memray-script.py.4711.bin.4712", FileName("script.py", fork=4712)),
        ("memray-app.server.4711.bin", FileName("app.server")),
        ("memray-.bin", FileName("memray-")),
        ("xmemray-app.12.bin", FileName("xmemray-app.12")),
        ("app.12.bin", FileName("app.12")),
        ("app.capture@front_door.bin", FileName("app.capture", "front_door")),
        ("app@front@door.bin", FileName("app", "front@door")),
        ("app@front.bin.7", FileName("app", "front", fork=7)),
        ("@front.bin", FileName("@front")),
        ("app@.bin", FileName("app@")),
        ("app%40x.bin", FileName("app%40x")),
        ("app~12.bin", FileName("app", process="12")),
        ("app@front_door~12.bin", FileName("app", "front_door", process="12")),
        ("app@front_door~12.003.bin", FileName("app", "front_door", process="12", chunk=3)),
        ("app~12.1000.bin", FileName("app", process="12", chunk=1000)),
        ("app@x~12-2.003.bin", FileName("app", "x", process="12-2", chunk=3)),
        ("app~12.03.bin", FileName("app~12.03")),
        ("app~12.003.bin.15", FileName("app", process="12", chunk=3, fork=15)),
        ("memray-app~12.bin", FileName("memray-app", process="12")),
        ("app%3Acapture@a%40b~12.bin", FileName("app:capture", "a@b", process="12")),
        ("app%ff~12.bin", FileName("app%ff~12")),
        ("~12.bin", FileName("~12")),
        ("@x~12.bin", FileName("@x~12")),
        ("a\nb.bin", FileName("a\nb")),
    ],
)
def test_a_file_name_says_module_instance_process_chunk_and_fork(name: str, expected: FileName) -> None:
    assert read_file_name(name) == expected


@pytest.mark.parametrize(
    ("name", "module", "instance"),
    [
        ("frigate_capture_front_door.bin", "frigate.capture", "front_door"),
        ("frigate.capture.front_door.bin", "frigate.capture", "front_door"),
        ("frigate.capture:front_door.bin", "frigate.capture", "front_door"),
        ("frigate_capture@front_door.bin", "frigate.capture", "front_door"),
        ("frigate.capture-front_door.bin", "frigate.capture", "front_door"),
        ("frigate_capture.bin", "frigate.capture", None),
        ("frigate_capture_.bin", "frigate", "capture_"),
        ("frigate_capturefront.bin", "frigate", "capturefront"),
        ("frigate_review_segment_manager.bin", "frigate.review_segment", "manager"),
        ("frigate_output.bin", "frigate", "output"),
        ("frigate.bin", "frigate", None),
        ("frigates.bin", "frigates", None),
        ("Frigate_capture.bin", "Frigate_capture", None),
        ("memray-frigate_capture_x.99.bin", "frigate.capture", "x"),
        ("frigate.capture.garage~12.bin", "frigate.capture", "garage"),
        ("other@x.bin", "other", "x"),
    ],
)
def test_names_that_continue_a_configured_module_are_its_instances(
    name: str, module: str, instance: str | None
) -> None:
    found = read_file_name(name, FRIGATE)
    assert (found.module, found.instance) == (module, instance)


def test_a_configured_module_keeps_what_the_recorder_wrote_of_process_and_chunk() -> None:
    assert read_file_name("frigate.capture@x~12.004.bin.9", FRIGATE) == FileName(
        "frigate.capture", "x", "12", 4, 9
    )


NAMES = st.text(min_size=1, max_size=12) | st.text("aZ09._-~@:%/ é", min_size=1, max_size=12)
PROCESSES = st.integers(0, 2**31 - 1)


@given(NAMES, st.none() | NAMES, PROCESSES, st.none() | st.integers(0, 10**8), st.integers(1, 99))
def test_what_the_recorder_writes_reads_back_exactly(
    module: str, instance: str | None, process: int, chunk: int | None, again: int
) -> None:
    name = file_name(module, instance, process, chunk, again)
    written = str(process) if again == 1 else f"{process}-{again}"
    if len(name) < MAX_FILE_NAME - 10:  # longer ones may have been shortened
        assert read_file_name(name) == FileName(module, instance, written, chunk)
    assert is_named_like_capture(name)


@given(st.text(min_size=1), st.none() | st.text(min_size=1), PROCESSES, st.none() | st.integers(0, 10**8))
def test_what_the_recorder_writes_can_stand_on_every_file_system(
    module: str, instance: str | None, process: int, chunk: int | None
) -> None:
    name = file_name(module, instance, process, chunk)
    assert re.fullmatch(r"(?!\.)[A-Za-z0-9._%@-]+~[0-9.]+\.bin", name)
    assert len(name) <= MAX_FILE_NAME


@pytest.mark.parametrize("text", ["x" * 500, "日本" * 100, "x" + "é" * 300, "%" * 200])
def test_long_names_are_shortened_and_kept_apart(text: str) -> None:
    names = {
        file_name(a, b, 7, 1)
        for a, b in ((text, None), (text + "x", None), (text, "a"), (text, text), ("a", text))
    }
    assert len(names) == 5
    for name in names:
        assert len(name) <= MAX_FILE_NAME
        assert (found := read_file_name(name)).process == "7"
        assert found.module[:5] in (text[:5], "a")


def test_a_name_that_no_encoding_holds_is_written_all_the_same() -> None:
    assert read_file_name(file_name("a\ud800", None, 1)).module == "a?"


@pytest.mark.parametrize(("module", "instance"), [("", None), ("", "x"), ("x", "")])
def test_an_empty_name_is_refused(module: str, instance: str | None) -> None:
    with pytest.raises(ValueError, match="need a name"):
        file_name(module, instance, 1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.bin", True),
        ("a.bin.12", True),
        (".bin", True),
        ("a.bin.x", False),
        ("a.bin2", False),
        ("a.BIN", False),
    ],
)
def test_captures_are_expected_under_their_usual_names(name: str, expected: bool) -> None:
    assert is_named_like_capture(name) == expected


PATTERNS = (
    re.compile(r"^(?P<run>\d+)/(?P<module>\w+)(?:-(?P<instance>\w+))?\.bin$"),
    re.compile(r"(?P<run>v[^/]+)/"),
)


@pytest.mark.parametrize(
    ("file", "groups"),
    [
        ("12/app-x.bin", {"run": "12", "module": "app", "instance": "x"}),
        ("12/app.bin", {"run": "12", "module": "app"}),
        ("old/v1.2/raw/app.bin", {"run": "v1.2"}),
        ("app.bin", {}),
    ],
)
def test_the_first_pattern_that_matches_names_what_its_groups_found(
    file: str, groups: dict[str, str]
) -> None:
    assert read_by_pattern(PATTERNS, file) == groups


@pytest.mark.parametrize(
    ("name", "test_id", "expected"),
    [
        (
            "nightly-tests-test_a.py-test_x.bin",
            "tests/test_a.py::test_x",
            ("nightly", "tests/test_a.py", "test_x"),
        ),
        (
            "ci-7-test_a.py-TestB-test_x[a-b].bin",
            "test_a.py::TestB::test_x[a/b]",
            ("ci-7", "test_a.py", "TestB::test_x[a/b]"),
        ),
        ("0123abcd.bin", "tests/test_a.py::test_x", (None, "tests/test_a.py", "test_x")),
        ("-test_a.py-test_x.bin", "test_a.py::test_x", (None, "test_a.py", "test_x")),
        (
            f"ci-7-test_a.py-test_{'x' * 40}-0123456789abcdef.bin",
            f"test_a.py::test_{'x' * 300}",
            ("ci-7", "test_a.py", f"test_{'x' * 300}"),
        ),
        ("odd.bin", "no colons", (None, "no colons", None)),
    ],
)
def test_pytest_memray_names_run_file_and_test(
    name: str, test_id: str, expected: tuple[str | None, str, str | None]
) -> None:
    assert read_pytest_name(name, test_id) == expected


def test_forks_are_numbered_by_start_within_their_run_module_and_instance() -> None:
    forks = [
        Fork(2, "run", "app", None, started=30, process=1),
        Fork(0, "run", "app", None, started=10, process=9),
        Fork(1, "run", "app", None, started=10, process=10),
        Fork(3, "run", "web", None, started=99, process=1),
        Fork(4, "next", "app", None, started=99, process=1),
        Fork(5, "run", "app", "x", started=5, process=1),
    ]
    expected = {0: "fork-1", 1: "fork-2", 2: "fork-3", 3: "fork-1", 4: "fork-1", 5: "x-fork-1"}
    assert number_forks(forks) == expected
    assert number_forks(reversed(forks)) == expected


@pytest.mark.parametrize(
    ("instance", "forked"),
    [("fork-1", None), ("x-fork-12", "x"), ("fork-1-fork-2", "fork-1"), ("fork", "fork")],
)
def test_the_instance_that_was_forked_is_found_again(instance: str, forked: str | None) -> None:
    assert forked_instance(instance) == forked


def test_naming_loads_nothing_but_the_standard_library() -> None:
    code = (
        "import sys, sitegen.capture.naming as n\n"
        "loaded = {name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)\n"
        "sys.exit(not loaded <= {'__main__', '__mp_main__', 'sitegen', 'sitecustomize'} and repr(loaded))"
    )
    result = subprocess.run([sys.executable, "-S", "-c", code], check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
