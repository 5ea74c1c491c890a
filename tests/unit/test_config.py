"""sitegen.toml and [tool.sitegen] become a Config, or an error that says which key to mend."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sitegen.config import Budget, Config, Findings, describe_keys
from sitegen.config_file import load_config
from sitegen.config_values import web_address
from sitegen.errors import ConfigError
from sitegen.model import Baseline, Growth

EVERY_KEY = r"""
captures = ["profiles", "/elsewhere"]
exclude = ["*.tmp", "old/**"]
output = "public"
title = "Memory of app"
theme = "themes/ours"
base_url = "https://example.org/memory"
modules = ["app.capture", "app.review"]
pattern = '(?P<run>[^/]+)/(?P<module>[^/]+)\.(?P<instance>\d+)\.bin'
reports = ["flamegraph", "leaks"]
temporary_threshold = 3
max_memory_records = 500
max_nodes = 1000
suppressions = "leaks.supp"
jobs = 2
timeout = 90
memory = "2 GiB"
strict = true
store = "~/store"
store_size = "1 GB"
history = ["last"]
keep_runs = 50
keep_days = 365
full_runs = 5
baseline = "median:5"

[findings]
min_change = "2%"
min_bytes = "1 MB"
min_allocations = 10
metrics = ["peak"]
errors = ["step", "leak"]

[budgets."app.*"]
peak = "500 MB"
leaked = 1000
allocations = 7
peak_growth = "10%"
leaked_growth = "1 MB"
allocations_growth = 300
severity = "warn"

