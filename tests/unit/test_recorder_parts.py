"""The parts of the recorder that need no process: choosing, settings, file names, steps."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import environment

from sitegen.capture.naming import read_file_name
from sitegen.recorder.choose import chosen, covers, never_matched, patterns_in
from sitegen.recorder.files import Series, recorded_names
from sitegen.recorder.settings import read_settings
from sitegen.recorder.watch import Step, next_step

HEAVY = ("click", "jinja2", "msgspec", "memray", "lz4", "rich", "markdown", "starlette", "logging")

names = st.text(min_size=1).filter(lambda text: ":" not in text)


@pytest.mark.parametrize(
    ("pattern", "name", "wanted"),
    [
        ("app.capture", "app.capture", True),
        ("app.capture", "app.capture:front_door", True),
        ("app.capture:front_door", "app.capture:front_door", True),
        ("app.capture:front_door", "app.capture:yard", False),
        ("app.capture:front_door", "app.capture", False),
        ("app.capture", "app.captures", False),
        ("app.capture", "APP.capture", False),
        ("app.*", "app.capture:yard", True),
        ("app.capture:*_door", "app.capture:front_door", True),
        ("*:front_door", "app.capture:front_door", True),
        ("*", "app", True),
        ("front_door", "app.capture:front_door", False),
    ],
)
def test_a_pattern_chooses_a_module_with_its_instances_or_one_instance(
    pattern: str, name: str, wanted: bool
) -> None:
    """A module's name takes all its instances, a full name takes one; case counts."""
    assert covers(pattern, name) is wanted


def test_commas_separate_patterns_and_spaces_do_not_count() -> None:
    """What people write into a variable, with a comma too many, is read as they mean it."""
    assert patterns_in(" app.review , app.capture:*,, ") == ("app.review", "app.capture:*")
    assert chosen(patterns_in("a, b"), "b:1")
    assert not chosen(patterns_in("a, b"), "c")


def test_patterns_that_chose_nothing_are_named_once_in_their_order() -> None:
    """What is reported at the end is each pattern that covers none of the names."""
    assert never_matched(("x", "app", "y*", "x"), ("app:1", "yes")) == ("x",)
    assert never_matched(("x",), ()) == ("x",)


def test_settings_read_every_variable() -> None:
    """Each variable that the documentation names reaches its setting."""
    settings, complaints = read_settings(
        {
            "SITEGEN_MODULES": "a,b",
            "SITEGEN_CAPTURES": "/captures",
            "SITEGEN_RUN": "r1",
            "SITEGEN_SITE": "/site",
            "SITEGEN_NATIVE": "1",
            "SITEGEN_PYTHON_ALLOCATORS": "yes",
            "SITEGEN_AGGREGATE": "on",
            "SITEGEN_INTERVAL_MS": "50",
            "SITEGEN_FOLLOW_FORK": "true",
            "SITEGEN_COMPRESS": "0",
            "SITEGEN_BUFFERED": "1",
            "SITEGEN_CHUNK_MINUTES": "0.5",
            "SITEGEN_CHUNK_SIZE": "100 MB",
            "SITEGEN_KEEP": "4",
            "SITEGEN_SIGUSR1": "toggle",
            "SITEGEN_RESERVE": "1 GB",
            "SITEGEN_ACCOUNT_SECONDS": "15",
            "SITEGEN_GROWTH": "50 MB",
        }
    )
    assert not complaints
    assert settings.modules == ("a", "b")
    assert settings.directory == Path("/captures/r1")
    assert settings.site == Path("/site")
    assert (settings.native, settings.python_allocators, settings.aggregate) == (True, True, True)
    assert (settings.interval_ms, settings.follow_fork, settings.compress) == (50, True, False)
    assert settings.buffered
    assert (settings.chunk_seconds, settings.chunk_bytes, settings.keep) == (30, 100_000_000, 4)
    assert (settings.on_signal, settings.reserve_bytes) == ("toggle", 1_000_000_000)
    assert (settings.account_seconds, settings.growth_bytes) == (15, 50_000_000)
    assert settings.chunked


