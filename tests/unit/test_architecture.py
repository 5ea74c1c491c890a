"""The house keeps its doors: who may import whom, and who may print or exit."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "sitegen"
FILES = sorted(PACKAGE.rglob("*.py"))

# Room -> what it may import of sitegen. The pipeline's own files at the top import the rooms they join.
ROOMS = {
    "model": set(),
    "errors": set(),
    "units": set(),
    "slugs": set(),
    "visible": set(),
    "toml_text": set(),
    "json_text": set(),
    "json_pieces": set(),
    "packed": set(),
    "insight": {"model", "errors", "units", "insight"},
    "capture": {
        "model",
        "errors",
        "units",
        "slugs",
        "toml_text",
        "json_text",
        "json_pieces",
        "packed",
        "insight",
        "config",
        "capture",
    },
    "reporters": {"model", "errors", "insight", "reporters"},
    "recorder": {"errors", "units", "capture", "recorder", "__main__"},
}
PRINTERS = {"cli.py", "console.py"}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """The rooms of sitegen that a file imports."""
    rooms: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module] if node.module != "sitegen" else [f"sitegen.{a.name}" for a in node.names]
        rooms |= {name.split(".")[1] for name in names if name.startswith("sitegen.")}
    return rooms - {"__version__"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_file_imports_only_what_its_room_may(path: Path) -> None:
    room = room_of(path)
    if room in ROOMS:
        assert imported(path) <= ROOMS[room]
    assert "cli" not in imported(path) or path.name in ("__main__.py",)


READING = [f"capture/{room}.py" for room in ("reader", "opening", "passes", "counting", "tables")]


def test_memray_is_imported_by_the_reader_and_the_recorder_alone() -> None:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            if any(name.split(".")[0] == "memray" for name in names):
                assert path.relative_to(PACKAGE).as_posix() in READING or room_of(path) == "recorder", path


def test_only_the_command_line_prints_or_exits() -> None:
    for path in FILES:
        if path.name in PRINTERS:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("print", "exit", "sys.exit", "click.echo"), (path, node.lineno)