[budgets."app.capture:front door"]
peak = "1 GB"
"""


def write(directory: Path, text: str, name: str = "sitegen.toml") -> Path:
    directory.mkdir(exist_ok=True)
    file = directory / name
    file.write_text(text, encoding="utf-8")
    return file


def error(tmp_path: Path, text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, text), tmp_path)
    return caught.value


def test_every_key_is_read(tmp_path: Path) -> None:
    file = write(tmp_path, EVERY_KEY)
    config = load_config(file, tmp_path)
    assert config == Config(
        captures=(tmp_path / "profiles", Path("/elsewhere")),
        exclude=("*.tmp", "old/**"),
        output=tmp_path / "public",
        title="Memory of app",
        theme=str(tmp_path / "themes/ours"),
        base_url="https://example.org/memory/",
        modules=("app.capture", "app.review"),
        pattern=(re.compile(r"(?P<run>[^/]+)/(?P<module>[^/]+)\.(?P<instance>\d+)\.bin"),),
        reports=("flamegraph", "leaks"),
        temporary_threshold=3,
        max_memory_records=500,
        max_nodes=1000,
        suppressions=tmp_path / "leaks.supp",
        jobs=2,
        timeout=90.0,
        memory=2 << 30,
        strict=True,
        store=Path("~/store").expanduser(),
        store_size=10**9,
        history=(tmp_path / "last",),
        keep_runs=50,
        keep_days=365,
        full_runs=5,
        baseline=Baseline("median", count=5),
        findings=Findings(0.02, 10**6, 10, ("peak",), ("step", "leak")),
        budgets=(
            (
                "app.*",
                Budget(500 * 10**6, 1000, 7, Growth(0.1), Growth(amount=10**6), Growth(amount=300), "warn"),
            ),
            ("app.capture:front door", Budget(peak=10**9)),
        ),
        source=file,
    )


def test_the_keys_that_are_described_are_the_keys_that_are_read() -> None:
    written = set()
    table = ""
    for line in EVERY_KEY.splitlines():
        if header := re.match(r"\[(\w+)", line):
            table = 'budgets."MODULE".' if header[1] == "budgets" else f"{header[1]}."
        elif key := re.match(r"\w+(?= =)", line):
            written.add(table + key[0])
    assert {text.key for text in describe_keys()} == written


def test_the_described_defaults_are_the_defaults(tmp_path: Path) -> None:
    lines = [
        (text.key, text.default) for text in describe_keys() if text.default and "MODULE" not in text.key
    ]
    assert len(lines) > 15
    config = load_config(write(tmp_path, "\n".join(f"{key} = {default}" for key, default in lines)), tmp_path)
    assert config == Config(captures=(tmp_path,), output=tmp_path / "site", source=tmp_path / "sitegen.toml")


def test_every_key_is_described_in_a_sentence() -> None:
    assert [text.key for text in describe_keys() if not re.fullmatch(r"[A-Z].*\.", text.about)] == []


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_config(None, tmp_path) == Config()
    assert load_config(None, tmp_path / ("long" * 100)) == Config()


def test_sitegen_toml_comes_before_pyproject(tmp_path: Path) -> None:
    write(tmp_path, '[tool.sitegen]\ntitle = "second"', "pyproject.toml")
    assert load_config(None, tmp_path).title == "second"
    write(tmp_path, 'title = "first"')
    assert load_config(None, tmp_path).title == "first"
    assert load_config(tmp_path / "pyproject.toml", tmp_path).title == "second"


def test_a_pyproject_of_other_tools_counts_as_none(tmp_path: Path) -> None:
    file = write(tmp_path, "[tool.other]\nx = 1", "pyproject.toml")
    assert load_config(None, tmp_path) == Config()
    with pytest.raises(ConfigError, match=r"has no table \[tool\.sitegen\]"):
        load_config(file, tmp_path)


def test_paths_are_relative_to_the_file_that_holds_them(tmp_path: Path) -> None:
    file = write(tmp_path / "conf", 'captures = ["../profiles"]\ntheme = "dark"')
    config = load_config(file, tmp_path)
    assert config.captures == (tmp_path / "conf/../profiles",)
    assert (config.theme, config.output) == ("dark", Path("site"))


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("module = []", "unknown key module", "Did you mean 'modules'?"),
        ("budget = {}", "unknown key budget", "Did you mean 'budgets'?"),
        ("[findings]\nmin_byte = 1", "unknown key findings.min_byte", "Did you mean 'min_bytes'?"),
        ('[budgets."a.b"]\npeek = 1', 'unknown key budgets."a.b".peek', "Did you mean 'peak'?"),
        ("[findings]\nzzz = 1", "unknown key findings.zzz", "Known: errors, metrics,"),
        ("source = 1", "unknown key source", ""),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_known_one(
    tmp_path: Path, text: str, message: str, hint: str
) -> None:
    caught = error(tmp_path, text)
    assert caught.message == f"{tmp_path / 'sitegen.toml'}: {message}"
    assert caught.hint.startswith(hint)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("jobs = 0", "jobs: expected whole number, 1 or more, found 0"),
        ('jobs = "many"', 'jobs: expected whole number, 1 or more, found "many"'),
        ("jobs = true", "jobs: expected whole number, 1 or more, found true"),
        ("strict = 1", "strict: expected true or false, found 1"),
        ("temporary_threshold = -1", "temporary_threshold: expected whole number, found -1"),
        ("title = 5", "title: expected text, found 5"),
        ('captures = "profiles"', 'captures: expected list of paths, found "profiles"'),
        ('modules = ["a", 1]', 'modules: expected list of module names, found ["a", 1]'),
        ("output = []", "output: expected path, found []"),
        ("timeout = 0", "timeout: expected number of seconds, found 0"),
        ("title = 2024-05-01", "title: expected text, found 2024-05-01"),
        ("title = { a = 1 }", "title: expected text, found a table"),
        ("findings = 5", "findings must be a table, found 5"),
        ("budgets = []", "budgets must be a table, found []"),
        ("[budgets]\napp = 5", 'budgets."app" must be a table, found 5'),
        (
            '[budgets.app]\nseverity = "fatal"',
            'budgets."app".severity: expected "warn" or "error", found "fatal"',
        ),
        ('[budgets.app]\npeak = "big"', "budgets.\"app\".peak: 'big' is no size"),
        ('[budgets.app]\npeak_growth = "x%"', "budgets.\"app\".peak_growth: 'x%' is no percentage"),
        (
            '[budgets.app]\nallocations_growth = "5 MB"',
            "budgets.\"app\".allocations_growth: '5 MB' is no percentage",
        ),
        ("memory = 1.5", "memory: 1.5 is no size"),
        ("[findings]\nmin_change = 5", "findings.min_change: 5 is no percentage"),
        (
            '[findings]\nmetrics = ["peek"]',
            "findings.metrics: 'peek' is not known here. Did you mean 'peak'?",
        ),
        ("pattern = '('", "pattern: '(' is no regular expression"),
        ("pattern = '(?P<modul>x)'", "unknown group 'modul'. Did you mean 'module'?"),
        ("pattern = ['x']", "pattern: 'x' has none of the groups (?P<run>...)"),
        ('base_url = "example.org"', "base_url: 'example.org' is no web address"),
        ('baseline = "median:0"', "baseline: 'median:0' is no baseline"),
        ('baseline = ""', "baseline: is empty"),
        ("title = ", "is no valid TOML"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(tmp_path: Path, text: str, message: str) -> None:
    caught = error(tmp_path, text)
    assert caught.message.startswith(str(tmp_path / "sitegen.toml"))
    assert message in caught.message


@pytest.mark.parametrize(
    ("text", "baseline"),
    [
        ("previous", Baseline()),
        ("2024-05-01", Baseline("run", "2024-05-01")),
        ("nightly:3", Baseline("run", "nightly:3")),
        ("run:previous", Baseline("run", "previous")),
        ("branch:release/1.2", Baseline("branch", "release/1.2")),
        ("median:7", Baseline("median", count=7)),
    ],
)
def test_a_baseline_is_a_run_a_branch_or_a_median(tmp_path: Path, text: str, baseline: Baseline) -> None:
    assert load_config(write(tmp_path, f'baseline = "{text}"'), tmp_path).baseline == baseline


def test_a_file_that_cannot_be_read_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"missing\.toml cannot be read: No such file"):
        load_config(tmp_path / "missing.toml", tmp_path)
    (tmp_path / "sitegen.toml").write_bytes(b'title = "\xff"')
    with pytest.raises(ConfigError, match="no valid TOML"):
        load_config(None, tmp_path)


def test_a_file_that_is_no_configuration_by_its_size_is_not_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "sitegen.toml"
    with file.open("wb") as opened:
        opened.truncate(1 << 40)
    with pytest.raises(ConfigError, match="is longer than 1 MiB") as caught:
        load_config(file, tmp_path)
    assert "--config" in caught.value.hint


def test_a_pipe_as_configuration_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match="is not a regular file"):
        load_config(tmp_path / "pipe", tmp_path)


@pytest.mark.parametrize("text", ["[tool]\nsitegen = 5", '[tool]\nsitegen = "x"'])
def test_a_pyproject_whose_sitegen_is_no_table_is_an_error(tmp_path: Path, text: str) -> None:
    write(tmp_path, text, "pyproject.toml")
    with pytest.raises(ConfigError, match=r"tool\.sitegen must be a table"):
        load_config(None, tmp_path)


def test_configuration_does_not_load_memray() -> None:
    code = "import sys, sitegen.config; sys.exit('memray' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "text",
    ["https://me:secret@example.org/", "https://me@example.org/", "https://a b/", "https://a.org/\nx", "\thttps://a.org",
     "https://a.org/\u2028", "https://a.org/\x7f", 'https://a.org/"x', "https://a.org/<x>",
     "https://a.org\\x", "https://[::1", "https://a.org:port/", "https://a.org:99999/", "https://:80/", "https://",
     "ftp://a.org", "https://a.org/?q", "https://a.org/#f", ""],
)  # fmt: skip
def test_what_is_no_web_address_is_refused_with_what_one_is(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no web address: .* with http or https and a host"):
        web_address(text)


@pytest.mark.parametrize(
    "text", ["https://example.org", "http://localhost:8000/a/", "https://[::1]:80/a", "https://bücher.example/~me/a%20b"]
)  # fmt: skip
def test_a_web_address_ends_with_one_slash(text: str) -> None:
    assert web_address(text) == text.rstrip("/") + "/"