def test_settings_without_variables_ask_for_one_plain_capture() -> None:
    """The defaults record as memray does, into one file."""
    settings, complaints = read_settings({})
    assert not complaints
    assert not settings.chunked
    assert settings.compress
    assert settings.interval_ms == 10
    switches = (settings.native, settings.aggregate, settings.python_allocators, settings.follow_fork)
    assert not any(switches)


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        ("SITEGEN_NATIVE", "maybe", "write 1 or 0"),
        ("SITEGEN_CHUNK_MINUTES", "soon", "a number above 0"),
        ("SITEGEN_CHUNK_MINUTES", "-1", "a number above 0"),
        ("SITEGEN_CHUNK_MINUTES", "nan", "a number above 0"),
        ("SITEGEN_KEEP", "1.5", "a whole number"),
        ("SITEGEN_CHUNK_SIZE", "big", "is no size"),
        ("SITEGEN_CHUNK_SIZE", "0", "a size above 0"),
        ("SITEGEN_GROWTH", "0 MB", "a size above 0"),
        ("SITEGEN_SIGUSR1", "rotat", "Did you mean 'rotate'"),
        ("SITEGEN_CAPTURE", "elsewhere", "Did you mean SITEGEN_CAPTURES"),
        ("SITEGEN_CHUNKS_SIZE", "5 MB", "Did you mean SITEGEN_CHUNK_SIZE"),
    ],
)
def test_a_variable_that_cannot_be_understood_is_complained_of_and_ignored(
    variable: str, text: str, said: str
) -> None:
    """A typing error costs its setting, not the recording and not the program."""
    settings, complaints = read_settings({variable: text})
    (complaint,) = complaints
    assert complaint.startswith(f"{variable}={text}: ")
    assert said in complaint
    assert settings == read_settings({})[0]


def test_variables_of_others_are_not_complained_of() -> None:
    """The recorder's own, those of other parts, and those that only begin alike."""
    others = ("SITEGEN_RECORD", "SITEGEN_RECORDER_ROOT", "SITEGEN_TEST_BROWSER", "SITEGEN_VERSION", "MODULES")
    assert read_settings(dict.fromkeys(others, "x"))[1] == ()


def test_files_of_one_recording_are_numbered_and_the_newest_kept(tmp_path: Path) -> None:
    """Chunks count up from 1; only what this recording wrote is deleted."""
    series = Series(tmp_path / "run", "app:one", chunked=True)
    chunks = [series.claim() for _ in range(4)]
    assert [read_file_name(path.name).chunk for path in chunks] == [1, 2, 3, 4]
    foreign = tmp_path / "run" / "other.bin"
    foreign.touch()
    series.keep_newest(2)
    assert sorted((tmp_path / "run").iterdir()) == sorted([*chunks[2:], foreign])
    assert read_file_name(series.claim().name).chunk == 5


def test_a_recording_that_was_not_to_be_cut_numbers_its_first_file_when_it_is(tmp_path: Path) -> None:
    """One capture has no number; when a second comes after all, the first becomes number 1."""
    series = Series(tmp_path, "app", chunked=False)
    first = series.claim()
    assert read_file_name(first.name).chunk is None
    second = series.claim()
    series.number_first()
    assert not first.exists()
    assert sorted(read_file_name(path.name).chunk or 0 for path in tmp_path.iterdir()) == [1, 2]
    assert second.exists()


def test_a_first_file_that_was_taken_away_needs_no_number(tmp_path: Path) -> None:
    series = Series(tmp_path, "app", chunked=False)
    series.claim().unlink()
    second = series.claim()
    series.number_first()
    assert read_file_name(second.name).chunk == 2
    assert list(tmp_path.iterdir()) == [second]


def test_nothing_is_written_over_when_a_process_id_comes_back(tmp_path: Path) -> None:
    """Whatever an earlier process of this id left, even one late chunk, makes this recording another one."""
    leavings = Series(tmp_path, "app", chunked=True)
    old = [leavings.claim() for _ in range(3)]
    leavings.keep_newest(1)
    first, second = (Series(tmp_path, "app", chunked=False).claim() for _ in range(2))
    processes = [read_file_name(path.name).process for path in (old[-1], first, second)]
    assert processes == [f"{os.getpid()}", f"{os.getpid()}-2", f"{os.getpid()}-3"]


def test_a_name_that_another_process_just_took_is_not_taken_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two containers with the same process ids and one directory: the slower one takes the next name."""
    fast = Series(tmp_path, "app", chunked=False).claim()
    seen: list[Path] = []
    directory_as_it_was = iter([iter(()), iter([fast])])
    monkeypatch.setattr(Path, "iterdir", lambda _self: next(directory_as_it_was))
    seen.append(Series(tmp_path, "app", chunked=False).claim())
    assert read_file_name(seen[0].name).process == f"{os.getpid()}-2"


def test_a_chunk_that_is_there_already_is_not_waited_for(tmp_path: Path) -> None:
    """Of two containers whose files were taken away meanwhile, one can come upon the other's chunks."""
    series = Series(tmp_path, "app", chunked=True)
    first = series.claim()
    first.rename(tmp_path / first.name.replace(".001.", ".002."))
    second = series.claim()
    assert read_file_name(second.name).process == f"{os.getpid()}-2"
    assert len(list(tmp_path.iterdir())) == 2


@given(module=names, instance=st.one_of(st.none(), names))
def test_any_name_can_be_recorded_and_is_read_back(
    module: str, instance: str | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A file's name says again what was recorded, unless it was too long to."""
    directory = tmp_path_factory.mktemp("captures")
    name = module if instance is None else f"{module}:{instance}"
    path = Series(directory, name, chunked=False).claim()
    assert path.parent == directory
    if len(name) < 20 and name.isascii():
        assert recorded_names(directory) == (name,)


def test_recorded_names_of_a_directory_that_is_not_there_are_none(tmp_path: Path) -> None:
    """Where nothing was recorded there is no directory, and that is no error."""
    assert recorded_names(tmp_path / "none") == ()


@pytest.mark.parametrize(
    ("seconds", "size", "free", "wanted"),
    [
        (59, 9_999, 10**9, Step.NOTHING),
        (60, 0, 10**9, Step.NEXT_CHUNK),
        (0, 10_000, 10**9, Step.NEXT_CHUNK),
        (0, 0, 999_999, Step.STOP),
        (0, 9_000, 1_000_800, Step.STOP),
        (0, 9_000, 1_000_900, Step.NOTHING),
        (60, 10_000, 999_999, Step.STOP),
        (60, 0, None, Step.NEXT_CHUNK),
    ],
)
def test_a_chunk_ends_by_age_or_size_and_recording_stops_before_the_disk_is_full(
    seconds: float, size: int, free: int | None, wanted: Step
) -> None:
    """The file must be able to grow by the tenth that memray grows it by, and the reserve be left."""
    settings, _ = read_settings(
        {"SITEGEN_CHUNK_MINUTES": "1", "SITEGEN_CHUNK_SIZE": "10 kB", "SITEGEN_RESERVE": "1 MB"}
    )
    assert next_step(settings, seconds, size, free) is wanted


def imported_by(tmp_path: Path, code: str, modules: str) -> set[str]:
    """The modules, by their first names, that are in memory after some code ran."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"{code}\nimport sys; print(*sys.modules)"],
        env=environment(tmp_path, modules),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_importing_the_recorder_imports_nothing_heavy(tmp_path: Path) -> None:
    """A program that is not recorded pays for nothing of sitegen's, memray's or even `logging`."""
    code = "from sitegen import recorder\nwith recorder.recording('app'): pass\nrecorder.stop()"
    assert imported_by(tmp_path, code, modules="").isdisjoint(HEAVY)
    assert not list(tmp_path.iterdir())


def test_a_module_that_is_not_chosen_brings_no_memray(tmp_path: Path) -> None:
    """Where others are chosen, this process still imports nothing but the standard library."""
    code = "from sitegen import recorder\nassert not recorder.start('app')"
    assert imported_by(tmp_path, code, modules="other").isdisjoint(set(HEAVY) - {"logging"})
    assert not list(tmp_path.iterdir())
